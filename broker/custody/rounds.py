"""What every worker does for keys between two letters: write down what was sighted, make the moves that are due, report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from broker.custody.evidence_store import EvidenceBook
from broker.custody.key_moves import KeyMoves
from broker.custody.rotation_reports import RotationReports
from broker.custody.settings import CustodySettings
from broker.custody.sightings import Sightings

Show = Callable[[float, float, Mapping[str, int]], None]

_log = logging.getLogger(__name__)


def _unseen(_at: float, _next_move: float, _states: Mapping[str, int]) -> None:
    """For houses without meters."""


class KeyRounds:
    """One a process; each move is exclusive by itself, so any number of processes may go round."""

    def __init__(
        self,
        evidence: tuple[Sightings, EvidenceBook],
        moves: KeyMoves,
        reports: RotationReports,
        now: Callable[[], datetime],
        settings: CustodySettings,
    ):
        self._sightings, self._book = evidence
        self._moves = moves
        self._reports = reports
        self._now = now
        self._settings = settings
        self._looked_at: datetime | None = None
        self._show: Show = _unseen

    def show_to(self, show: Show) -> None:
        """Have `show` told what every round found: when (Unix time), and what `KeyMoves.look` says."""
        self._show = show

    def step(self) -> bool:
        """Look once every while; False, for there is never more at once. Never raises: other work must not wait for ours."""
        try:
            self.write_down()
            if self._settings.enabled and self._is_time():
                self._moves.tick()
                self._reports.make_due()
                self._show(self._now().timestamp(), *self._moves.look())
        except Exception as error:
            # The text of a database error quotes values. The next round does what this one did not.
            _log.error("a round of keys was not finished", extra={"error": type(error).__name__})
        return False

    def write_down(self) -> None:
        """What was sighted, into the database."""
        noted = self._sightings.take()
        if not noted:
            return
        try:
            self._book.write(noted)
        except Exception:
            self._sightings.give_back(noted)
            raise

    def _is_time(self) -> bool:
        now, before = self._now(), self._looked_at
        if before is not None and timedelta(0) <= now - before < self._settings.every:
            return False
        self._looked_at = now
        return True
