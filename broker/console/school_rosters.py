"""A school's lists: the file is kept sealed for half an hour, looked at, then written; both by a thread beside the page."""

from __future__ import annotations

import gzip
import io
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from broker.audit.event import Actor
from broker.directory.roster import RosterMoved, RosterRefused, Scope
from broker.directory.roster_export import lines_of
from broker.directory.roster_files import FileUnreadable, rows_of, write_csv, write_xlsx
from broker.directory.roster_import import Rosters
from broker.directory.roster_plan import Plan
from broker.directory.school_cards import SchoolCards
from broker.foundation.encoding import canonical_json
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.secrets.sealing import Sealer

KEPT_FOR: Final = timedelta(minutes=30)
MOST_BYTES: Final = 10_000_000
MOST_PEOPLE: Final = 20_000
# Of a spreadsheet of so many people; a file of ten megabytes could come apart into a hundred times as much.
_MOST_UNPACKED: Final = 40_000_000
# A thread that has not been heard of for so long went down with its process; the database has undone what it had begun.
_SILENT_FOR: Final = timedelta(minutes=2)
_PIECE: Final = 256_000
_JOB: Final = "school.roster"
_FILE: Final = "school.roster.file"
_SHOWN: Final = 200

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One list on its way. `state`: looking, ready, refused, unreadable, writing, done, moved, stopped. `problems` are (line,
    field, message), `added` (line, name), `changed` (line, name, fields)."""

    id: str
    state: str
    pieces: int
    seen_at: datetime
    lines: int = 0
    count_added: int = 0
    count_changed: int = 0
    count_same: int = 0
    message: str = ""
    problems: tuple[tuple[int, str, str], ...] = ()
    added: tuple[tuple[int, str], ...] = ()
    changed: tuple[tuple[int, str, tuple[str, ...]], ...] = ()

    def __repr__(self) -> str:
        return f"Job(id={self.id!r}, state={self.state!r})"

    @property
    def is_at_work(self) -> bool:
        return self.state in ("looking", "writing")


@dataclass(frozen=True, slots=True)
class RosterDesk:
    """The actions. A job belongs to the school that began it: its key on the shelf says so. `start` runs a task beside a page."""

    database: Database
    shelf: Shelf
    sealer: Sealer
    outside: Outside
    rosters: Rosters
    start: Callable[[Callable[[], None]], None] = field(repr=False)

    def begin(self, cards: SchoolCards, content: bytes) -> str:
        """Keep a file and look at it; the identifier of the job."""
        packed = gzip.compress(content, mtime=0)
        pieces = [packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE)]
        job = Job(self.outside.uuid(), "looking", len(pieces), self.outside.now())
        for number, piece in enumerate(pieces):
            self._put(_FILE, f"{_key(cards, job.id)}:{number}", piece)
        self._keep(cards, job)
        self.start(lambda: self._watched(cards, job, self._look))
        return job.id

    def find(self, cards: SchoolCards, job_id: str) -> Job | None:
        """A job of this school, or None; one whose thread has died is said to have stopped."""
        kept = self._get(_JOB, _key(cards, job_id)) if len(job_id) <= 36 else None
        if kept is None:
            return None
        job = _job(json.loads(kept))
        is_silent = self.outside.now() - job.seen_at > _SILENT_FOR
        return replace(job, state="stopped") if job.is_at_work and is_silent else job

    def write(self, cards: SchoolCards, job: Job, actor: Actor) -> None:
        """Write what was shown, once: of two presses one begins."""
        if job.state == "ready" and self.shelf.claim(f"{_JOB}.write", _key(cards, job.id), KEPT_FOR):
            writing = replace(job, state="writing", seen_at=self.outside.now())
            self._keep(cards, writing)
            self.start(lambda: self._watched(cards, writing, lambda school, one: self._write(school, one, actor)))

    def export(self, cards: SchoolCards, kind: str, actor: Actor) -> bytes:
        """The school's whole list as csv or xlsx, noted in the journal."""
        out = io.BytesIO()
        rows = lines_of((one.person for one in cards.people()), cards.children(), with_school=False)
        (write_xlsx if kind == "xlsx" else write_csv)(rows, out)
        with self.database.work():
            cards.desk(actor).note("exported", None)
        return out.getvalue()

    def _watched(self, cards: SchoolCards, job: Job, do: Callable[[SchoolCards, Job], None]) -> None:
        """Nobody waits for this thread, so what goes wrong in it has to be said on the page."""
        try:
            do(cards, job)
        except Exception as unexpected:
            # The kind alone: the texts of libraries quote values.
            _LOG.error("a list was given up", extra={"kind": type(unexpected).__name__})
            self._keep(cards, replace(job, state="stopped"))

    def _look(self, cards: SchoolCards, job: Job) -> None:
        found, plan = self._planned(cards, job)
        self._keep(cards, found if plan is None or plan.problems else replace(found, state="ready"))

    def _write(self, cards: SchoolCards, job: Job, actor: Actor) -> None:
        found, plan = self._planned(cards, job)
        if plan is None or plan.problems:
            self._keep(cards, found)
            return
        counts = (found.count_added, found.count_changed, found.count_same)
        if counts != (job.count_added, job.count_changed, job.count_same):
            # Not what was shown and agreed to: somebody has changed cards since.
            self._keep(cards, replace(found, state="moved"))
            return
        try:
            self.rosters.apply(plan, actor, lambda _done: None)
        except (RosterMoved, RosterRefused):
            self._keep(cards, replace(found, state="moved"))
            return
        self._keep(cards, replace(found, state="done"))

    def _planned(self, cards: SchoolCards, job: Job) -> tuple[Job, Plan | None]:
        def progress(lines: int) -> None:
            if lines > MOST_PEOPLE:
                raise FileUnreadable("too_long")
            self._keep(cards, replace(job, lines=lines, seen_at=self.outside.now()))

        try:
            rows = rows_of(io.BytesIO(self._content(cards, job)), _MOST_UNPACKED)
            plan = self.rosters.plan(rows, Scope(cards.school.id, cards.today), cards.short_names(), progress)
        except FileUnreadable as unreadable:
            return replace(job, state="unreadable", message=unreadable.message), None
        return self._told(job, plan), plan

    def _told(self, job: Job, plan: Plan) -> Job:
        return replace(
            job,
            state="refused" if plan.problems else job.state,
            seen_at=self.outside.now(),
            lines=plan.lines,
            count_added=plan.count_added,
            count_changed=plan.count_changed,
            count_same=plan.count_same,
            problems=tuple((one.line, one.field, one.message) for one in sorted(plan.problems, key=lambda one: one.line)),
            added=tuple((one.line, one.name) for one in plan.added[:_SHOWN]),
            changed=tuple((one.line, one.name, one.fields) for one in plan.changed[:_SHOWN]),
        )

    def _content(self, cards: SchoolCards, job: Job) -> bytes:
        pieces = [self._get(_FILE, f"{_key(cards, job.id)}:{number}") for number in range(job.pieces)]
        if any(piece is None for piece in pieces):
            raise FileUnreadable("gone")
        return gzip.decompress(b"".join(piece for piece in pieces if piece is not None))

    def _keep(self, cards: SchoolCards, job: Job) -> None:
        said = asdict(job) | {"seen_at": job.seen_at.isoformat()}
        self._put(_JOB, _key(cards, job.id), canonical_json(said))

    def _put(self, kind: str, key: str, plain: bytes) -> None:
        self.shelf.put(kind, key, self.sealer.seal(plain, f"{kind}:{key}"), KEPT_FOR)

    def _get(self, kind: str, key: str) -> bytes | None:
        kept = self.shelf.get(kind, key)
        return None if kept is None else self.sealer.unseal(kept, f"{kind}:{key}")


def _key(cards: SchoolCards, job_id: str) -> str:
    return f"{cards.school.id}:{job_id}"


def _job(said: Mapping[str, Any]) -> Job:
    return Job(**{
        **said,
        "seen_at": datetime.fromisoformat(said["seen_at"]),
        "problems": tuple((line, about, message) for line, about, message in said["problems"]),
        "added": tuple((line, name) for line, name in said["added"]),
        "changed": tuple((line, name, tuple(fields)) for line, name, fields in said["changed"]),
    })
