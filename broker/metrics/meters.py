"""Every counter and histogram, named once: `broker_<room>_<what>_<unit>`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from broker.metrics.settings import MetricsSettings

# Bounds in seconds around our budgets: 5 ms for a hot request, 10 s for an upstream that hangs.
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
# An upstream is far away: half of our budget for it, and beyond the end of it nobody waits.
_FAR_SECONDS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 15.0)


class Meters:
    """The meters of one process. With `metrics.directory` set, `exposition` adds up all workers' meters.

    Labels hold endpoint names, status codes and event names only: never a person, a client or an address.
    """

    def __init__(self, settings: MetricsSettings):
        self._directory = settings.directory
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "broker_http_requests_total", "Answered requests.", ("endpoint", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "broker_http_request_seconds", "Time to answer.", ("endpoint",), buckets=_SECONDS, registry=self._registry
        )
        # Looking a meter up by its labels costs more than counting; routes and statuses are few.
        self._found: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._found_events: dict[str, Counter] = {}
        self._events = Counter(
            "broker_audit_events_total", "Events written to the journal.", ("event",), registry=self._registry
        )
        self._upstream_requests = Counter(
            "broker_upstream_requests_total", "Questions to an upstream by what came of them.", ("upstream", "method", "outcome"),
            registry=self._registry,
        )  # fmt: skip
        self._upstream_seconds = Histogram(
            "broker_upstream_request_seconds", "Time until an upstream had answered.", ("upstream", "method"),
            buckets=_FAR_SECONDS, registry=self._registry,
        )  # fmt: skip
        # Every worker looks at the same shelf; the one that looked last knows best.
        self._upstream_state = Gauge(
            "broker_upstream_state", "Whether an upstream is asked: 0 by all, 1 by one at a time, 2 by nobody.", ("upstream",),
            registry=self._registry, multiprocess_mode="mostrecent",
        )  # fmt: skip
        # Every worker knows the same calendar; the one that looked last knows best.
        self._expires = Gauge(
            "broker_expires_in_seconds", "Time until the nearest date of a kind; infinite without one.", ("what",),
            registry=self._registry, multiprocess_mode="mostrecent",
        )  # fmt: skip

        self._next_move = Gauge(
            "broker_keys_next_move_seconds", "Time until the next planned move of a signing key; negative when one is held back.",
            registry=self._registry, multiprocess_mode="mostrecent",
        )  # fmt: skip
        self._keys = Gauge(
            "broker_keys", "Signing keys by state.", ("state",), registry=self._registry, multiprocess_mode="mostrecent"
        )
        self._looked = Gauge(
            "broker_keys_looked_at_seconds", "When a worker last looked for planned moves (Unix time).",
            registry=self._registry, multiprocess_mode="mostrecent",
        )  # fmt: skip

    def count_request(self, endpoint: str, status: int, seconds: float) -> None:
        """One answered request; `endpoint` is the route's name, never its path."""
        found = self._found.get((endpoint, status))
        if found is None:
            found = self._found[endpoint, status] = self._requests.labels(endpoint, str(status)), self._seconds.labels(endpoint)
        counter, histogram = found
        counter.inc()
        histogram.observe(seconds)

    def count_event(self, name: str) -> None:
        """One event of the audit catalogue, such as `login.finished`."""
        found = self._found_events.get(name)
        if found is None:
            found = self._found_events[name] = self._events.labels(name)
        found.inc()

    def count_upstream(self, upstream: str, method: str, outcome: str, seconds: float) -> None:
        """One question to an upstream; `outcome` is a status such as 200, or a word of `HttpFailure.kind`."""
        self._upstream_requests.labels(upstream, method, outcome).inc()
        self._upstream_seconds.labels(upstream, method).observe(seconds)

    def set_upstream(self, upstream: str, state: int) -> None:
        """Whether an upstream is asked: 0 by all, 1 by one person at a time, 2 by nobody."""
        self._upstream_state.labels(upstream).set(state)

    def set_expires(self, what: str, seconds: float) -> None:
        """How long the nearest thing of a kind (a word of the calendar) still works; negative when it does not."""
        self._expires.labels(what).set(seconds)

    def set_keys(self, looked_at: float, next_move: float, states: Mapping[str, int]) -> None:
        """What a round found: when (Unix time), the seconds until the next planned move, how many keys are in each state."""
        self._looked.set(looked_at)
        self._next_move.set(next_move)
        for state, count in states.items():
            self._keys.labels(state).set(count)

    def exposition(self) -> bytes:
        """The Prometheus text format, over all worker processes."""
        if not self._directory:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        _Everybody(everybody, path=self._directory)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


class _Everybody(MultiProcessCollector):
    """The library's, but a file without a size is passed over: a worker makes its file first and its size a moment later."""

    def collect(self) -> Any:
        files = [str(file) for file in Path(self._path).glob("*.db") if file.stat().st_size]
        return self.merge(files)  # type: ignore[no-untyped-call]
