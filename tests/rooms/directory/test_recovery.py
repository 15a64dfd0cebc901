"""Codes for a new password."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.contacts import Contacts, Kind
from broker.directory.directory import Directory
from broker.directory.recovery import CodeAnswer, Recovery
from tests.rooms.directory.samples import document, person
from tests.support.clock import Clock

MINE, OTHER = "a browser", "another browser"
MAIL, PHONE = "home@example.org", "+79000000001"


@pytest.fixture(autouse=True)
def family(directory: Directory, contacts: Contacts, journal: Journal) -> None:
    """A mother, her son who shares her e-mail, somebody blocked, somebody without a login and somebody without contacts."""
    people = (
        person("p-1"), person("p-2"), person("p-3", state="blocked"), person("p-4", login=None), person("p-5"),
    )  # fmt: skip
    directory.import_document(document(*people), journal, SYSTEM)
    for person_id in ("p-1", "p-2", "p-3", "p-4"):
        contacts.put(person_id, Kind.EMAIL, MAIL, SYSTEM)
        contacts.confirm(person_id, Kind.EMAIL, MAIL)
    contacts.vouch("p-1", Kind.PHONE, PHONE)
    contacts.put("p-2", Kind.PHONE, "+79000000002", SYSTEM)


def test_by_login_the_code_goes_to_every_confirmed_contact(recovery: Recovery) -> None:
    begun = recovery.begin(" Login.P-1 ", MINE)

    assert [("p-1", MAIL, "code"), ("p-1", PHONE, "code")] == [
        (one.person_id, one.contact.value, one.kind) for one in begun.sendings
    ]
    assert 1 == len({one.code for one in begun.sendings})
    assert CodeAnswer("right", 4) == recovery.check(begun.id, MINE, begun.sendings[0].code)
    assert "p-1" == recovery.find_proven(begun.id, MINE)
    assert recovery.take(begun.id, OTHER) is None
    assert "p-1" == recovery.take(begun.id, MINE)
    assert recovery.take(begun.id, MINE) is None


def test_an_unconfirmed_contact_gets_nothing(recovery: Recovery) -> None:
    assert [MAIL] == [one.contact.value for one in recovery.begin("login.p-2", MINE).sendings]


def test_a_shared_contact_gets_a_code_for_each(recovery: Recovery) -> None:
    begun = recovery.begin(MAIL.upper(), MINE)

    assert [("p-1", "login.p-1", "code_for_login"), ("p-2", "login.p-2", "code_for_login")] == [
        (one.person_id, one.login, one.kind) for one in begun.sendings
    ]
    second = begun.sendings[1]
    assert begun.sendings[0].code != second.code
    recovery.check(begun.id, MINE, second.code)
    assert "p-2" == recovery.take(begun.id, MINE)


@pytest.mark.parametrize(
    "name", ["login.p-3", "login.p-5", "nobody", "", "x" * 5000, "nobody@example.org", "+79000000002", "8 900 999-99-99"]
)
def test_the_unknown_and_the_barred_have_a_request_like_others(recovery: Recovery, name: str) -> None:
    begun = recovery.begin(name, MINE)

    assert () == begun.sendings
    assert [CodeAnswer("wrong", left) for left in (4, 3, 2, 1, 0)] == [recovery.check(begun.id, MINE, "000000") for _ in range(5)]
    assert CodeAnswer("gone", 0) == recovery.check(begun.id, MINE, "000000")


def test_five_tries_and_no_more(recovery: Recovery) -> None:
    begun = recovery.begin("login.p-1", MINE)
    code = begun.sendings[0].code
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        recovery.check(begun.id, MINE, wrong)

    assert CodeAnswer("gone", 0) == recovery.check(begun.id, MINE, code)
    assert recovery.take(begun.id, MINE) is None


def test_a_code_is_for_one_browser_and_one_use(recovery: Recovery) -> None:
    begun = recovery.begin("login.p-1", MINE)
    code = begun.sendings[0].code

    assert CodeAnswer("gone", 0) == recovery.check(begun.id, OTHER, code)
    assert CodeAnswer("gone", 0) == recovery.check("unknown", MINE, code)
    assert CodeAnswer("right", 4) == recovery.check(begun.id, MINE, f" {code[:3]} {code[3:]} ")
    assert CodeAnswer("gone", 0) == recovery.check(begun.id, MINE, code)


def test_a_code_ends_after_fifteen_minutes(recovery: Recovery, clock: Clock) -> None:
    begun = recovery.begin("login.p-1", MINE)
    clock.advance(timedelta(minutes=15))

    assert CodeAnswer("gone", 0) == recovery.check(begun.id, MINE, begun.sendings[0].code)


def test_there_is_time_for_the_new_password(recovery: Recovery, clock: Clock) -> None:
    begun = recovery.begin("login.p-1", MINE)
    clock.advance(timedelta(minutes=14))
    recovery.check(begun.id, MINE, begun.sendings[0].code)
    clock.advance(timedelta(minutes=14))

    assert "p-1" == recovery.find_proven(begun.id, MINE)
    clock.advance(timedelta(minutes=1))
    assert recovery.take(begun.id, MINE) is None


def test_a_code_of_another_request_does_not_fit(recovery: Recovery) -> None:
    first, second = recovery.begin("login.p-1", MINE), recovery.begin("login.p-2", MINE)

    assert "wrong" == recovery.check(second.id, MINE, first.sendings[0].code).state


def test_a_forgotten_login_goes_to_a_confirmed_contact(recovery: Recovery) -> None:
    found = [(person_id, contact.value, login) for person_id, contact, login in recovery.logins_of(MAIL)]

    assert [("p-1", MAIL, "login.p-1"), ("p-2", MAIL, "login.p-2")] == found
    assert () == recovery.logins_of("login.p-1")
    assert () == recovery.logins_of("+79000000002")
