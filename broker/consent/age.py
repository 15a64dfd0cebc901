"""Who decides about their own data alone, and for whom a parent does. Pure."""

from __future__ import annotations

from datetime import date

from broker.foundation.normal_forms import age_on


def needs_parent(birth_date: date | None, day: date, own_from_age: int, *, is_pupil_only: bool) -> bool:
    """Whether a parent decides on this local day: somebody younger than `own_from_age` whole years.

    Without a birth date on the card only grown roles speak for the person: a pupil of unknown age may be a small child.
    """
    if birth_date is None:
        return is_pupil_only and own_from_age > 0
    return age_on(birth_date, day) < own_from_age
