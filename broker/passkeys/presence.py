"""In which sessions a passkey was shown, and for which single acts: short-lived, bound, used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf

_HERE: Final = "passkey.here"
_ENROL: Final = "passkey.enrol"
_ACT: Final = "passkey.act"
_ENROL_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Presence:
    """`lasts` is how long showing a passkey counts for coming in. Every verb raises ShelfUnavailable when the store is silent."""

    shelf: Shelf
    outside: Outside
    lasts: timedelta

    def note(self, session_id: str) -> None:
        """A passkey was shown in this session just now."""
        self.shelf.put(_HERE, digest(session_id), self.outside.now().isoformat().encode("ascii"), self.lasts)

    def last_at(self, session_id: str) -> datetime | None:
        """When a passkey was last shown in a session, or None."""
        kept = self.shelf.get(_HERE, digest(session_id))
        return None if kept is None else datetime.fromisoformat(kept.decode("ascii"))

    def forget(self, session_id: str) -> None:
        """As if no passkey had been shown in this session."""
        self.shelf.take(_HERE, digest(session_id))

    def allow_first(self, session_id: str, person_id: str) -> None:
        """This person may make a first passkey in this session: a one-time link has said so."""
        self.shelf.put(_ENROL, digest(session_id), person_id.encode("utf-8"), _ENROL_WITHIN)

    def may_make_first(self, session_id: str, person_id: str) -> bool:
        """Whether `allow_first` was said of both."""
        return self.shelf.get(_ENROL, digest(session_id)) == person_id.encode("utf-8")

    def allow_act(self, session_id: str, act: str, life: timedelta) -> None:
        """A passkey has said yes to one act, once. `act` names the action, its object and what was asked about it."""
        self.shelf.put(_ACT, digest(f"{session_id}:{act}"), b"1", life)

    def take_act(self, session_id: str, act: str) -> bool:
        """Whether a passkey has said yes to this act in this session; True for exactly one caller."""
        return self.shelf.take(_ACT, digest(f"{session_id}:{act}")) is not None
