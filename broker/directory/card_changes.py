"""The school's own journal: who did what to which card and why. Names of fields, never values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broker.audit.catalogue_schools import CardChanged
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.card_changes_store import CardChangesStore, Noted
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.sealing import Sealer

ACTIONS: Final = (
    "corrected", "placed", "left", "restored", "attached", "kin_added", "kin_removed", "blocked", "unblocked", "unlocked",
    "paused", "resumed", "sessions_ended", "unlink_asked", "unlinked", "invited", "printed", "invitation_cancelled", "merged",
    "parted", "apart", "imported", "exported", "contacts", "case_attached", "case_checked",
)  # fmt: skip
LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One deed. `action` is a word of `ACTIONS`; `reason` is what the member of staff typed, sealed at rest."""

    school_id: str
    action: str
    person_id: str | None = None
    fields: tuple[str, ...] = ()
    reason: str = ""
    other_id: str = ""

    def __repr__(self) -> str:
        return f"Change(school_id={self.school_id!r}, action={self.action!r})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deeds to show; an empty filter shows all. `before_id` is the last entry of the page before."""

    action: str = ""
    actor_id: str = ""
    person_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: str = ""


class CardChanges:
    """What schools have done."""

    def __init__(self, database: Database, sealer: Sealer, journal: Journal, outside: Outside):
        self._journal = journal
        self._outside = outside
        self._store = CardChangesStore(database, sealer)

    def note(self, change: Change, actor: Actor) -> None:
        """Write a deed down, here and in the audit log, in the caller's unit of work.

        Raises:
            ValueError: the action is not one of `ACTIONS`.
        """
        if change.action not in ACTIONS:
            raise ValueError("an action of the school's journal is a word of its list")
        noted = Noted(
            id=self._outside.uuid(),
            at=self._outside.now(),
            person_id=change.person_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=change.action,
            fields=change.fields,
            reason=change.reason[:LONGEST_REASON],
        )
        self._store.add(change.school_id, noted)
        event = CardChanged(change.school_id, change.action, change.person_id, change.fields, change.other_id)
        self._journal.append(event, actor)

    def of_school(self, school_id: str, wanted: Wanted, limit: int) -> tuple[Noted, ...]:
        """The newest deeds of a school, newest first."""
        filters = {"action": wanted.action, "actor_id": wanted.actor_id, "person_id": wanted.person_id}
        span = (wanted.since, wanted.until)
        return self._store.of_school(school_id, filters, span, (limit, wanted.before_id))

    def last_at(self, school_id: str, action: str) -> datetime | None:
        """When the school did this last, or None."""
        found = self.of_school(school_id, Wanted(action=action), 1)
        return found[0].at if found else None
