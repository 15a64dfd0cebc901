"""What takes two people is done by two people, once, in time, or not at all."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import current_app

from broker.audit.event import Actor
from broker.custody.two_people import WAITS, NotConfirmed, TwoPeople
from broker.custody.two_people_store import AlreadyAsked, TwoPersonRequest
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.custody.key_house import KeyHouse, key_house
from tests.support.clock import Clock

KID = "k" * 43
ACT = "keys.revoke"
# Two cards of one human being, as the composition root would say it.
GONE = {"officer-once"}
TWINS = {frozenset({"officer-1", "twin-of-1"})}


def is_same(one: str, other: str) -> bool:
    return one == other or frozenset({one, other}) in TWINS


@pytest.fixture
def house(database: Database, outside: Outside) -> KeyHouse:
    return key_house(database, outside)


@pytest.fixture
def two(house: KeyHouse, outside: Outside) -> TwoPeople:
    return TwoPeople(house.database, house.journal, outside, is_same, lambda person_id: person_id not in GONE)


class Done:
    """Counts what was done."""

    def __init__(self) -> None:
        self.by: list[Actor] = []

    def __call__(self, _request: TwoPersonRequest, actor: Actor) -> None:
        self.by.append(actor)


def test_another_person_confirms_once(two: TwoPeople, house: KeyHouse) -> None:
    done = Done()
    asked = two.ask(ACT, KID, "stolen", "officer-1")

    assert (asked,) == two.waiting()
    assert asked == two.confirm(ACT, asked.id, "officer-2", done)
    with pytest.raises(NotConfirmed, match="gone"):
        two.confirm(ACT, asked.id, "officer-3", done)
    assert [Actor("staff", "officer-2")] == done.by
    assert () == two.waiting()
    told = [(entry.name, entry.actor.id) for entry in house.told("two_people.")]
    assert [("two_people.asked", "officer-1"), ("two_people.confirmed", "officer-2")] == told


@pytest.mark.parametrize("same", ["officer-1", "twin-of-1"])
def test_the_same_human_being_is_not_the_second(two: TwoPeople, same: str) -> None:
    done = Done()
    asked = two.ask(ACT, KID, "stolen", "officer-1")

    with pytest.raises(NotConfirmed, match="same"):
        two.confirm(ACT, asked.id, same, done)
    assert [] == done.by
    # Whoever tried has spoiled nothing.
    two.confirm(ACT, asked.id, "officer-2", done)


def test_what_somebody_asked_who_may_not_any_more_is_void(two: TwoPeople) -> None:
    """However the role was lost: by an import of people, by a block."""
    done = Done()
    asked = two.ask(ACT, KID, "stolen", "officer-once")

    assert () == two.waiting()
    with pytest.raises(NotConfirmed, match="void"):
        two.confirm(ACT, asked.id, "officer-2", done)
    assert [] == done.by


def test_after_a_quarter_of_an_hour_nobody_confirms(two: TwoPeople, clock: Clock) -> None:
    done = Done()
    asked = two.ask(ACT, KID, "stolen", "officer-1")
    clock.advance(WAITS - timedelta(seconds=1))
    with pytest.raises(AlreadyAsked):
        two.ask(ACT, KID, "suspected", "officer-2")
    clock.advance(timedelta(seconds=1))

    assert () == two.waiting()
    with pytest.raises(NotConfirmed, match="gone"):
        two.confirm(ACT, asked.id, "officer-2", done)
    assert [] == done.by
    assert "suspected" == two.ask(ACT, KID, "suspected", "officer-2").grounds


def test_what_was_taken_back_is_not_confirmed(two: TwoPeople) -> None:
    done = Done()
    asked = two.ask(ACT, KID, "drill", "officer-1")

    assert two.withdraw(ACT, asked.id, "officer-1")
    assert not two.withdraw(ACT, asked.id, "officer-1")
    with pytest.raises(NotConfirmed, match="gone"):
        two.confirm(ACT, asked.id, "officer-2", done)
    assert [] == done.by


def test_a_yes_to_one_act_is_none_to_another(two: TwoPeople) -> None:
    done = Done()
    asked = two.ask(ACT, KID, "stolen", "officer-1")

    with pytest.raises(NotConfirmed, match="gone"):
        two.confirm("staff.officer", asked.id, "officer-2", done)
    assert not two.withdraw("staff.officer", asked.id, "officer-2")
    assert ([], (asked,)) == (done.by, two.waiting())


def test_grounds_are_words_of_ours(two: TwoPeople) -> None:
    with pytest.raises(ValueError, match="stolen, suspected, lost, drill"):
        two.ask(ACT, KID, "Ivanov has it", "officer-1")
    assert () == two.waiting()


def test_what_could_not_be_done_waits_on(two: TwoPeople) -> None:
    asked = two.ask(ACT, KID, "stolen", "officer-1")

    def fails(_request: TwoPersonRequest, _actor: Actor) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        two.confirm(ACT, asked.id, "officer-2", fails)
    assert (asked,) == two.waiting()


def test_of_many_who_confirm_at_once_one_does_it(two: TwoPeople) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    asked, done, refused = two.ask(ACT, KID, "stolen", "officer-1"), Done(), []
    at_once = Barrier(6)

    def confirm(number: int) -> None:
        at_once.wait(timeout=30)
        with app.app_context():
            try:
                two.confirm(ACT, asked.id, f"second-{number}", done)
            except NotConfirmed as why:
                refused.append(why.why)

    threads = [Thread(target=confirm, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert 1 == len(done.by)
    assert ["gone"] * 5 == refused
