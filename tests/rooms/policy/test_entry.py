"""What the pages of a region may offer, day by day."""

from __future__ import annotations

from datetime import date

import pytest

from broker.policy.entry import entry_of, entry_page
from broker.policy.rules import Contacts, LocalPassword
from tests.rooms.policy.facts import card, instant, person, shipped


@pytest.mark.parametrize(
    ("region", "at", "form", "first", "closed_on", "warning"),
    [
        ("29", "2009-01-01T09:00:00", False, False, None, None),
        ("29", "2017-08-31T09:00:00", True, True, None, None),
        ("29", "2017-09-01T09:00:00", True, True, None, "29/2017-10-01"),
        ("29", "2017-10-01T09:00:00", False, True, date(2017, 10, 1), None),
        ("29", "2024-06-01T09:00:00", False, True, date(2017, 10, 1), "29/2024-07-01"),
        ("29", "2024-07-01T09:00:00", False, True, date(2017, 10, 1), None),
        ("38", "2024-06-30T15:59:59", True, True, None, "38/2024-07-01"),
        ("38", "2024-06-30T16:00:00", False, True, date(2024, 7, 1), None),
        ("50", "2026-11-22T09:00:00", True, True, None, None),
    ],
)
def test_the_sign_in_page(region, at, form, first, closed_on, warning):
    page = entry_page(shipped().of_region(region), instant(at))

    assert (form, first, closed_on) == (page.password_form, page.first_sign_in, page.password_closed_on)
    assert warning == (page.warning.key if page.warning else None)


@pytest.mark.parametrize(
    ("region", "at", "password", "skip", "contacts"),
    [
        ("29", "2009-01-01T09:00:00", LocalPassword.CLOSED, False, Contacts.BOTH),
        ("29", "2017-09-30T09:00:00", LocalPassword.ALLOWED, True, Contacts.ONE),
        ("29", "2017-10-01T09:00:00", LocalPassword.FIRST_SIGN_IN, False, Contacts.BOTH),
        ("38", "2024-06-30T09:00:00", LocalPassword.ALLOWED, True, Contacts.BOTH),
        ("38", "2024-07-01T09:00:00", LocalPassword.FIRST_SIGN_IN, False, Contacts.BOTH),
        ("50", "2024-07-01T09:00:00", LocalPassword.ALLOWED, True, Contacts.ONE),
    ],
)
def test_one_person(region, at, password, skip, contacts):
    entry = entry_of(shipped().of_region(region), person(card(born="2010-02-03"), "pupil"), instant(at))

    assert (password, skip, contacts) == (entry.local_password, entry.may_skip_linking, entry.contacts)
