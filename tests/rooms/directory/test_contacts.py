"""Phones and e-mail addresses of people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.directory.contacts import Contact, Contacts, EmailClaim, Kind
from broker.directory.credentials import FieldRefused
from broker.directory.person import Person
from broker.foundation.encoding import from_b64url
from tests.support.clock import FIRST_BELL, Clock


def test_a_contact_counts_when_it_is_confirmed(contacts: Contacts, teacher: Person) -> None:
    put = contacts.put("p-1", Kind.EMAIL, " Anna@Example.ORG ", SYSTEM)

    assert Contact(Kind.EMAIL, "anna@example.org", None) == put
    assert () == contacts.holders("anna@example.org")
    assert not contacts.confirm("p-1", Kind.EMAIL, "other@example.org")
    assert () == contacts.holders("anna@example.org")
    assert contacts.confirm("p-1", Kind.EMAIL, "anna@example.org")
    assert contacts.confirm("p-1", Kind.EMAIL, "anna@example.org")
    confirmed = Contact(Kind.EMAIL, "anna@example.org", FIRST_BELL)
    assert (("p-1", confirmed),) == contacts.holders("ANNA@example.org")


def test_another_value_is_unconfirmed_again(contacts: Contacts, teacher: Person) -> None:
    contacts.put("p-1", Kind.PHONE, "8 (900) 000-00-67", SYSTEM)
    contacts.confirm("p-1", Kind.PHONE, "+79000000067")
    contacts.put("p-1", Kind.PHONE, "+7 900 000-00-67", SYSTEM)

    assert (Contact(Kind.PHONE, "+79000000067", FIRST_BELL),) == contacts.of("p-1")
    contacts.put("p-1", Kind.PHONE, "+7 900 000-00-68", SYSTEM)
    assert (Contact(Kind.PHONE, "+79000000068", None),) == contacts.of("p-1")
    assert () == contacts.holders("89000000067")


def test_gosuslugi_fills_and_never_overwrites(contacts: Contacts, teacher: Person) -> None:
    assert contacts.vouch("p-1", Kind.PHONE, "+79000000001")
    assert not contacts.vouch("p-1", Kind.PHONE, "+79000000002")
    assert not contacts.vouch("p-1", Kind.PHONE, "none")
    assert (Contact(Kind.PHONE, "+79000000001", FIRST_BELL),) == contacts.of("p-1")


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Kind.PHONE, "", "phone.empty"),
        (Kind.PHONE, "900 000-00-01", "phone.format"),
        (Kind.PHONE, "8 900 000-00-01 доб. 5", "phone.format"),
        (Kind.PHONE, "٧٩٠٠٠٠٠٠٠٠١", "phone.format"),
        (Kind.EMAIL, " ", "email.empty"),
        (Kind.EMAIL, "anna", "email.format"),
        (Kind.EMAIL, "anna@example", "email.format"),
        (Kind.EMAIL, "a@b@example.org", "email.format"),
        (Kind.EMAIL, "a,b@example.org", "email.format"),
        (Kind.EMAIL, "<a@example.org>", "email.format"),
        (Kind.EMAIL, "a\r\nBcc:b@example.org", "email.format"),
        (Kind.EMAIL, "a" * 250 + "@example.org", "email.format"),
    ],
)
def test_what_is_no_contact_is_refused(contacts: Contacts, teacher: Person, kind: Kind, text: str, message: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        contacts.put("p-1", kind, text, SYSTEM)

    assert (kind.value, message) == (refused.value.field, refused.value.message)
    assert () == contacts.of("p-1")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.EMAIL, "anna@example.org", "a•••@example.org"),
        (Kind.EMAIL, "a@example.org", "a•••@example.org"),
        (Kind.PHONE, "+79001234567", "+7 ••• •••-••-67"),
    ],
)
def test_masked(kind: Kind, value: str, shown: str) -> None:
    assert shown == Contact(kind, value, None).masked


def test_a_link_of_a_message_confirms_for_a_day(contacts: Contacts, teacher: Person, clock: Clock) -> None:
    value = contacts.put("p-1", Kind.EMAIL, "anna@example.org", SYSTEM).value
    token = contacts.email_token("p-1", value)

    assert EmailClaim("p-1", value, False, False) == contacts.read_email_token(token)
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    contacts.confirm("p-1", Kind.EMAIL, value)
    assert EmailClaim("p-1", value, False, True) == contacts.read_email_token(token)
    clock.advance(timedelta(seconds=1))
    assert EmailClaim("p-1", value, True, True) == contacts.read_email_token(token)
    assert value.encode() not in from_b64url(token)


@pytest.mark.parametrize("token", ["", "x", "?", "A" * 400, "A" * 5000, "ы"])
def test_a_link_that_is_not_ours_says_nothing(contacts: Contacts, token: str) -> None:
    assert contacts.read_email_token(token) is None
