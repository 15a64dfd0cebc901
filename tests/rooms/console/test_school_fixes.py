"""What a school does about each cause, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.cases.case import CHILDREN_DIFFER, Case, State
from broker.console.school.case_view import SENTENCES
from broker.console.school_contacts import read_contact
from broker.console.school_fixes import NOTHING, fix_of
from broker.directory.school_edits import CardRefused
from broker.screens.causes import CAUSES
from broker.screens.texts import Texts
from tests.support.clock import FIRST_BELL

AT = FIRST_BELL
CASE = Case("c", "1234-5678", 3101, 3101, "29", "", "p", (), (), 1, State.OPEN, AT, AT, None, None, "", AT)


@pytest.mark.parametrize(
    ("cause", "deed", "about"),
    [
        (2109, "nothing", ""),
        (2110, "nothing", ""),
        (2111, "invite", ""),
        (3101, "card", "snils"),
        (3102, "card", "surname"),
        (3103, "card", "snils"),
        (3104, "card", "birth_date"),
        (3105, "card", "sex"),
        (3106, "card", "snils"),
        (3107, "card", "snils"),
        (3108, "duplicates", ""),
        (3109, "take_in", ""),
        (3110, "invite", ""),
        (3111, "restore", ""),
        (3113, "nothing", ""),
        (3114, "nothing", ""),
        (3115, "invite_parent", ""),
        (3116, "kin", ""),
        (3117, "children", ""),
        (3201, "unlink", ""),
        (3202, "region", ""),
        (3204, "resume", ""),
        (4002, "unlock", ""),
        (4003, "unblock", ""),
        (4004, "invite", ""),
        (4005, "invite", ""),
        (5001, "card", "surname"),
        (5010, "card", "login"),
        (6004, "invite", ""),
        (6005, "invite", ""),
        (7009, "card", "roles"),
        (9999, "card", ""),
    ],
)
def test_every_cause_has_one_action(cause: int, deed: str, about: str) -> None:
    fix = fix_of(replace(CASE, cause=cause, real_cause=cause), has_person=True, is_homeless=False)

    assert (deed, about) == (fix.deed, fix.field)


def test_the_card_opens_at_what_differs_or_at_what_the_person_says_is_wrong() -> None:
    differing = replace(CASE, real_cause=3102, compared=(("surname", "matches"), ("patronymic", "differs")))
    reported = replace(CASE, real_cause=5001, wrong_fields=("birth_date",))

    assert "patronymic" == fix_of(differing, has_person=True, is_homeless=False).field
    assert "birth_date" == fix_of(reported, has_person=True, is_homeless=False).field


def test_first_it_must_be_known_whose_it_is_and_where_they_are() -> None:
    assert "attach" == fix_of(CASE, has_person=False, is_homeless=False).deed
    assert "take_in" == fix_of(CASE, has_person=True, is_homeless=True).deed
    assert NOTHING == fix_of(replace(CASE, real_cause=2109), has_person=False, is_homeless=False)


def test_every_cause_that_opens_a_case_has_a_sentence_and_a_fix_in_both_languages() -> None:
    texts = Texts()
    # A person never meets the one that is only for the school.
    assert CHILDREN_DIFFER not in CAUSES
    assert {*CAUSES, CHILDREN_DIFFER} >= SENTENCES
    for code in SENTENCES:
        deed = fix_of(replace(CASE, real_cause=code), has_person=True, is_homeless=False).deed
        for key in (f"school.cause.{code}", f"school.fix.{deed}.text", f"school.fix.{deed}.button"):
            assert texts.has(key), key


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"days": ""}, ("days", "contact.empty")),
        ({"room": "x" * 61}, ("room", "contact.long")),
        ({"phone": "12"}, ("phone", "phone.format")),
        ({"phone": "+7 912 345-67-89"}, ("phone", "contact.mobile")),
        ({"phone": "8(912)3456789"}, ("phone", "contact.mobile")),
        ({"hours": "9\u202e00"}, ("hours", "contact.signs")),
    ],
)
def test_contacts_that_cannot_be_shown(changes: dict[str, str], problem: tuple[str, str]) -> None:
    typed = {"days": "пн", "hours": "9:00", "room": "1", "phone": "+7 8180 00-00-01"} | changes

    with pytest.raises(CardRefused) as refused:
        read_contact(typed)

    assert problem in [(one.field, one.message) for one in refused.value.problems]


def test_contacts_may_be_empty_as_a_whole() -> None:
    assert read_contact({}) is None
    found = read_contact({"days": " пн ", "hours": "9:00", "room": "1", "phone": "+7 8180 00-00-01"})
    assert found is not None
    assert "пн" == found.days
