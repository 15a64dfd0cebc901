"""Events of the outbox: whether a person was told. Never where, and never what."""

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
