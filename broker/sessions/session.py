"""One browser, signed in: the value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Session:
    """`id` is not the cookie: the cookie holds a secret whose digest finds the row. `level` is the connectors' word
    (confirmed, not_confirmed, child); `methods` are RFC 8176 values; `region` is the code under which the person signed in.
    `device` is a word of device.py, "" for a session older than that list."""

    id: str
    person_id: str
    connector: str
    level: str
    methods: tuple[str, ...]
    region: str
    authenticated_at: datetime
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime
    device: str = ""


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session as its owner's history shows it: also one that is over. `ended_cause` is "" while nobody has ended it."""

    session: Session
    ended_at: datetime | None
    ended_cause: str
