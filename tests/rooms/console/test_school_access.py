"""Ways in, as a school changes them: the real house without its doors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.connectors.identity import Level, UpstreamIdentity
from broker.console.school_access import AccessDesk, SecondPersonMissing
from broker.directory.school_cards import SchoolCards
from broker.directory.school_person import CardGuarded, NotHere
from broker.foundation.outside import Outside
from broker.house import House, open_house
from broker.limits.guesses import Guesser
from broker.linking.evidence import Evidence
from broker.school_door import access_desk
from broker.sessions.opening import Opening
from config.load import load_settings
from tests.rooms.directory.samples import document, person, place, school
from tests.rooms.directory.school_house import pupil
from tests.support.clock import Clock
from tests.support.town import make_tables

ONE, TWO = Actor("staff", "p-one"), Actor("staff", "p-two")
CHIEF = [place(role="school_administrator")]


@pytest.fixture
def house(tmp_path: Path, outside: Outside) -> Iterator[House]:
    settings = load_settings({
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
    })
    make_tables(settings)
    built = open_house(settings, outside)
    with built.app.app_context():
        yield built
    built.database.close()


def furnish(house: House, *people: dict[str, Any]) -> tuple[SchoolCards, AccessDesk]:
    said = document(*people, schools=(school("29-001"), school("29-002")))
    house.directory.import_document(json.loads(json.dumps(said)), house.journal, SYSTEM)
    return house.schools.cards("29-001"), access_desk(house)


def link(house: House, person_id: str, connector: str = "esia") -> None:
    identity = UpstreamIdentity(
        connector=connector, subject=f"oid-{person_id}", level=Level.CONFIRMED, surname=None, name=None, patronymic=None,
        birth_date=None, sex=None, snils=None, email=None, phone=None, child_of_parent=False, checks_pending=False, methods=(),
    )  # fmt: skip
    house.links.tie(identity, person_id, Evidence.IMPORTED, "v", SYSTEM)


def sign_in(house: House, person_id: str) -> None:
    house.sessions.open(Opening(person_id=person_id, connector="esia", level="confirmed", methods=(), region="29"))


def deeds(house: House) -> list[str]:
    return [str(entry.fields["action"]) for entry in house.journal.tail(100) if entry.name == "card.changed"]


def test_a_childs_link_is_taken_by_one_an_adults_by_two(house: House) -> None:
    cards, desk = furnish(house, person("p-one", memberships=CHIEF), person("p-two", snils=None, memberships=CHIEF), pupil())
    for person_id in ("p-pupil", "p-two"):
        link(house, person_id)

    assert desk.unlink(cards, "p-pupil", "ошибка", ONE)
    assert not desk.unlink(cards, "p-two", "новая запись", ONE)

    assert house.links.of_person("p-pupil") is None
    assert house.links.of_person("p-two") is not None
    assert not desk.confirm_unlink(cards, "p-two", ONE)
    assert house.links.of_person("p-two") is not None
    assert desk.confirm_unlink(cards, "p-two", TWO)
    assert house.links.of_person("p-two") is None
    assert not desk.confirm_unlink(cards, "p-two", TWO)
    assert ["unlinked", "unlink_asked", "unlinked"] == deeds(house)


class Told:
    """What people were told of."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, dict[str, str]]] = []

    def tell(self, person_id: str, kind: str, **variables: str) -> None:
        self.letters.append((person_id, kind, variables))


@pytest.mark.parametrize(
    ("connector", "kind", "variables"), [("esia", "unlinked", {}), ("region", "unlinked_other", {"upstream": "Регион-ID"})]
)
def test_the_letter_names_what_is_connected_no_more(house: House, connector: str, kind: str, variables: dict[str, str]) -> None:
    cards, real = furnish(house, person("p-one", memberships=CHIEF), pupil())
    told: Any = Told()
    desk = AccessDesk(replace(real._rooms, notices=told, title_of={"region": "Регион-ID"}.get))
    link(house, "p-pupil", connector)

    assert desk.unlink(cards, "p-pupil", "ошибка", ONE)
    assert desk.unlink(cards, "p-pupil", "ошибка", ONE), "once more, and nothing happens"

    assert [("p-pupil", kind, variables)] == told.letters


def test_a_request_lives_fifteen_minutes_and_is_sealed(house: House, clock: Clock) -> None:
    cards, desk = furnish(house, person("p-one", memberships=CHIEF), person("p-two", snils=None, memberships=CHIEF))
    link(house, "p-two")
    desk.unlink(cards, "p-two", "секретная причина", ONE)
    kept = house.shelf.get("school.unlink", "29-001:p-two")

    assert kept is not None
    assert "секретная".encode() not in kept
    asked = desk.of(cards, "p-two").asked
    assert asked is not None
    assert ("p-one", "секретная причина") == (asked.by, asked.reason)
    clock.advance(timedelta(minutes=15))
    assert not desk.confirm_unlink(cards, "p-two", TWO)
    assert house.links.of_person("p-two") is not None


def test_two_confirmations_at_once_are_one(house: House) -> None:
    cards, desk = furnish(house, person("p-one", memberships=CHIEF), person("p-two", snils=None, memberships=CHIEF))
    link(house, "p-two")
    desk.unlink(cards, "p-two", "…", ONE)
    said: list[bool] = []

    def confirm() -> None:
        with house.app.app_context():
            said.append(desk.confirm_unlink(house.schools.cards("29-001"), "p-two", TWO))

    threads = [threading.Thread(target=confirm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [False, False, False, True] == sorted(said)
    assert 1 == deeds(house).count("unlinked")


def test_a_lone_administrator_cannot_cut_an_adult_off(house: House) -> None:
    cards, desk = furnish(house, person("p-one", memberships=CHIEF))
    link(house, "p-one")

    with pytest.raises(SecondPersonMissing):
        desk.unlink(cards, "p-one", "…", ONE)
    assert [] == deeds(house)


@pytest.mark.parametrize(
    ("born", "needs"), [(None, True), ("2008-09-01", True), ("2008-09-02", False), ("1985-03-17", True), ("2014-03-05", False)]
)
def test_who_counts_as_an_adult(house: House, born: str | None, needs: bool) -> None:
    cards, desk = furnish(house, pupil(birth_date=born))

    assert needs == desk.needs_second_person(cards, cards.get("p-pupil"))


def test_closing_a_diary_ends_its_sessions(house: House) -> None:
    cards, desk = furnish(house, pupil())
    sign_in(house, "p-pupil")
    assert 1 == desk.of(cards, "p-pupil").sessions

    desk.set_blocked(cards, "p-pupil", True, "по просьбе", ONE)
    desk.set_blocked(cards, "p-pupil", True, "ещё раз", ONE)
    assert 0 == desk.of(cards, "p-pupil").sessions
    desk.set_blocked(cards, "p-pupil", False, "разобрались", ONE)

    assert ["blocked", "sessions_ended", "unblocked"] == deeds(house)


def test_a_new_invitation_may_end_what_the_old_one_opened(house: House) -> None:
    cards, desk = furnish(house, pupil())
    first = desk.invite(cards, "p-pupil", "", ONE)
    sign_in(house, "p-pupil")
    second = desk.invite(cards, "p-pupil", "", ONE, ends_sessions=True)

    assert first.password != second.password
    assert house.invitations.open(first.login, first.password) is None
    assert house.invitations.open(second.login, second.password) is not None
    assert 0 == desk.of(cards, "p-pupil").sessions


def test_the_lock_of_a_login_is_taken_away(house: House) -> None:
    cards, desk = furnish(house, pupil(login="Locked.Login"))
    stranger = Guesser("192.0.2.7")
    for _ in range(10):
        house.guesses.spend("locked.login", stranger)
    assert desk.of(cards, "p-pupil").locked_until is not None

    desk.unlock(cards, "p-pupil", "это он", ONE)

    assert desk.of(cards, "p-pupil").locked_until is None
    assert house.guesses.spend("locked.login", stranger).is_allowed


def test_foreign_and_guarded_cards_are_refused_and_nothing_is_noted(house: House) -> None:
    foreign = pupil("p-far", school_id="29-002")
    cards, desk = furnish(house, foreign, person("p-officer", staff_roles=["security_officer"]))
    for person_id in ("p-far", "p-officer"):
        link(house, person_id)
        sign_in(house, person_id)

    for person_id, refusal in (("p-far", NotHere), ("nobody", NotHere), ("p-officer", CardGuarded)):
        for deed in (
            lambda who: desk.unlink(cards, who, "…", ONE),
            lambda who: desk.confirm_unlink(cards, who, TWO),
            lambda who: desk.invite(cards, who, "…", ONE),
            lambda who: desk.set_blocked(cards, who, True, "…", ONE),
        ):
            with pytest.raises(refusal):
                deed(person_id)
    assert [] == deeds(house)
    assert house.links.of_person("p-far") is not None
    assert 1 == len(house.sessions.of_person("p-officer"))


def test_whoever_asks_anew_in_the_same_moment_does_not_confirm_themselves(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at while it was the colleague's request, taken when it is their own by now."""
    cards, desk = furnish(house, person("p-one", memberships=CHIEF), person("p-two", snils=None, memberships=CHIEF))
    link(house, "p-two")
    desk.unlink(cards, "p-two", "…", ONE)
    colleagues = desk.of(cards, "p-two").asked
    desk.unlink(cards, "p-two", "…", TWO)
    monkeypatch.setattr(desk, "_asked", lambda *_: colleagues)

    assert not desk.confirm_unlink(cards, "p-two", TWO)
    assert house.links.of_person("p-two") is not None
