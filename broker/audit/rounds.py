"""What a worker does for the journal by itself: the checkpoint of the hour, and once a day what is old enough to go."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from broker.audit.archive import write_file
from broker.audit.entry import ChainBroken
from broker.audit.event import SYSTEM, Actor
from broker.audit.office import AuditOffice

_LOG = logging.getLogger(__name__)


class AuditRounds:
    """One a worker. Any number of workers may step at once: an hour gets one checkpoint, a beginning moves once."""

    def __init__(self, office: AuditOffice, now: Callable[[], datetime]):
        self._office = office
        self._now = now
        self._day = date.min
        self._silent_until = ""

    def step(self) -> bool:
        """What is due now; whether there is more. A journal that somebody has changed stays as it is, and the log says so."""
        try:
            if self._office.settings.checkpoints:
                self._office.checkpoints.hourly()
            return self._remove_old()
        except ChainBroken as broken:
            hour = self._now().strftime("%Y-%m-%dT%H")
            if hour != self._silent_until:
                self._silent_until = hour
                _LOG.error("the journal is broken: broker audit verify says more", extra={"seq": broken.seq})
            return False

    def _remove_old(self) -> bool:
        if self._office.retention.tidy():
            return True
        today = self._now().date()
        if today != self._day:
            self._day = today
            return archive_old(self._office, SYSTEM) is not None
        return False


def archive_old(office: AuditOffice, actor: Actor) -> Path | None:
    """Write what is old enough into a file of `audit.archive_directory`, then let the journal begin behind it; the rows go in
    later steps. None when nothing is old enough, or when nobody has said where such files go.

    Raises:
        ChainBroken: the journal does not verify.
        OSError: the file cannot be written; then nothing goes.
    """
    directory = office.settings.archive_directory
    old = office.retention.old(office.settings) if directory else None
    if old is None:
        return None
    path = Path(directory) / f"audit-{old.base.seq + 1}-{old.checkpoint.seq}.jsonl"
    # Left by somebody who was stopped between the file and the new beginning: it is whole, and the same.
    if not path.exists():
        write_file(path, office.exports.lines(old.span))
    office.retention.begin_after(old, actor)
    return path
