"""Whether an upstream, or the directory itself, has trouble just now: many failures in a row, and nobody let in between them.

Shown above the button and on `/status`. It decides nothing: the button stays, since the next person may well get through. Who may
go is for the circuit to say (upstream_circuit.py).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from broker.connectors.port import NOT_ASKED, UpstreamFailed
from broker.login.settings import LoginSettings
from broker.login.upstream_circuit import Circuit
from broker.login.upstream_waits import Waits
from broker.storage.shelf import Shelf, ShelfUnavailable

_LOG = logging.getLogger(__name__)
_KIND: Final = "upstream.health"
_MANY: Final = 20
# The directory answers everybody or nobody, so three people are enough to know.
DIRECTORY: Final = "directory"
NO_ANSWER: Final = 2101
Said = TypeVar("Said")
_SEVERAL: Final = 3
_SILENT: Final = 8004
_WITHIN: Final = timedelta(minutes=5)
# Without a further failure and without a success the notice goes away by itself: nobody tries at night.
_FADES: Final = timedelta(minutes=15)
# No answer, an answer that it cannot, and people who never came back from its own error page. A refusal of one person is health.
_TROUBLE: Final = frozenset({1007, 2101, 2102, _SILENT})
_LOOKED_UP_EVERY: Final = timedelta(seconds=10)
# Who holds the pen writes. It is held for two questions; a worker that died with it in hand keeps it no longer than this.
_PEN_HELD: Final = timedelta(seconds=2)
_TRIES_FOR_PEN: Final = 200


@dataclass(frozen=True, slots=True)
class _Run:
    """Failures since the last success: how many, from when."""

    count: int
    first_at: datetime

    def packed(self) -> bytes:
        return json.dumps([self.count, self.first_at.isoformat()]).encode()


class UpstreamHealth:
    """The state of every upstream, kept on the shelf for all workers. `circuit` says whether it is asked at all, `waits` how long
    people wait for it.

    The shelf has no counter, so a worker claims the pen before it reads and writes the count, and takes it away afterwards.
    Nothing here ever stops a sign-in, so a shelf that does not answer is no trouble of an upstream.
    """

    def __init__(self, shelf: Shelf, now: Callable[[], datetime], circuit: Circuit | None = None):
        self.circuit = circuit or Circuit(shelf, now, LoginSettings())
        self.waits = Waits(shelf)
        self._shelf = shelf
        self._now = now
        self._seen: dict[str, tuple[datetime, datetime | None]] = {}

    def failed(self, connector: str, cause: int) -> None:
        """The upstream did not vouch for somebody, for the reason of this cause."""
        if cause not in _TROUBLE:
            return
        try:
            run = self._counted(connector)
        except ShelfUnavailable:
            return
        if run.count == _enough(connector):
            _LOG.error("upstream has trouble", extra={"connector": connector, "failures": run.count})

    def vouched(self, connector: str) -> None:
        """The upstream let somebody in: whatever it was is over."""
        try:
            run = self._run(connector)
            if run is not None and self._shelf.take(_KIND, connector) is not None and run.count >= _enough(connector):
                _LOG.warning("upstream trouble is over", extra={"connector": connector})
        except ShelfUnavailable:
            return
        self._seen.pop(connector, None)

    def silent(self, person: str) -> None:
        """The directory did not answer this person (any name of theirs, such as their attempt's), who counts once."""
        with suppress(ShelfUnavailable):
            if self._shelf.claim(_KIND, f"{DIRECTORY}.{person}", _WITHIN):
                self.failed(DIRECTORY, _SILENT)

    def spoke(self) -> None:
        """The directory has let somebody in. Asked of every sign-in, so that it costs nothing while all is well."""
        if self.trouble_since(DIRECTORY) is not None:
            self.vouched(DIRECTORY)

    def trouble_since(self, connector: str) -> datetime | None:
        """Since when the upstream is not asked, or the first failure of the present run; None while all is well. Known to within
        ten seconds."""
        now = self._now()
        asked_at, since = self._seen.get(connector, (None, None))
        if asked_at is None or not timedelta(0) <= now - asked_at < _LOOKED_UP_EVERY:
            try:
                run = self._run(connector)
            except ShelfUnavailable:
                return None
            since = run.first_at if run is not None and run.count >= _enough(connector) else self.circuit.open_since(connector)
            self._seen[connector] = (now, since)
        return since

    def asked(self, connector: str, question: Callable[[], Said]) -> Said:
        """Ask an upstream a question of ours, unless it is known to be silent; what came of it is counted.

        Raises:
            UpstreamFailed: as `question` does; 2101 `NOT_ASKED` where it was not asked.
        """
        if not self.circuit.lets_ask(connector):
            raise UpstreamFailed(NO_ANSWER, NOT_ASKED)
        began = self._now()
        try:
            said = question()
        except UpstreamFailed as failed:
            self._met(connector, failed, began)
            raise
        self.circuit.answered(connector)
        self.waits.took(connector, self._now() - began)
        return said

    def _met(self, connector: str, failed: UpstreamFailed, began: datetime) -> None:
        if failed.is_unasked:
            # A browser with a code that is none would otherwise open the way to a silent upstream, as often as it likes.
            self.circuit.unasked(connector)
            return
        (self.circuit.silent if failed.is_outage else self.circuit.answered)(connector)
        self.waits.took(connector, self._now() - began)

    def told(self, connector: str) -> Mapping[str, object]:
        """How it stands, for programs: `state` closed, half_open or open; since when there is trouble; the slowest of twenty."""
        since, slow = self.trouble_since(connector), self.waits.slowest_of_twenty(connector)
        return {
            "state": self.circuit.state(connector).value,
            "trouble_since": since.isoformat() if since is not None else None,
            "p95_seconds": slow.total_seconds() if slow is not None else None,
        }

    def _counted(self, connector: str) -> _Run:
        """The run with one failure more."""
        pen = f"{connector}.pen"
        # Without it after so many tries it is written all the same: a count may be lost, a person must not wait.
        held = any(self._shelf.claim(_KIND, pen, _PEN_HELD) for _ in range(_TRIES_FOR_PEN))
        try:
            now, run = self._now(), self._run(connector)
            if run is None or (run.count < _enough(connector) and now - run.first_at > _WITHIN):
                run = _Run(0, now)
            run = _Run(run.count + 1, run.first_at)
            self._shelf.put(_KIND, connector, run.packed(), _FADES)
        finally:
            if held:
                self._shelf.take(_KIND, pen)
        return run

    def _run(self, connector: str) -> _Run | None:
        kept = self._shelf.get(_KIND, connector)
        if kept is None:
            return None
        count, first_at = json.loads(kept)
        return _Run(count, datetime.fromisoformat(first_at))


def _enough(connector: str) -> int:
    """How many failures are trouble."""
    return _SEVERAL if connector == DIRECTORY else _MANY
