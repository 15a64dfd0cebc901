"""What staff see of the calendar: every date of the house, and which of them is near."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from broker.console.refused import Refused
from broker.custody.calendar import Calendar, DueDate, stage

_LONGEST_LINE = 75


def dates(calendar: Calendar) -> Mapping[str, Any]:
    """Every date, the nearest first; `soon` is the warning that has come (60, 30 or 7 days), or nothing."""
    found, now = calendar.look(), calendar.now()
    return {"dates": [_shown(one, now) for one in found.all], "unread": list(found.unread)}


def write_ics(calendar: Calendar, path: Path) -> Mapping[str, Any]:
    """The same as a file that calendar programs read (RFC 5545), one whole day each.

    Raises:
        Refused: there is such a file, or it cannot be written.
    """
    found, now = calendar.look(), calendar.now()
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(ics(found.all, now))
    except OSError as error:
        raise Refused(f"The file cannot be written ({error.strerror}).") from None
    return {"file": str(path), "dates": len(found.all), "unread": list(found.unread)}


def ics(found: tuple[DueDate, ...], now: datetime) -> str:
    """An iCalendar object (RFC 5545 3.4). The identifier of an entry stays the same from export to export."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//School Sign-in//calendar//EN"]
    for one in found:
        said = one.what.replace("_", " ")
        summary = f"{'Ends' if one.ends else 'Due'}: {said} {one.name}".strip()
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(one.what)}-{_text(one.mark)}@calendar.invalid",
            f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{one.at:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.at + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(summary)}",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _text(value: str) -> str:
    """RFC 5545 3.3.11."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(sign if sign.isprintable() else " " for sign in escaped)


def _folded(line: str) -> str:
    """RFC 5545 3.1: at most 75 octets a line, and no sign cut in two."""
    parts, rest = [""], 0
    for sign in line:
        width = len(sign.encode("utf-8"))
        if rest + width > _LONGEST_LINE:
            parts.append(" ")
            rest = 1
        parts[-1] += sign
        rest += width
    return "\r\n".join(parts)


def _shown(one: DueDate, now: datetime) -> dict[str, Any]:
    return {
        "what": one.what,
        "name": one.name,
        "at": one.at.isoformat(),
        "days": one.days_left(now),
        "ends": one.ends,
        "soon": stage(one, now),
    }
