"""Settings of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionSettings:
    """Owned by sessions; see `[sessions]` in config/defaults.toml.

    `idle` is a school day: who signed in at the first lesson is still in after the last one, and nobody is the next morning.
    `absolute` is one day, however busy: a shared class-room computer must not remember a pupil until tomorrow's lesson.
    `seen_every` bounds the writes of a busy browser: one a minute, none on the other requests.
    """

    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(hours=24)
    seen_every: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if not timedelta(0) < self.idle <= self.absolute:
            raise ValueError("sessions.idle must be positive and not longer than sessions.absolute")
        if self.absolute > timedelta(days=30):
            raise ValueError("sessions.absolute may not exceed 30 days")
        if not timedelta(0) <= self.seen_every < self.idle:
            raise ValueError("sessions.seen_every must be shorter than sessions.idle")
