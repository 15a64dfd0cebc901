"""The journal in the console of security staff: one entry, its chain, a copy of it, and the name of somebody it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from broker.audit.aliases import PEOPLE, PERSON_FIELDS
from broker.audit.catalogue_journal import JournalExported
from broker.audit.catalogue_staff import NameRevealed
from broker.audit.entry import ChainBroken, Entry, Verification
from broker.audit.event import Actor
from broker.audit.office import AuditOffice
from broker.console.audit_actions import AuditActions
from broker.console.grounds import require_grounds
from broker.console.refused import Refused
from broker.directory.directory import Directory
from broker.storage.database import Database

# A longer copy is made at the machine (broker audit export), where it is written without being held in memory.
MOST_EXPORTED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Copy:
    """An export: which entries, and the file."""

    first: int
    last: int
    data: bytes


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """What auditors do; searching, the picture and checkpoints are `actions`."""

    actions: AuditActions
    office: AuditOffice
    directory: Directory
    database: Database

    def entry(self, seq: int) -> Entry:
        """One entry. Raises Refused when there is none of this number (any more)."""
        for found in self.office.journal.tail(1, seq + 1):
            if found.seq == seq:
                return found
        raise Refused("The journal has no entry with this number.")

    def shown(self, seq: int) -> Mapping[str, Any]:
        """The same for programs, with its place in the chain."""
        found = self.entry(seq)
        told = {"seq": found.seq, "at": found.at.isoformat(), "name": found.name, "fields": dict(found.fields)}
        return told | {"actor": f"{found.actor.kind}:{found.actor.id}", "previous": found.previous, "hash": found.hash}

    def check(self) -> Verification:
        """Walk along the whole chain and its checkpoints."""
        return self.office.checkpoints.verify()

    def reveal(self, seq: int, unverified_grounds: str, actor: Actor) -> Mapping[str, str]:
        """The names of those whom an entry is about, by identifier; each look is an entry itself.

        Raises:
            Refused: no such entry, nobody in it has a card, or no reason was given.
        """
        grounds = require_grounds(unverified_grounds)
        people = self.directory.find_people(people_of(self.entry(seq)))
        if not people:
            raise Refused("Nobody whom this entry is about has a card.")
        with self.database.work():
            for person_id in people:
                self.office.journal.append(NameRevealed(person_id, seq, grounds), actor)
        return {person.id: " ".join(filter(None, (person.surname, person.name, person.patronymic))) for person in people.values()}

    def export(self, span: tuple[datetime | None, datetime | None], unverified_grounds: str, actor: Actor) -> Copy:
        """The entries of a time as a file that proves itself; the entry that tells of it comes after them.

        Raises:
            Refused: no reason, too many entries, or the journal is broken at its beginning.
        """
        grounds = require_grounds(unverified_grounds)
        try:
            found = self.office.exports.span(*span)
            if found.last - found.base.seq > MOST_EXPORTED:
                raise Refused(f"These are more than {MOST_EXPORTED} entries; choose a shorter time, or use broker audit export.")
            data = b"".join(self.office.exports.lines(found))
        except ChainBroken as broken:
            raise Refused(f"The journal is broken: entry {broken.seq} {broken.problem}.") from None
        with self.database.work():
            self.office.journal.append(JournalExported(found.base.seq + 1, found.last, grounds), actor)
        return Copy(found.base.seq + 1, found.last, data)


def people_of(entry: Entry) -> tuple[str, ...]:
    """Identifiers of everybody an entry is about or was done by."""
    said = (value for field, value in entry.fields.items() if field in PERSON_FIELDS and isinstance(value, str) and value)
    actor = (entry.actor.id,) if entry.actor.kind in PEOPLE and entry.actor.id else ()
    return tuple(dict.fromkeys((*said, *actor)))
