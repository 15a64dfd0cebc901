"""The connection to Gosuslugi: our certificates, its clock, and what it has refused lately."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from broker.audit.catalogue_staff import UpstreamChecked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.audit.search import Question
from broker.audit.search_store import Search
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.probe import Probe, probe
from broker.console.certificate_actions import certificates
from broker.console.refused import Refused
from broker.foundation.encoding import canonical_json
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.shelf import Shelf

_KIND: Final = "security.upstream"
_KEPT_FOR: Final = timedelta(days=1)
_LATELY: Final = timedelta(days=7)
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class UpstreamError:
    """One refusal of Gosuslugi: our cause, and its own code or our static text."""

    at: datetime
    cause: int
    detail: str


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """`certificates` are as `certificate_actions` tells of them, None where a file cannot be read. `last` is the last check."""

    trouble_since: datetime | None
    certificates: Mapping[str, Any] | None
    errors: tuple[UpstreamError, ...]
    last: Probe | None
    leeway: timedelta


@dataclass(frozen=True, slots=True)
class UpstreamDesk:
    """What the page, the JSON API and the command line share."""

    settings: EsiaSettings
    database: Database
    shelf: Shelf
    journal: Journal
    search: Search
    outside: Outside
    trouble_since: Callable[[], datetime | None]

    def look(self) -> UpstreamState:
        """How it stands; the last twenty refusals of a week."""
        now = self.outside.now()
        try:
            found: Mapping[str, Any] | None = certificates(self.settings, now)
        except Refused:
            found = None
        refused = self.search.page(Question(since=now - _LATELY, names=("upstream.refused",)), most=_MOST).entries
        errors = tuple(UpstreamError(one.at, int(one.fields["cause"]), str(one.fields.get("detail", ""))) for one in refused)
        return UpstreamState(self.trouble_since(), found, errors, self._last(), self.settings.clock_leeway)

    def check(self, actor: Actor) -> Probe:
        """Ask Gosuslugi now; the answer is kept for a day."""
        found = probe(self.settings, self.outside)
        clock = None if found.clock is None else int(found.clock.total_seconds())
        kept = {"at": found.at.isoformat(), "answers": found.answers, "detail": found.detail, "clock": clock}
        self.shelf.put(_KIND, "last", canonical_json(kept), _KEPT_FOR)
        with self.database.work():
            self.journal.append(UpstreamChecked(found.answers, clock or 0), actor)
        return found

    def described(self) -> Mapping[str, Any]:
        """The state for programs."""
        state = self.look()
        return {
            "trouble_since": state.trouble_since.isoformat() if state.trouble_since else None,
            "certificates": state.certificates,
            "errors": [{"at": one.at.isoformat(), "cause": one.cause, "detail": one.detail} for one in state.errors],
            "last_check": probe_shown(state.last) if state.last else None,
        }

    def _last(self) -> Probe | None:
        kept = self.shelf.get(_KIND, "last")
        if kept is None:
            return None
        said = json.loads(kept)
        clock = None if said["clock"] is None else timedelta(seconds=said["clock"])
        return Probe(datetime.fromisoformat(said["at"]), said["answers"], said["detail"], clock)


def probe_shown(found: Probe) -> dict[str, Any]:
    """A check as JSON; `clock_seconds` is how far the clock of Gosuslugi is ahead of ours."""
    clock = None if found.clock is None else int(found.clock.total_seconds())
    return {"at": found.at.isoformat(), "answers": found.answers, "detail": found.detail, "clock_seconds": clock}
