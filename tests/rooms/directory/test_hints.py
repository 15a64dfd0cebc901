"""Hints: what the school sees on its own card."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.directory.hints import hints
from broker.directory.person import Membership, Role
from tests.rooms.directory.samples import SCHOOL, card

TODAY = date(2026, 9, 1)
CLEAN: dict[str, Any] = {"birth_date": date(1985, 3, 17)}
PUPIL = Membership(SCHOOL, Role.PUPIL, "7А", None)

ROWS: tuple[tuple[dict[str, Any], list[tuple[str, str]]], ...] = (
    ({}, []),
    ({"surname": "Pябинина"}, [("latin_letter", "surname")]),
    ({"surname": "Ryabinina"}, []),
    ({"name": "Алёнa", "patronymic": "Cергеевна"}, [("latin_letter", "name"), ("latin_letter", "patronymic")]),
    ({"surname": "Рябинина  Клёнова"}, [("double_sign", "surname")]),
    ({"surname": "Рябинина - Клёнова"}, [("double_sign", "surname")]),
    ({"surname": "Рябинина--Клёнова"}, [("double_sign", "surname")]),
    ({"surname": "Рябинина-Клёнова"}, []),
    ({"patronymic": None}, [("patronymic_missing", "patronymic")]),
    ({"birth_date": None}, [("birth_date_missing", "birth_date")]),
    ({"birth_date": date(2027, 1, 30)}, [("birth_date_in_future", "birth_date")]),
    ({"birth_date": date(1985, 3, 12)}, [("day_month_swap_possible", "birth_date")]),
    ({"birth_date": date(1985, 3, 13)}, []),
    ({"birth_date": date(1985, 3, 3)}, []),
    ({"snils": None}, [("snils_missing", "snils")]),
    ({"snils": "201-114-305"}, [("snils_not_eleven_digits", "snils")]),
    ({"snils": "201-114-305 60"}, [("snils_sum_wrong", "snils")]),
    ({"snils": "201-114-350 66"}, [("snils_sum_wrong", "snils"), ("snils_neighbours_swapped", "snils")]),
    ({"memberships": ()}, [("no_school", "memberships")]),
    ({"memberships": (replace(PUPIL, left_on=TODAY),)}, [("left_school", "memberships")]),
    ({"memberships": (PUPIL,), "activated_at": None}, [("not_activated", "activated_at")]),
    ({"activated_at": None}, []),
)


@pytest.mark.parametrize(("changes", "expected"), ROWS, ids=range(len(ROWS)))
def test_hints(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert expected == [(hint.key, hint.field) for hint in hints(card(**(CLEAN | changes)), TODAY)]


@given(st.text(max_size=20), st.none() | st.dates(), st.none() | st.text(max_size=14))
def test_no_card_is_too_odd(name: str, born: date | None, snils: str | None) -> None:
    found = hints(card(name=name, birth_date=born, snils=snils), TODAY)

    assert len(found) == len(set(found))
