"""A child asks, exactly one parent decides, and after seven days nobody can."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import Actor
from broker.consent.asked_store import Askings
from broker.consent.settings import ConsentSettings
from broker.consent.store import Consents
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.consent.test_consents import Notebook
from tests.support.clock import Clock

CHILD, OTHER = "child-1", "child-2"


@pytest.fixture
def askings(database: Database, outside: Outside) -> Askings:
    return Askings(database, outside, ConsentSettings())


@pytest.fixture
def notebook(database: Database) -> Notebook:
    return Notebook(database)


def test_asking_again_is_one_request_with_fresh_days(askings: Askings, notebook: Notebook, clock: Clock) -> None:
    askings.keep(CHILD, "olymp", ("school", "name"), notebook)
    clock.advance(timedelta(days=6))
    askings.keep(CHILD, "olymp", ("name",), notebook)
    clock.advance(timedelta(days=6))

    found = askings.of_people((CHILD, OTHER))

    assert [(CHILD, "olymp", ("name",))] == [(one.person_id, one.client_id, one.items) for one in found]
    assert ["consent.asked", "consent.asked"] == notebook.names


def test_a_yes_counts_only_for_the_items_that_were_seen(askings: Askings, notebook: Notebook) -> None:
    """The service asks for more while the parent looks at the page: the button of that page decides nothing any more."""
    askings.keep(CHILD, "olymp", ("name",), notebook)
    (seen,) = askings.of_people((CHILD,))
    askings.keep(CHILD, "olymp", ("name",), notebook)
    assert [seen.id] == [one.id for one in askings.of_people((CHILD,))]

    askings.keep(CHILD, "olymp", ("name", "snils"), notebook)

    assert askings.take(seen.id, (CHILD,)) is None
    (fresh,) = askings.of_people((CHILD,))
    taken = askings.take(fresh.id, (CHILD,))
    assert taken is not None
    assert ("name", "snils") == taken.items


def test_items_are_those_of_the_page_in_its_order(askings: Askings, notebook: Notebook) -> None:
    askings.keep(CHILD, "olymp", ("school", "name"), notebook)
    assert ("name", "school") == askings.of_people((CHILD,))[0].items
    with pytest.raises(ValueError, match="unknown"):
        askings.keep(CHILD, "olymp", ("marks",), notebook)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=7) - timedelta(seconds=1), timedelta(days=7)])
def test_a_request_is_kept_for_seven_days(askings: Askings, notebook: Notebook, clock: Clock, after: timedelta) -> None:
    askings.keep(CHILD, "olymp", ("name",), notebook)
    asked = askings.of_people((CHILD,))[0]
    clock.advance(after)
    is_alive = after < timedelta(days=7)

    assert is_alive == bool(askings.of_people((CHILD,)))
    assert is_alive == (askings.take(asked.id, (CHILD,)) is not None)


def test_only_one_decides_and_only_about_own_children(askings: Askings, notebook: Notebook) -> None:
    askings.keep(CHILD, "olymp", ("name",), notebook)
    asked = askings.of_people((CHILD,))[0]

    assert askings.take(asked.id, (OTHER,)) is None
    assert askings.take(asked.id, ()) is None
    assert asked == askings.take(asked.id, (OTHER, CHILD))
    assert askings.take(asked.id, (CHILD,)) is None
    assert () == askings.of_people((CHILD,)) == askings.of_people(())


def test_what_is_settled_elsewhere_is_not_asked_any_more(askings: Askings, notebook: Notebook) -> None:
    askings.keep(CHILD, "olymp", ("name",), notebook)
    askings.keep(CHILD, "club", ("name",), notebook)
    askings.settle(CHILD, "olymp")

    assert ["club"] == [one.client_id for one in askings.of_people((CHILD,))]


def test_a_no_of_a_parent_is_written_down(askings: Askings, notebook: Notebook) -> None:
    askings.keep(CHILD, "olymp", ("name",), notebook)
    asked = askings.take(askings.of_people((CHILD,))[0].id, (CHILD,))
    assert asked is not None
    askings.decline(asked, notebook, Actor("person", "parent-1"))

    assert "consent.declined" == notebook.names[-1]


def test_late_requests_are_removed_in_batches(askings: Askings, notebook: Notebook, clock: Clock) -> None:
    for client in ("a", "b", "c"):
        askings.keep(CHILD, client, ("name",), notebook)
    clock.advance(timedelta(days=7))
    askings.keep(CHILD, "d", ("name",), notebook)

    assert [2, 1, 0] == [askings.tidy(2) for _ in range(3)]
    assert ["d"] == [one.client_id for one in askings.of_people((CHILD,))]


def test_a_parents_yes_is_written_down_as_theirs(database: Database, outside: Outside) -> None:
    actors = []

    class Named(Notebook):
        def append(self, event: object, actor: Actor) -> None:  # type: ignore[override]
            actors.append(actor)

    parent = Actor("person", "parent-1")
    Consents(database, outside, ConsentSettings()).give("olymp", CHILD, ("name",), Named(database), parent)

    assert [parent] == actors


@pytest.mark.parametrize("age", [-1, 19])
def test_an_age_nobody_means_is_refused(age: int) -> None:
    with pytest.raises(ValueError, match="own_from_age"):
        ConsentSettings(own_from_age=age)
