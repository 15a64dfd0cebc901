"""Events of the outbox and of upkeep: whether a person was told, never where and never what; that old rows were removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A mail server or an SMS gateway took a letter over. `kind` and `channel` are words of the messages room."""

    name: ClassVar[str] = "message.sent"
    letter_id: str
    kind: str
    channel: str
    tries: int


@dataclass(frozen=True, slots=True)
class MessageGivenUp:
    """A letter will not be sent any more. `trouble` is a word of messages.Trouble."""

    name: ClassVar[str] = "message.given_up"
    letter_id: str
    kind: str
    channel: str
    trouble: str


@dataclass(frozen=True, slots=True)
class DatabaseTidied:
    """Rows that no longer matter were removed: counted tries, letters, sessions, grants, requests, cases."""

    name: ClassVar[str] = "database.tidied"
    removed: int
