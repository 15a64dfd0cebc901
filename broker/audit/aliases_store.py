"""The rows that say who is meant by an alias of the chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from broker.audit.aliases import PERSON, SUBJECT, Meant, alias_of, aliases_in, explained, hidden, meant_by, owner_of
from broker.audit.entry import Entry, Record
from broker.audit.tables import AuditAliasRow
from broker.foundation.outside import Outside
from broker.storage.database import Database

_ALIASES: Any = AuditAliasRow.__table__
_KNOWN = select(_ALIASES).where(_ALIASES.c.meaning.in_(bindparam("wanted", expanding=True)))
_MEANINGS = select(_ALIASES.c.alias, _ALIASES.c.meaning).where(_ALIASES.c.alias.in_(bindparam("wanted", expanding=True)))
_INSERT = insert(_ALIASES)
_OWN = update(_ALIASES).where(
    _ALIASES.c.kind == SUBJECT, _ALIASES.c.meaning == bindparam("subject"), _ALIASES.c.person_id != bindparam("owner")
)
_OF_PERSON = or_(
    (_ALIASES.c.kind == PERSON) & (_ALIASES.c.meaning == bindparam("who")),
    (_ALIASES.c.kind == SUBJECT) & (_ALIASES.c.person_id == bindparam("who")),
)
# Another process may have forgotten somebody: what this one remembers of them it forgets soon, too.
_REMEMBERED_FOR = timedelta(minutes=5)
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Pointed:
    """Everybody whom the records of one unit of work point at, and what those of them who have an alias are called.

    `is_news`: it was not all in the memory of this process.
    """

    wanted: set[Meant]
    known: dict[Meant, str]
    is_news: bool


class Aliases:
    """Gives aliases to those whom records point at, and meanings to those who may read."""

    def __init__(self, database: Database, outside: Outside):
        self._database = database
        self._outside = outside
        self._remembered: dict[Meant, str] = {}
        self._owned: dict[str, str] = {}
        self._emptied_at: datetime = outside.now()

    def before_lock(self, records: Iterable[Record]) -> Pointed:
        """Whom the records point at, and the aliases that are known already. One read, or none where this process remembers
        everybody."""
        self._forget_old()
        wanted = {meant for record in records for meant in meant_by(record)}
        known = {meant: self._remembered[meant] for meant in wanted if meant in self._remembered}
        if is_news := len(known) < len(wanted):
            known |= self._read(wanted - known.keys())
        return Pointed(wanted, known, is_news)

    def under_lock(self, records: Iterable[Record], pointed: Pointed) -> list[Record]:
        """The records as they enter the chain; whoever has no alias yet gets one.

        The head of the chain is locked: only its holder adds aliases, so nobody gets two and no two writers wait for each other.
        """
        records, known = list(records), pointed.known
        if new := pointed.wanted - known.keys():
            known |= self._read(new)
            self._add(new - known.keys(), known)
        for record in records:
            self._note_owner(record)
        if pointed.is_news:
            # Only what is committed may be remembered.
            self._database.after_commit(partial(self._remembered.update, known))
        return [hidden(record, known) for record in records]

    def explain(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """The entries with identifiers instead of aliases, where it is still known who is meant."""
        entries = tuple(entries)
        wanted = sorted({alias for entry in entries for alias in aliases_in(entry)})
        if not wanted:
            return entries
        rows = self._database.session.execute(_MEANINGS, {"wanted": wanted}).all()
        meanings = {row.alias: row.meaning for row in rows}
        return tuple(explained(entry, meanings) for entry in entries)

    def of_person(self, person_id: str) -> str | None:
        """The alias of a person, if any entry ever pointed at them."""
        return self._read({Meant(PERSON, person_id)}).get(Meant(PERSON, person_id))

    def forget(self, person_id: str) -> int:
        """Take away what a person's aliases mean, those of their upstream subjects included; how many there were."""
        gone = self._database.session.execute(delete(_ALIASES).where(_OF_PERSON), {"who": person_id}).rowcount
        self._database.after_commit(self._empty)
        return gone

    def _read(self, wanted: Iterable[Meant]) -> dict[Meant, str]:
        wanted = frozenset(wanted)
        if not wanted:
            return {}
        rows = self._database.session.execute(_KNOWN, {"wanted": sorted({meant.value for meant in wanted})}).all()
        found = {Meant(row.kind, row.meaning): str(row.alias) for row in rows}
        return {meant: alias for meant, alias in found.items() if meant in wanted}

    def _add(self, new: Iterable[Meant], known: dict[Meant, str]) -> None:
        rows: list[Mapping[str, str]] = []
        for meant in sorted(new, key=lambda one: (one.kind, one.value)):
            known[meant] = alias_of(self._outside.token(16))
            rows.append({"alias": known[meant], "kind": meant.kind, "meaning": meant.value, "person_id": ""})
        if rows:
            self._database.session.execute(_INSERT, rows)

    def _note_owner(self, record: Record) -> None:
        subject = record.fields.get("subject")
        if not isinstance(subject, str):
            return
        owner = owner_of(record)
        if owner is None or self._owned.get(subject) == owner:
            return
        self._database.session.execute(_OWN, {"subject": subject, "owner": owner, "person_id": owner})
        self._database.after_commit(partial(self._owned.__setitem__, subject, owner))

    def _forget_old(self) -> None:
        now = self._outside.now()
        if now - self._emptied_at > _REMEMBERED_FOR or len(self._remembered) > _MOST_REMEMBERED:
            self._empty()
            self._emptied_at = now

    def _empty(self) -> None:
        self._remembered.clear()
        self._owned.clear()
