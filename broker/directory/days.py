"""Days in a document: written out, or relative to today so that invented people keep their ages."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from broker.directory.fields import Fields

# Documents come from many regions; one clock for all of them, so that one document means one thing.
ZONE = ZoneInfo("Europe/Moscow")
_RELATIVE = re.compile(r"today(?:-(\d{1,3})y)?(?:-(\d{1,5})d)?", re.ASCII)


def today_of(at: datetime) -> date:
    """The local day of an instant where documents are read."""
    return at.astimezone(ZONE).date()


def day_of(text: str, today: date) -> date:
    """The day a text means: `2011-04-05`, `today`, `today-14y`, `today-12y-100d` (years first, then days).

    29 February becomes 28 February in a year without one, so that the years have passed.

    Raises:
        ValueError: the text is no day.
    """
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError("no day")
        return date.fromisoformat(text)
    years, days = (int(part or 0) for part in relative.groups())
    try:
        moved = today.replace(year=today.year - years)
    except ValueError:
        moved = today.replace(year=today.year - years, day=28)
    return moved - timedelta(days=days)


def day_field(fields: Fields, name: str, today: date) -> date | None:
    """A day of a document, or None when it is absent or, which is noted, no day."""
    text = fields.text_or_none(name, 20)
    if text is None:
        return None
    try:
        return day_of(text, today)
    except (ValueError, OverflowError):
        fields.note(name, "must be a day such as 2011-04-05 or today-12y-100d")
        return None
