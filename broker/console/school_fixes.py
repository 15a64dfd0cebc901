"""What a school does about a cause: one visible action each (screens.md 2.3, last column). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from broker.cases.case import CHILDREN_DIFFER, Case
from broker.policy.decision import Match

DIFFERENT: Final = frozenset({Match.DIFFERS.value, Match.MISSING_HERE.value})
CARD_FIELDS: Final = ("surname", "name", "patronymic", "birth_date", "sex", "snils", "login", "class_name", "roles")


@dataclass(frozen=True, slots=True)
class Fix:
    """`deed` is a word the pages know; with `field` the card opens at that field. `document` says which papers to compare."""

    deed: str
    field: str = ""
    document: bool = False


NOTHING: Final = Fix("nothing")
_BY_CAUSE: Final[Mapping[int, Fix]] = MappingProxyType({
    # Only the person, a parent or Gosuslugi can put these right.
    **dict.fromkeys((2109, 2110, 2112, 2115, 3113, 3114), NOTHING),
    2111: Fix("invite"),
    3101: Fix("card", "snils", document=True),
    3102: Fix("card", "surname", document=True),
    3103: Fix("card", "snils", document=True),
    3104: Fix("card", "birth_date", document=True),
    3105: Fix("card", "sex", document=True),
    3106: Fix("card", "snils", document=True),
    3107: Fix("card", "snils", document=True),
    3108: Fix("duplicates"),
    3109: Fix("take_in", document=True),
    3110: Fix("invite"),
    3111: Fix("restore", document=True),
    3115: Fix("invite_parent"),
    3116: Fix("kin", document=True),
    CHILDREN_DIFFER: Fix("children", document=True),
    3201: Fix("unlink", document=True),
    3202: Fix("region"),
    3204: Fix("resume"),
    4002: Fix("unlock"),
    4003: Fix("unblock"),
    4004: Fix("invite"),
    4005: Fix("invite"),
    5001: Fix("card", "surname", document=True),
    5010: Fix("card", "login"),
    6004: Fix("invite", document=True),
    6005: Fix("invite", document=True),
    7009: Fix("card", "roles"),
})  # fmt: skip


def fix_of(case: Case, *, has_person: bool, is_homeless: bool) -> Fix:
    """The action for a case. `has_person`: it is known whose it is; `is_homeless`: that card has no school."""
    if case.real_cause in _BY_CAUSE and _BY_CAUSE[case.real_cause] is NOTHING:
        return NOTHING
    if not has_person:
        return Fix("attach", document=True)
    if is_homeless:
        return Fix("take_in", document=True)
    found = _BY_CAUSE.get(case.real_cause, Fix("card", document=True))
    return Fix("card", _first_field(case, found.field), found.document) if found.deed == "card" else found


def _first_field(case: Case, usual: str) -> str:
    """The field to begin with: what differed, what the person says is wrong, else what the cause is about."""
    differing = [field for field, word in case.compared if word in DIFFERENT]
    wrong = [field for field in case.wrong_fields if field in CARD_FIELDS]
    return next(iter((*differing, *wrong)), usual)
