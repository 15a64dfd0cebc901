"""What becomes of letters: sent once, tried again, given up visibly; whatever fails, none is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select, update

from broker.audit.journal import Journal
from broker.foundation.outside import Outside
from broker.messages.carrier import NotCarried, Trouble, Words
from broker.messages.courier import LEASE, Courier, Round, Ways
from broker.messages.outbox import Channel, Letter, Outbox
from broker.messages.settings import MessageSettings
from broker.messages.tables import LetterRow
from broker.storage.database import Database
from keys.vault import Vault
from tests.contracts.shelf_contract import at_once
from tests.support.carriers import MemoryCarrier
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

MINUTE = timedelta(minutes=1)


def in_words(letter: Letter) -> Words:
    if letter.kind == "broken":
        raise ValueError("there is no such text")
    return Words(letter.kind, " ".join([letter.kind, letter.language, *letter.variables.values()]))


@dataclass
class PostOffice:
    """An outbox, a courier and two carriers on one database."""

    database: Database
    vault: Vault
    outside: Outside
    mail: MemoryCarrier = field(default_factory=MemoryCarrier)
    sms: MemoryCarrier = field(default_factory=MemoryCarrier)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.database, self.vault.sealer, self.outside, MessageSettings())
        self.journal = Journal(self.database, self.vault.fingerprints, self.outside)
        self.courier = self.new_courier()

    def new_courier(self, **carriers: Any) -> Courier:
        ways = Ways(in_words, {Channel.MAIL: self.mail, Channel.SMS: self.sms})
        return Courier(self.database, self.vault.sealer, self.journal, self.outside, carriers.get("ways", ways))

    def put(self, kind: str = "linked", channel: Channel = Channel.MAIL, to: str = "anna", **variables: str) -> str:
        with self.database.work():
            return self.outbox.put(Letter(kind, channel, to, "ru", "p1", variables))

    def row(self, letter_id: str) -> Any:
        return self.database.session.execute(select(LetterRow.__table__).where(LetterRow.id == letter_id)).one()

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        return [(entry.record.name, dict(entry.record.fields)) for entry in self.journal.tail(100)]


@pytest.fixture
def office(database: Database, outside: Outside) -> PostOffice:
    return PostOffice(database, sealing_vault(database, outside), outside)


def test_a_letter_is_sent_once_and_emptied(office: PostOffice, clock: Clock) -> None:
    letter_id = office.put(link="https://x")

    assert Round(tried=1, sent=1) == office.courier.send_due()
    assert Round() == office.courier.send_due()

    assert [("anna", "linked ru https://x")] == office.mail.came()
    row = office.row(letter_id)
    assert ("sent", None, None, "", clock.now(), 1) == (
        row.state, row.sealed, row.taken_until, row.trouble, row.done_at, row.tries,
    )  # fmt: skip


def test_the_far_side_can_know_a_repeat(office: PostOffice) -> None:
    letter_id = office.put()
    office.courier.send_due()

    assert [letter_id] == [parcel.letter_id for parcel in office.mail.parcels]


def test_each_channel_has_its_own_way(office: PostOffice) -> None:
    office.put(to="anna@x.org")
    office.put(channel=Channel.SMS, to="+7912")
    office.courier.send_due()

    assert ["anna@x.org"] == [to for to, _text in office.mail.came()]
    assert ["+7912"] == [to for to, _text in office.sms.came()]
    assert (1, 1) == (office.mail.rests, office.sms.rests)


def test_codes_go_first(office: PostOffice, clock: Clock) -> None:
    office.put("linked")
    clock.advance(MINUTE)
    office.put("code")
    office.courier.send_due()

    assert ["code ru", "linked ru"] == [text for _to, text in office.mail.came()]


def test_a_letter_that_could_not_be_sent_waits_longer_and_longer(office: PostOffice, clock: Clock) -> None:
    letter_id = office.put()
    office.mail.troubles += [NotCarried(Trouble.BUSY)] * 3
    pauses = []

    for _ in range(3):
        assert Round(tried=1, postponed=1) == office.courier.send_due()
        assert Round() == office.courier.send_due()
        row = office.row(letter_id)
        assert ("waiting", "busy", None) == (row.state, row.trouble, row.taken_until)
        pauses.append((row.next_at - clock.now()) / MINUTE)
        clock.at = row.next_at

    assert Round(tried=1, sent=1) == office.courier.send_due()
    assert [True] * 3 == [0.75 * usual <= pause <= 1.25 * usual for pause, usual in zip(pauses, (1, 2, 4), strict=True)]
    assert 1 == len(office.mail.parcels)


@pytest.mark.parametrize("kind", ["linked", "code"])
def test_a_letter_is_given_up_at_its_end(office: PostOffice, clock: Clock, kind: str) -> None:
    letter_id = office.put(kind)
    ends_at = office.row(letter_id).ends_at
    office.mail.is_away = True
    rounds = 0
    while office.row(letter_id).state == "waiting":
        clock.at = office.row(letter_id).next_at
        office.courier.send_due()
        rounds += 1
        assert rounds < 100

    row = office.row(letter_id)
    assert ("given_up", "unreachable", None, ends_at) == (row.state, row.trouble, row.sealed, row.done_at)
    assert rounds < (40 if kind == "linked" else 8)


def test_a_letter_nobody_tried_in_time_is_too_late(office: PostOffice, clock: Clock) -> None:
    letter_id = office.put("code", code="123456")
    clock.advance(15 * MINUTE)

    assert Round(tried=1, given_up=1) == office.courier.send_due()
    assert [] == office.mail.came()
    assert "too_late" == office.row(letter_id).trouble


@pytest.mark.parametrize(
    ("kind", "closed", "failure", "trouble"),
    [
        ("linked", False, NotCarried(Trouble.REFUSED, is_final=True), "refused"),
        ("broken", False, None, "unreadable"),
        ("linked", True, None, "no_way"),
    ],
)
def test_what_can_never_be_sent_is_given_up_at_once(
    office: PostOffice, kind: str, closed: bool, failure: NotCarried | None, trouble: str
) -> None:
    letter_id = office.put(kind)
    office.mail.troubles += [failure] if failure else []
    courier = office.new_courier(ways=Ways(in_words, {} if closed else {Channel.MAIL: office.mail}))

    assert Round(tried=1, given_up=1) == courier.send_due()

    row = office.row(letter_id)
    assert ("given_up", trouble, None) == (row.state, row.trouble, row.sealed)
    assert [
        ("message.given_up", {"letter_id": letter_id, "kind": kind, "channel": "mail", "trouble": trouble})
    ] == office.events()


def test_a_letter_whose_seal_is_of_another_is_given_up(office: PostOffice) -> None:
    one, other = office.put(to="anna"), office.put(to="boris")
    with office.database.work() as connection:
        row = office.row(one)
        connection.execute(update(LetterRow).where(LetterRow.id == other).values(sealed=row.sealed))

    assert Round(tried=2, sent=1, given_up=1) == office.courier.send_due()
    assert "unreadable" == office.row(other).trouble


def test_the_journal_says_that_it_was_sent_and_not_what(office: PostOffice) -> None:
    letter_id = office.put("code", code="123456")
    office.courier.send_due()

    assert [("message.sent", {"letter_id": letter_id, "kind": "code", "channel": "mail", "tries": 1})] == office.events()


def test_a_way_on_which_nobody_answers_is_tried_once_a_round(office: PostOffice) -> None:
    for _ in range(5):
        office.put()
    office.put(channel=Channel.SMS)
    office.mail.is_away = True

    assert Round(tried=2, sent=1, postponed=1) == office.courier.send_due()


def test_one_refused_letter_does_not_close_the_way(office: PostOffice) -> None:
    office.mail.troubles += [NotCarried(Trouble.BUSY), NotCarried(Trouble.REFUSED, is_final=True)]
    for _ in range(3):
        office.put()

    assert Round(tried=3, sent=1, postponed=1, given_up=1) == office.courier.send_due()


class Stop(BaseException):
    """A process that was killed: nothing of ours catches it."""


@dataclass
class DyingCarrier(MemoryCarrier):
    """Dies with its process, before or after it has handed the letter over."""

    hands_over: bool = False

    def carry(self, parcel: Any) -> None:
        if self.hands_over:
            super().carry(parcel)
        raise Stop


@pytest.mark.parametrize(("hands_over", "copies"), [(False, 1), (True, 2)])
def test_a_letter_of_a_killed_courier_is_sent_when_its_lease_is_over(
    office: PostOffice, clock: Clock, hands_over: bool, copies: int
) -> None:
    letter_id = office.put()
    dying = DyingCarrier(hands_over=hands_over)
    with pytest.raises(Stop):
        office.new_courier(ways=Ways(in_words, {Channel.MAIL: dying})).send_due()

    assert Round() == office.courier.send_due()
    clock.advance(LEASE)
    assert Round(tried=1, sent=1) == office.courier.send_due()

    # At least once, and a copy has the same identifier.
    came = dying.parcels + office.mail.parcels
    assert [letter_id] * copies == [parcel.letter_id for parcel in came]


def test_a_lease_that_ran_out_is_not_undone_by_its_first_holder(office: PostOffice, clock: Clock) -> None:
    letter_id = office.put()

    def slow() -> None:
        clock.advance(LEASE)
        assert Round(tried=1, sent=1) == office.courier.send_due()

    failing = OnTheWay(slow, NotCarried(Trouble.BUSY))
    assert Round(tried=1, postponed=1) == office.new_courier(ways=Ways(in_words, {Channel.MAIL: failing})).send_due()

    assert "sent" == office.row(letter_id).state
    assert ["message.sent"] == [name for name, _fields in office.events()]


def test_a_letter_two_have_sent_is_told_of_once(office: PostOffice, clock: Clock) -> None:
    office.put()

    def slow() -> None:
        clock.advance(LEASE)
        office.courier.send_due()

    office.new_courier(ways=Ways(in_words, {Channel.MAIL: OnTheWay(slow)})).send_due()

    assert ["message.sent"] == [name for name, _fields in office.events()]


def test_who_lost_the_lease_does_not_set_the_time_of_the_next_try(office: PostOffice, clock: Clock) -> None:
    letter_id = office.put()
    held = []

    def slow() -> None:
        clock.advance(LEASE)
        with office.database.work():
            held.append(office.new_courier()._store.take(letter_id, clock.now(), clock.now() + LEASE))

    failing = OnTheWay(slow, NotCarried(Trouble.BUSY))
    office.new_courier(ways=Ways(in_words, {Channel.MAIL: failing})).send_due()

    assert held[0] is not None
    assert clock.now() + LEASE == office.row(letter_id).taken_until


@dataclass
class OnTheWay:
    """Something happens while a letter is being carried."""

    happens: Callable[[], None]
    failure: NotCarried | None = None

    def carry(self, _parcel: Any) -> None:
        self.happens()
        if self.failure:
            raise self.failure

    def rest(self) -> None:
        """Nothing is kept."""


def test_many_couriers_send_every_letter_once(office: PostOffice) -> None:
    ids = [office.put(to=f"anna{number}") for number in range(15)]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def go() -> None:
        with app.app_context():
            office.new_courier().send_due()

    at_once(go)

    assert sorted(ids) == sorted(parcel.letter_id for parcel in office.mail.parcels)


def test_never_inside_a_unit_of_work(office: PostOffice) -> None:
    with office.database.work(), pytest.raises(RuntimeError):
        office.courier.send_due()


def test_the_database_is_free_while_a_letter_is_carried(office: PostOffice) -> None:
    seen = []
    busy = OnTheWay(lambda: seen.append(office.database.at_work))
    office.put()
    office.new_courier(ways=Ways(in_words, {Channel.MAIL: busy})).send_due()

    assert [False] == seen


def test_logs_tell_nothing_of_the_reader(office: PostOffice, caplog: pytest.LogCaptureFixture) -> None:
    office.put("code", to="anna@example.org", code="code-of-anna")
    office.mail.troubles += [NotCarried(Trouble.BUSY)]
    office.put("broken", to="anna@example.org", code="code-of-anna")
    with caplog.at_level(logging.DEBUG):
        office.courier.send_due()

    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "given up" in told
    assert "waits" in told
    # Not a code of six digits: it would be found in a time of the record by chance.
    assert "anna" not in told


def test_tidying_keeps_what_waits_and_what_is_young(office: PostOffice, clock: Clock) -> None:
    for _ in range(3):
        office.put()
    office.courier.send_due()
    clock.advance(timedelta(days=30))
    young = office.put()
    office.courier.send_due()
    waiting = office.put()

    store = office.courier._store
    removed = []
    for _ in range(3):
        with office.database.work():
            removed.append(store.tidy(clock.now() - timedelta(days=30), 2))

    assert [2, 1, 0] == removed
    assert {young, waiting} == {row.id for row in office.database.session.execute(select(LetterRow.__table__)).all()}
