"""From the local day of the fourteenth birthday a person decides alone."""

from __future__ import annotations

from datetime import date

import pytest

from broker.consent.age import needs_parent

BORN = date(2012, 9, 1)


@pytest.mark.parametrize(
    ("birth_date", "day", "is_pupil_only", "expected"),
    [
        (BORN, date(2026, 8, 31), True, True),
        (BORN, date(2026, 9, 1), True, False),
        (BORN, date(2026, 8, 31), False, True),
        (date(2012, 2, 29), date(2026, 2, 28), True, True),
        (date(2012, 2, 29), date(2026, 3, 1), True, False),
        (None, date(2026, 9, 1), True, True),
        (None, date(2026, 9, 1), False, False),
    ],
)
def test_who_needs_a_parent(birth_date: date | None, day: date, is_pupil_only: bool, expected: bool) -> None:
    assert expected == needs_parent(birth_date, day, 14, is_pupil_only=is_pupil_only)


@pytest.mark.parametrize("birth_date", [None, date(2026, 8, 31)])
def test_an_age_of_zero_switches_the_rule_off(birth_date: date | None) -> None:
    assert not needs_parent(birth_date, date(2026, 9, 1), 0, is_pupil_only=True)
