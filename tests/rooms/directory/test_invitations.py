"""Invitations, from the school's printer to the end of the wizard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations, Stage
from broker.directory.person import Person
from tests.rooms.directory.samples import document, person
from tests.support.clock import FIRST_BELL, Clock

MONTH = FIRST_BELL + timedelta(days=30)
OFFICE = Actor("staff", "p-9")


@pytest.fixture
def newcomer(directory: Directory, journal: Journal) -> Person:
    """Somebody without a login who never came through the wizard."""
    directory.import_document(document(person(login=None, activated=False)), journal, SYSTEM)
    found = directory.find_person("p-1")
    assert found is not None
    return found


def test_from_paper_to_the_end(invitations: Invitations, directory: Directory, newcomer: Person) -> None:
    issued = invitations.issue("p-1", OFFICE, MONTH)
    invitations.mark_printed(issued.invitation.id, OFFICE)
    opened = invitations.open(issued.login.upper(), issued.password.replace("-", " ").upper())

    assert issued.login.startswith("ryabinina.")
    assert opened is not None and ("p-1", "opened", Stage.DATA) == (opened.person.id, opened.state, opened.invitation.stage)
    invitations.advance(opened.invitation.id, Stage.PASSWORD)
    invitations.advance(opened.invitation.id, Stage.CONTACTS)
    again = invitations.open(issued.login, issued.password)
    assert again is not None and Stage.PASSWORD is again.invitation.stage
    assert invitations.finish(opened.invitation.id, Actor("person", "p-1"))
    assert FIRST_BELL == getattr(directory.find_person("p-1"), "activated_at", None)


def test_an_invitation_ends_once(invitations: Invitations, newcomer: Person) -> None:
    issued = invitations.issue("p-1", OFFICE, MONTH)

    assert invitations.finish(issued.invitation.id, OFFICE)
    assert not invitations.finish(issued.invitation.id, OFFICE)
    assert not invitations.cancel(issued.invitation.id, OFFICE)
    used = invitations.open(issued.login, issued.password)
    assert used is not None and "used" == used.state


def test_a_late_one_says_so_only_to_those_who_know_it(invitations: Invitations, newcomer: Person, clock: Clock) -> None:
    issued = invitations.issue("p-1", OFFICE, MONTH)
    clock.at = MONTH

    late = invitations.open(issued.login, issued.password)
    assert late is not None and "expired" == late.state and late.invitation.opened_at is None
    assert invitations.open(issued.login, "wrong") is None
    assert not invitations.finish(issued.invitation.id, OFFICE)


def test_a_new_one_takes_the_place_of_the_old(invitations: Invitations, newcomer: Person, clock: Clock) -> None:
    old = invitations.issue("p-1", OFFICE, MONTH)
    clock.advance(timedelta(minutes=1))
    new = invitations.issue("p-1", OFFICE, MONTH)

    assert old.login == new.login
    assert invitations.open(old.login, old.password) is None
    assert invitations.open(new.login, new.password) is not None
    assert not invitations.finish(old.invitation.id, OFFICE)
    assert new.invitation.id == getattr(invitations.of_person("p-1"), "id", None)


@pytest.mark.parametrize(("login", "password"), [("nobody", "x"), ("", ""), ("l" * 500, "x" * 5000)])
def test_any_mistake_is_the_same_nothing(invitations: Invitations, newcomer: Person, login: str, password: str) -> None:
    invitations.issue("p-1", OFFICE, MONTH)

    assert invitations.open(login, password) is None
