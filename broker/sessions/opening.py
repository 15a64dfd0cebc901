"""What must be known to open a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """A person who has just proven who they are.

    `methods` are RFC 8176 values. `authenticated_at` is when the upstream vouched for them, None for "now".
    `unverified_cookie` is the session cookie the browser brought, if any: whatever it opened before, it opens nothing afterwards.
    `device` is a word of device.py.
    """

    person_id: str
    connector: str
    level: str
    methods: tuple[str, ...]
    region: str
    authenticated_at: datetime | None = None
    unverified_cookie: str | None = None
    device: str = ""
