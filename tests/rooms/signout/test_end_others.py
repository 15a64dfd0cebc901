"""Signed out elsewhere, password changed: nothing of before goes on working."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import Actor
from broker.signout.sign_out import SignOut
from tests.rooms.signout.test_untie import Place, ended, place  # noqa: F401 -- a fixture
from tests.support.clock import Clock

OWNER = Actor("person", "p-1")


@pytest.fixture
def sign_out(place: Place) -> SignOut:  # noqa: F811
    return SignOut(place.database, place.sessions, place.grants, place.journal)


@pytest.mark.parametrize("connector", ["diary", "esia"])
def test_an_offline_grant_whose_session_ran_out_ends_with_the_others(
    place: Place, sign_out: SignOut, clock: Clock, connector: str  # noqa: F811
) -> None:
    """A thief of the password signed in at a service with offline access yesterday; today the password is changed."""
    _, of_thief = place.sign_in(connector=connector)
    clock.advance(timedelta(hours=30))
    here, own = place.sign_in()
    _, of_another = place.sign_in("p-2")

    gone = sign_out.end_others("p-1", here.id, "password_changed", OWNER)

    assert () == gone
    assert [True, False, False] == [ended(place, grant) for grant in (of_thief, own, of_another)]


def test_only_what_began_with_the_diary_password(place: Place, sign_out: SignOut, clock: Clock) -> None:  # noqa: F811
    _, late_password = place.sign_in(connector="diary")
    _, late_gosuslugi = place.sign_in()
    clock.advance(timedelta(hours=30))
    by_password, of_password = place.sign_in(connector="diary")
    by_gosuslugi, of_gosuslugi = place.sign_in()

    gone = sign_out.end_others("p-1", "", "password_changed", OWNER, "diary")

    assert [by_password.id] == [one.session_id for one in gone]
    assert [by_gosuslugi.id] == [one.id for one in place.sessions.of_person("p-1")]
    grants = (late_password, of_password, late_gosuslugi, of_gosuslugi)
    assert [True, True, False, False] == [ended(place, grant) for grant in grants]


def test_only_what_began_at_a_level_that_no_longer_holds(place: Place, sign_out: SignOut, clock: Clock) -> None:  # noqa: F811
    """A level went down: sessions and late grants of that upstream at that level, of that person, and nothing else."""
    _, late = place.sign_in()
    clock.advance(timedelta(hours=30))
    lost, of_lost = place.sign_in()
    kept = [place.sign_in(connector="diary"), place.sign_in("p-2")]

    assert 0 == sign_out.end_resting("p-1", "esia", ("child",), "level_lowered")
    assert 1 == sign_out.end_resting("p-1", "esia", ("confirmed", "child"), "level_lowered")

    assert [True, True, False, False] == [ended(place, grant) for grant in (late, of_lost, *(grant for _, grant in kept))]
    assert None is place.sessions.find(lost.id)
    assert [True, True] == [place.sessions.find(session.id) is not None for session, _ in kept]
