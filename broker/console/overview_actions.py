"""Is anything wrong now: numbers of the last hour and day, from the rooms that know them; no name and no person."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from broker.audit.entry import Entry
from broker.audit.journal import Journal
from broker.foundation.encoding import canonical_json
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf
from broker.storage.silence import DatabaseSilent

STALE_AFTER: Final = timedelta(minutes=5)
_RECENT: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MOST_ENTRIES: Final = 5000
_SOON: Final = timedelta(days=14)
# What honest use never makes, or what somebody ought to have heard of.
UNUSUAL: Final = frozenset({
    "passkey.rejected", "staff.refused", "refresh.reused", "code.reused", "staff_role.given", "staff_link.used", "key.revoked",
    "two_people.glass_broken",
})  # fmt: skip
# Another form than the release before kept.
_KIND: Final = "security.overview.2"
# People begin to press the button again.
SLOW: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How an upstream does: `state` is answers, slow, trouble or silent (nobody asks it any more); `p95` what nineteen of the
    last twenty answers took at most, in seconds, None where too few are known."""

    state: str = "answers"
    p95: float | None = None


def pulse_of(told: Mapping[str, Any]) -> Pulse:
    """The pulse by what the upstream's health tells: `state` of its circuit, `trouble_since`, `p95_seconds`."""
    p95 = told["p95_seconds"]
    if told["state"] == "open":
        return Pulse("silent", p95)
    if told["trouble_since"] is not None or told["state"] != "closed":
        return Pulse("trouble", p95)
    return Pulse("slow" if p95 is not None and p95 > SLOW.total_seconds() else "answers", p95)


def worst(pulses: Iterable[Pulse]) -> Pulse:
    """That of the upstream which does worst."""
    order = ("answers", "slow", "trouble", "silent")
    return max(pulses, key=lambda one: (order.index(one.state), one.p95 or 0.0), default=Pulse())


@dataclass(frozen=True, slots=True)
class Overview:
    """`at` is when it was counted, `since` the beginning of what was counted. `failures` are cause groups (the thousands of a
    cause) with how often; `unusual` names of events with how often in a day. `next_key_change` may be None: nothing planned.
    `near` and `over` are dates of the calendar that somebody was warned of, and those that have passed."""

    at: datetime
    since: datetime
    sign_ins: int
    failures: tuple[tuple[int, int], ...]
    unusual: tuple[tuple[str, int], ...]
    waiting: int
    trouble_since: datetime | None
    next_key_change: datetime | None
    upstream: Pulse
    near: int
    over: int

    def is_stale(self, now: datetime) -> bool:
        """Whether what it says may be wrong by now."""
        return now - self.at > STALE_AFTER

    def needs_attention(self, now: datetime) -> tuple[str, ...]:
        """What to look at, the most urgent first: words of the page."""
        due = self.next_key_change is not None and self.next_key_change - now < _SOON
        found = {
            "stale": self.is_stale(now),
            "upstream": self.trouble_since is not None or self.upstream.state in ("trouble", "silent"),
            "expired": self.over > 0,
            "failures": sum(times for _, times in self.failures) > max(10, self.sign_ins // 4),
            "unusual": bool(self.unusual),
            "keys_overdue": self.next_key_change is not None and self.next_key_change < now,
            "upstream_slow": self.trouble_since is None and self.upstream.state == "slow",
            "expiry": self.near > 0,
            "waiting": self.waiting > 0,
            "keys": due and self.next_key_change is not None and self.next_key_change >= now,
        }
        return tuple(word for word, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class OverviewDesk:
    """`waiting` counts what registrars have to decide, `next_key_change` asks the plan of keys, `upstream` the worst of them,
    `dates` the calendar: how many are near, how many over."""

    journal: Journal
    shelf: Shelf
    outside: Outside
    waiting: Callable[[], int]
    trouble_since: Callable[[], datetime | None]
    next_key_change: Callable[[], datetime | None] = field(default=lambda: None)
    upstream: Callable[[], Pulse] = Pulse
    dates: Callable[[], tuple[int, int]] = field(default=lambda: (0, 0))

    def look(self) -> Overview:
        """The state now, counted at most once a minute by all workers together; an older one when the database is silent."""
        kept = self._kept()
        if kept is not None and self.outside.now() - kept.at < _RECENT:
            return kept
        try:
            found = self._counted()
        except DatabaseSilent:
            if kept is None:
                raise
            return kept
        self.shelf.put(_KIND, "now", canonical_json(_written(found)), _DAY)
        return found

    def described(self) -> Mapping[str, Any]:
        """The same for programs."""
        found, now = self.look(), self.outside.now()
        return {**_written(found), "attention": list(found.needs_attention(now)), "is_stale": found.is_stale(now)}

    def _counted(self) -> Overview:
        now, (near, over) = self.outside.now(), self.dates()
        entries = self.journal.tail(_MOST_ENTRIES)
        recent = [entry for entry in entries if entry.at > now - _HOUR]
        failures = Counter(_cause_of(entry) // 1000 for entry in recent if entry.name == "login.refused")
        unusual = Counter(name for entry in entries if entry.at > now - _DAY and (name := _unusual(entry)))
        return Overview(
            at=now,
            since=min((entry.at for entry in recent), default=now),
            sign_ins=sum(entry.name == "login.finished" for entry in recent),
            failures=tuple(sorted(failures.items())),
            unusual=tuple(sorted(unusual.items())),
            waiting=self.waiting(),
            trouble_since=self.trouble_since(),
            next_key_change=self.next_key_change(),
            upstream=self.upstream(),
            near=near,
            over=over,
        )

    def _kept(self) -> Overview | None:
        kept = self.shelf.get(_KIND, "now")
        return None if kept is None else _read(json.loads(kept))


def _unusual(entry: Entry) -> str:
    """The word of the page for what is unusual, "" for what is not."""
    if entry.name == "key.promoted" and entry.fields.get("overridden"):
        return "key.overridden"
    return entry.name if entry.name in UNUSUAL else ""


def _cause_of(entry: Entry) -> int:
    said = entry.fields.get("cause", 0)
    return said if isinstance(said, int) else 0


def _written(found: Overview) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(found).items()}


def _read(said: Mapping[str, Any]) -> Overview:
    instants = {name: datetime.fromisoformat(said[name]) if said[name] else None
                for name in ("at", "since", "trouble_since", "next_key_change")}  # fmt: skip
    return Overview(
        at=datetime.fromisoformat(said["at"]),
        since=datetime.fromisoformat(said["since"]),
        sign_ins=said["sign_ins"],
        failures=tuple((group, times) for group, times in said["failures"]),
        unusual=tuple((name, times) for name, times in said["unusual"]),
        waiting=said["waiting"],
        trouble_since=instants["trouble_since"],
        next_key_change=instants["next_key_change"],
        upstream=Pulse(**said["upstream"]),
        near=said["near"],
        over=said["over"],
    )
