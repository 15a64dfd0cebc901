"""The connection to Gosuslugi: our certificates, its clock, and what it has refused lately."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from broker.audit.catalogue_staff import UpstreamChecked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.audit.search import Question
from broker.audit.search_store import Search
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.codes import EsiaCode, known
from broker.connectors.esia.talk.errors import code_in
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
    """One refusal of Gosuslugi: our cause, and its own code or our static text. `code` is what is known of its own code."""

    at: datetime
    cause: int
    detail: str

    @property
    def code(self) -> EsiaCode | None:
        """None where Gosuslugi gave none."""
        found = code_in(self.detail)
        return known(found) if found else None


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """`certificates` are as `certificate_actions` tells of them, None where a file cannot be read. `last` is the last check.
    `circuit`: closed, half_open or open, "" where nobody knows; `slowest`: nineteen trips of twenty took less, or None."""

    trouble_since: datetime | None
    certificates: Mapping[str, Any] | None
    errors: tuple[UpstreamError, ...]
    last: Probe | None
    leeway: timedelta
    circuit: str = ""
    slowest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class UpstreamDesk:
    """What the page, the JSON API and the command line share. `told` is what `/readyz` tells of Gosuslugi; nothing at the command
    line, where nobody signs in."""

    settings: EsiaSettings
    database: Database
    shelf: Shelf
    journal: Journal
    search: Search
    outside: Outside
    trouble_since: Callable[[], datetime | None]
    told: Callable[[], Mapping[str, object]] = field(default=dict)

    def look(self) -> UpstreamState:
        """How it stands; the last twenty refusals of a week."""
        now = self.outside.now()
        try:
            found: Mapping[str, Any] | None = certificates(self.settings, now)
        except Refused:
            found = None
        refused = self.search.page(Question(since=now - _LATELY, names=("upstream.refused",)), most=_MOST).entries
        errors = tuple(UpstreamError(one.at, int(one.fields["cause"]), str(one.fields.get("detail", ""))) for one in refused)
        told = self.told()
        slowest = told.get("p95_seconds")
        return UpstreamState(
            self.trouble_since(), found, errors, self._last(), self.settings.clock_leeway,
            circuit=str(told.get("state", "")),
            slowest=timedelta(seconds=slowest) if isinstance(slowest, float) else None,
        )  # fmt: skip

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
            "circuit": state.circuit or None,
            "p95_seconds": state.slowest.total_seconds() if state.slowest is not None else None,
            "certificates": state.certificates,
            "errors": [_error_shown(one) for one in state.errors],
            "last_check": probe_shown(state.last) if state.last else None,
        }

    def _last(self) -> Probe | None:
        kept = self.shelf.get(_KIND, "last")
        if kept is None:
            return None
        said = json.loads(kept)
        clock = None if said["clock"] is None else timedelta(seconds=said["clock"])
        return Probe(datetime.fromisoformat(said["at"]), said["answers"], said["detail"], clock)


def _error_shown(one: UpstreamError) -> dict[str, Any]:
    shown: dict[str, Any] = {"at": one.at.isoformat(), "cause": one.cause, "detail": one.detail}
    if one.code is not None:
        shown |= {"fault": one.code.fault.value, "meaning": one.code.meaning, "staff": one.code.staff}
    return shown


def probe_shown(found: Probe) -> dict[str, Any]:
    """A check as JSON; `clock_seconds` is how far the clock of Gosuslugi is ahead of ours."""
    clock = None if found.clock is None else int(found.clock.total_seconds())
    return {"at": found.at.isoformat(), "answers": found.answers, "detail": found.detail, "clock_seconds": clock}
