"""Days written so that ages stay right for years: `2011-04-05`, `today`, `today-14y`, `today-12y-100d`."""

from __future__ import annotations

import re
from datetime import date, timedelta

_RELATIVE = re.compile(r"today(?:-(?P<years>\d{1,3})y)?(?:-(?P<days>\d{1,5})d)?", re.ASCII)


def day_of(text: str, today: date) -> date:
    """The day a text means when it is `today`. Raises ValueError for a text outside the grammar.

    29 February of a year without one becomes 28 February, so that the whole years have passed.
    """
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return date.fromisoformat(text)
    year = today.year - int(relative["years"] or 0)
    try:
        moved = today.replace(year=year)
    except ValueError:
        moved = today.replace(year=year, day=28)
    return moved - timedelta(days=int(relative["days"] or 0))
