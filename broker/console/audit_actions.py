"""The journal for staff: reading and searching it, signing its end, taking copies, proving that nobody has changed anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from broker.audit.archive import lines_of, write_file
from broker.audit.catalogue_journal import JournalExported, PersonErased
from broker.audit.checkpoint import AuditKey, Checkpoint, Forged, PublicKeys, instant
from broker.audit.entry import ChainBroken, Entry
from broker.audit.event import Actor
from broker.audit.office import AuditOffice
from broker.audit.offline import Report, verify_lines
from broker.audit.rounds import archive_old
from broker.audit.search import Picture, Question, drawn, result_of
from broker.console.refused import Refused
from broker.storage.database import Database

MOST_ENTRIES = 1000
_LONGEST_PICTURE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Found:
    """One entry as a page shows it. `actor` is who did it (kind:id), `result` a word of audit.search.Result."""

    seq: int
    at: datetime
    name: str
    result: str
    actor: str
    fields: Mapping[str, Any]

    def described(self) -> dict[str, Any]:
        told: dict[str, Any] = {"seq": self.seq, "at": self.at.isoformat(), "name": self.name, "result": self.result}
        return told | {"actor": self.actor, "fields": dict(self.fields)}


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Entries newest first; `older` is the `before` of the next page, None on the last one."""

    entries: tuple[Found, ...]
    older: int | None

    def described(self) -> Mapping[str, Any]:
        return {"entries": [found.described() for found in self.entries], "older": self.older}


class AuditActions:
    """What the pages, the JSON API and the command line share."""

    def __init__(self, office: AuditOffice, database: Database, now: Callable[[], datetime]):
        self._office = office
        self._database = database
        self._now = now

    def tail(self, limit: int, before: int | None) -> Mapping[str, Any]:
        """The last entries, oldest first. Raises Refused for a limit outside 1 to 1000."""
        if not 1 <= limit <= MOST_ENTRIES:
            raise Refused(f"The limit must be between 1 and {MOST_ENTRIES}.")
        return {"entries": [_found(entry).described() for entry in self._office.journal.tail(limit, before)]}

    def search(self, question: Question, before: int | None = None, most: int = 50) -> FoundPage:
        """A page of entries that fit, newest first."""
        page = self._office.search.page(question, before, most)
        return FoundPage(tuple(map(_found, page.entries)), page.older)

    def picture(self, question: Question, zone: tzinfo) -> Picture:
        """Events that fit over time, by result: hours for up to three days, else days; the last week when no time is asked for.

        Raises:
            Refused: the time is longer than 400 days, or ends before it begins.
        """
        until = question.until or self._now()
        since = question.since or until - timedelta(days=7)
        if not timedelta(0) < until - since <= _LONGEST_PICTURE:
            raise Refused("A picture shows at most 400 days, and ends after it begins.")
        return drawn(self._office.search.counted(question), since, until, zone)

    def verify(self) -> Mapping[str, Any]:
        """Walk the whole chain and its checkpoints. Raises Refused that names the first entry at fault."""
        found = self._office.checkpoints.verify()
        if found.broken_seq is not None:
            raise Refused(_broken(ChainBroken(found.broken_seq, found.problem)) + f"; {found.checked} before it are sound.")
        told = {"is_whole": True, "checked": found.checked, "checkpoints": found.checkpoints}
        return told | ({"removed_through": found.begins} if found.begins else {})

    def checkpoint(self, actor: Actor) -> Mapping[str, Any]:
        """Sign the end of the chain now. `document` is what to keep elsewhere. Raises Refused when the end is not ours."""
        try:
            return _described_checkpoint(self._office.checkpoints.make(actor))
        except ChainBroken as broken:
            raise Refused(_broken(broken) + ": it is not signed.") from None

    def keys(self) -> Mapping[str, Any]:
        """Every public key of the journal with its history, and the JWK Set that verifiers keep."""
        keys = [_described_key(key) for key in self._office.checkpoints.all_keys()]
        return {"keys": keys, "jwks": self._office.checkpoints.published()}

    def export(self, path: Path, since: datetime | None, until: datetime | None, actor: Actor) -> Mapping[str, Any]:
        """Write the entries of a time into a new file; the entry that tells of it comes after them.

        Raises:
            Refused: the file is there, or cannot be written; the journal is broken at its beginning.
        """
        try:
            span = self._office.exports.span(since, until)
            lines = write_file(path, self._office.exports.lines(span))
        except ChainBroken as broken:
            raise Refused(_broken(broken)) from None
        except FileExistsError:
            raise Refused("There is such a file; an export is never written over.") from None
        except OSError as error:
            raise Refused(f"The file cannot be written: {error.strerror}.") from None
        with self._database.work():
            self._office.journal.append(JournalExported(span.base.seq + 1, span.last), actor)
        return {"file": str(path), "lines": lines, "first": span.base.seq + 1, "last": span.last}

    def prune(self, actor: Actor) -> Mapping[str, Any]:
        """Archive and remove what is older than `audit.keep_for`.

        Raises:
            Refused: nobody said where archives go, one cannot be written, or the journal is broken.
        """
        if not self._office.settings.archive_directory:
            raise Refused("audit.archive_directory is empty: say where removed entries go.")
        try:
            path = archive_old(self._office, actor)
            removed = 0
            while gone := self._office.retention.tidy():
                removed += gone
        except ChainBroken as broken:
            raise Refused(_broken(broken) + ": nothing was removed.") from None
        except OSError as error:
            raise Refused(f"The archive cannot be written: {error.strerror}.") from None
        return {"archive": str(path) if path else None, "removed": removed}

    def forget(self, person_id: str, actor: Actor) -> Mapping[str, Any]:
        """Take away what leads from the journal to a person; the chain stays as it is. There is no way back."""
        with self._database.work():
            gone = self._office.journal.forget(person_id)
            if not gone:
                raise Refused("No entry of the journal leads to this person.")
            self._office.journal.append(PersonErased(gone), actor)
        return {"aliases": gone}


def verify_file(path: Path, keys: Path | None, noted: Path | None) -> Mapping[str, Any]:
    """Prove an export with nothing but public keys: no database, no settings of ours.

    Raises:
        Refused: naming the first line at fault; or a file cannot be read.
    """
    try:
        trusted = None if keys is None else _trusted(keys)
        known = None if noted is None else _noted(noted, trusted)
        report = verify_lines(lines_of(path), trusted, known)
    except OSError as error:
        raise Refused(f"A file cannot be read: {error.strerror}.") from None
    if report.line is not None:
        raise Refused(f"{path.name}:{report.line}: this line {report.problem}.")
    return _described_report(report, trusted is not None)


def _trusted(path: Path) -> PublicKeys:
    """A JWK Set as /audit/jwks.json gives it."""
    try:
        found = json.loads(path.read_bytes())["keys"]
        moment = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        return PublicKeys(AuditKey({str(k): str(v) for k, v in jwk.items()}, "", moment, moment) for jwk in found)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("The file of keys is not a JWK Set.") from None


def _noted(path: Path, trusted: PublicKeys | None) -> Checkpoint:
    if trusted is None:
        raise Refused("A noted checkpoint says nothing without --keys.")
    try:
        return trusted.checkpoint(path.read_text(encoding="ascii").strip())
    except (Forged, ValueError) as forged:
        raise Refused(f"The noted checkpoint is none of ours: it {getattr(forged, 'problem', 'is not text')}.") from None


def _described_report(report: Report, is_trusted: bool) -> Mapping[str, Any]:
    return {
        "is_whole": True,
        "lines": report.lines,
        "entries": report.entries,
        "checkpoints": report.checkpoints,
        "follows": report.base.seq,
        "last": report.end.seq,
        "made_at": report.made_at.isoformat() if report.made_at else None,
        "signed_by": report.kid,
        # Without a key from elsewhere, a whole file only shows that it fits together: anybody can make one with a key of theirs.
        "keys_from": "your file" if is_trusted else "the export itself: compare signed_by with what we published",
    }


def _found(entry: Entry) -> Found:
    actor = f"{entry.actor.kind}:{entry.actor.id}" if entry.actor.id else entry.actor.kind
    return Found(entry.seq, entry.at, entry.name, result_of(entry.name).value, actor, entry.fields)


def _described_checkpoint(made: Checkpoint) -> Mapping[str, Any]:
    told = {"number": made.number, "seq": made.seq, "hash": made.head.hash, "at": instant(made.at)}
    return told | {"kid": made.kid, "document": made.document}


def _described_key(key: AuditKey) -> dict[str, Any]:
    told = {"kid": key.kid, "state": key.state, "made_at": instant(key.made_at), "moved_at": instant(key.moved_at)}
    return told | {"jwk": dict(key.jwk)}


def _broken(broken: ChainBroken) -> str:
    return f"The journal is broken: entry {broken.seq} {broken.problem}"
