"""A sign-in closed for a while (cause 3204): the diary itself stays as it is, and nobody gets into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.audit.catalogue_people import SignInPaused, SignInResumed
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.pauses_store import PausesStore
from broker.foundation.outside import Outside
from broker.storage.database import Database

# The kind of actor that a school's staff are.
STAFF = "staff"
# Who has closed it when security has; in the journal these are staff, too.
SECURITY = "security"


class PauseReason(Enum):
    """Why, in words that a page has a sentence for."""

    SAFETY = "safety"
    DOCUMENTS = "documents"
    FAMILY = "family"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when, why, and who did it, by identifier."""

    at: datetime
    by: Actor
    reason: PauseReason

    @property
    def is_schools(self) -> bool:
        """Whether a school may end it: what security has closed, only security opens."""
        return self.by.kind == STAFF


class Pauses:
    """Changes no session: whoever pauses ends those in the same unit of work (signout)."""

    def __init__(self, database: Database, journal: Journal, outside: Outside):
        self._database = database
        self._journal = journal
        self._now = outside.now
        self._store = PausesStore(database)

    def find(self, person_id: str) -> Pause | None:
        """The pause of a person, or None."""
        found = self._store.find(person_id)
        if found is None:
            return None
        at, by, reason = found
        kind, _, actor_id = by.partition(":")
        return Pause(at, Actor(kind, actor_id), PauseReason(reason))

    def pause(self, person_id: str, reason: PauseReason, actor: Actor, *, by_security: bool = False) -> bool:
        """True for the one caller that closed it; a pause there is already stays as it is, with its reason."""
        kind = SECURITY if by_security and actor.kind == STAFF else actor.kind
        with self._database.work():
            if not self._store.pause(person_id, self._now(), f"{kind}:{actor.id}", reason.value):
                return False
            self._journal.append(SignInPaused(person_id, reason.value), actor)
        return True

    def resume(self, person_id: str, actor: Actor, *, by_security: bool = False) -> bool:
        """True for the one caller that opened it again. Staff of a school end only what staff of schools have closed."""
        is_schools = actor.kind == STAFF and not by_security
        with self._database.work():
            if not self._store.resume(person_id, f"{STAFF}:" if is_schools else ""):
                return False
            self._journal.append(SignInResumed(person_id), actor)
        return True

    def copy(self, from_id: str, to_id: str) -> bool:
        """Whoever is shut out by one card is shut out by the card it becomes: True if that is new. Call inside `work()`."""
        found = self._store.find(from_id)
        return found is not None and self._store.pause(to_id, *found)
