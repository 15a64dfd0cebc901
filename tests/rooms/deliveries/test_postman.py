"""What becomes of deliveries: one holder at a time, taken up again after a kill, spared when a service does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from broker.audit.journal import Journal
from broker.deliveries.postman import LEASE, Parcel, Postman, Unwritten, Walk, Ways
from broker.deliveries.queue import Delivery, Queue
from broker.deliveries.retry import Closed, pause_after
from broker.deliveries.settings import DeliverySettings
from broker.deliveries.store import DeliveryStore, Taken
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

OK, NO = frozenset({200}), frozenset({400})


@dataclass
class World:
    """Answers by the client in the address: a status, or the reason why nothing came."""

    answers: dict[str, int | str] = field(default_factory=dict)
    posted: list[str] = field(default_factory=list)
    unwritten: Unwritten | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str], max_bytes: int) -> FetchedDocument:
        self.posted.append(url)
        answer = self.answers.get(url, 200)
        if isinstance(answer, str):
            raise FetchRefused(answer)
        return FetchedDocument(answer, {}, b"")

    def write(self, taken: Taken) -> Parcel:
        if self.unwritten is not None:
            raise self.unwritten
        return Parcel(taken.client_id, taken.id.encode(), {}, OK, NO)

    def write_push(self, taken: Taken) -> Parcel:
        return Parcel(f"{taken.client_id}/push", taken.id.encode(), {}, OK, NO)


@dataclass
class Office:
    database: Database
    outside: Outside
    clock: Clock
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.queue = Queue(self.database, self.outside, DeliverySettings())
        self.journal = Journal(self.database, sealing_vault(self.database, self.outside).fingerprints, self.outside)
        self.ways = Ways(self.world.post, {"logout": self.world.write})

    def postman(self) -> Postman:
        return Postman(self.database, self.journal, self.outside, self.ways)

    def put(self, *client_ids: str, kind: str = "logout") -> list[str]:
        with self.database.work():
            return [self.queue.put(Delivery(kind, client_id, "s-1", {"person_id": "p"})) for client_id in client_ids]

    def told(self, client_id: str) -> list[tuple[str, int, str]]:
        return [(one.state, one.tries, one.trouble) for one in self.queue.newest(client_id, None, 10)]


@pytest.fixture
def office(database: Database, outside: Outside, clock: Clock) -> Office:
    return Office(database, outside, clock)


def test_what_a_killed_worker_held_is_carried_after_its_lease(office: Office) -> None:
    [delivery_id] = office.put("a")
    with office.database.work():
        now = office.clock.now()
        assert DeliveryStore(office.database).take(delivery_id, now, now + LEASE) is not None

    office.clock.advance(LEASE - timedelta(seconds=1))
    assert Walk() == office.postman().send_due()
    office.clock.advance(timedelta(seconds=1))
    assert Walk(tried=1, sent=1) == office.postman().send_due()
    assert [("sent", 2, "")] == office.told("a")


def test_whoever_was_too_slow_does_not_undo_the_next_one(office: Office) -> None:
    """The lease ran out while a service was thinking; meanwhile another has told it."""
    [delivery_id] = office.put("a")
    store, now = DeliveryStore(office.database), office.clock.now()
    with office.database.work():
        slow = store.take(delivery_id, now, now + LEASE)
        assert slow is not None
    office.clock.advance(LEASE)
    office.world.answers["a"] = 503
    office.postman().send_due()
    before = office.queue.newest("a", None, 1)
    with office.database.work():
        store.postpone(slow, "timeout", now)
    assert before == office.queue.newest("a", None, 1)


def test_a_service_that_does_not_answer_is_spared(office: Office) -> None:
    office.put("deaf", "deaf", "deaf", "good")
    office.world.answers["deaf"] = "timeout"

    assert Walk(tried=2, sent=1, postponed=1) == office.postman().send_due()
    assert Walk() == office.postman().send_due()
    assert ["deaf", "good"] == sorted(office.world.posted)
    # When it has answered once, all it missed comes at once.
    office.world.answers.clear()
    office.clock.advance(timedelta(seconds=13))
    assert Walk(tried=3, sent=3) == office.postman().send_due()


def test_one_address_that_does_not_answer_keeps_nothing_from_the_others_of_its_service(office: Office) -> None:
    """The receiver of signals is away; the address that ends the sessions of people is not."""
    office.ways = replace(office.ways, writers=office.ways.writers | {"push": office.world.write_push})
    office.world.answers["a/push"] = "timeout"
    office.put("a", kind="push")
    assert Walk(tried=1, postponed=1) == office.postman().send_due()

    office.put("a")
    office.put("a", kind="push")

    assert Walk(tried=1, sent=1) == office.postman().send_due()
    assert ["a/push", "a"] == office.world.posted


@pytest.mark.parametrize(
    "answer, expected",
    [
        (200, ("sent", 1, "")), (204, ("waiting", 1, "status_204")), (400, ("given_up", 1, "status_400")),
        (404, ("waiting", 1, "status_404")), (500, ("waiting", 1, "status_500")), ("redirect", ("waiting", 1, "redirect")),
        ("private", ("waiting", 1, "private")),
    ],
)  # fmt: skip
def test_answers(office: Office, answer: int | str, expected: tuple[str, int, str]) -> None:
    office.put("a")
    office.world.answers["a"] = answer

    office.postman().send_due()

    assert [expected] == office.told("a")


@pytest.mark.parametrize("is_final, state", [(True, "given_up"), (False, "waiting")])
def test_what_cannot_be_written(office: Office, is_final: bool, state: str) -> None:
    office.put("a")
    office.world.unwritten = Unwritten("no_key", is_final=is_final)

    office.postman().send_due()

    assert ([(state, 1, "no_key")], []) == (office.told("a"), office.world.posted)


def test_what_is_fetched_is_not_carried(office: Office) -> None:
    office.put("a", kind="poll")

    assert Walk() == office.postman().send_due()


def test_its_time_is_over(office: Office) -> None:
    office.put("a")
    office.clock.advance(timedelta(hours=24))

    assert Walk(tried=1, given_up=1) == office.postman().send_due()
    assert [("given_up", 1, "too_late")] == office.told("a")
    assert [] == office.world.posted


def test_the_page_waits_no_longer_than_it_must(office: Office) -> None:
    office.put("a", "b")
    office.world.answers["b"] = 400
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        office.postman().send_due()

    assert ("b",) == office.queue.wait("s-1", "logout", pause)
    assert 1 == len(pauses)
    assert () == office.queue.wait("s-2", "logout", pause)
    assert 1 == len(pauses)


def test_old_rows_go(office: Office) -> None:
    office.put("a")
    office.put("b", kind="poll")
    office.postman().send_due()
    office.clock.advance(timedelta(days=29))
    assert 0 == office.queue.tidy()
    office.clock.advance(timedelta(days=2))
    assert 2 == office.queue.tidy()


def test_only_inside_a_unit_of_work(office: Office) -> None:
    with pytest.raises(RuntimeError):
        office.queue.put(Delivery("logout", "a", "s", {}))
    with pytest.raises(RuntimeError), office.database.work():
        office.postman().send_due()


def test_pauses_grow_and_end() -> None:
    pauses = [pause_after(tries, 0.5) for tries in (1, 2, 3, 9, 10_000)]

    assert [10, 20, 40, 1800, 1800] == [pause.total_seconds() for pause in pauses]
    assert (7.5, 12.5) == tuple(pause_after(1, chance).total_seconds() for chance in (0, 1))


def test_closed_until() -> None:
    closed, clock = Closed(), Clock()
    closed.close(("a", "logout"), clock.now() + timedelta(seconds=10))
    closed.close(("b", "logout"), clock.now())

    assert frozenset({("a", "logout")}) == closed.now(clock.now())
    closed.open(("a", "logout"))
    assert frozenset() == closed.now(clock.now())
