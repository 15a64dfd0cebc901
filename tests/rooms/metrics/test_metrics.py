"""Meters and health, as operators' tools read them."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside
from broker.metrics.meters import Meters
from broker.metrics.routes import routes
from broker.metrics.settings import MetricsSettings
from broker.metrics.upstream import counted
from tests.support.clock import Clock

_WORKER = """
import sys
from broker.metrics.meters import Meters
from broker.metrics.settings import MetricsSettings
meters = Meters(MetricsSettings(directory=sys.argv[1]))
meters.count_request("provider.token", 200, 0.01)
meters.count_event("tokens.issued")
"""


def _samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(text)
    return {(sample.name, tuple(sample.labels.values())): sample.value for family in families for sample in family.samples}


def _client(database: bool = True) -> tuple[Meters, Flask]:
    meters, app = Meters(MetricsSettings()), Flask("test")
    app.register_blueprint(routes(meters, {"database": lambda: database, "policy": lambda: True}))
    return meters, app


def test_a_request_and_an_event_are_counted() -> None:
    meters, app = _client()
    meters.count_request("provider.token", 400, 0.004)
    meters.count_event("login.refused")

    answer = app.test_client().get("/metrics")

    found = _samples(answer.text)
    assert 1.0 == found["broker_http_requests_total", ("provider.token", "400")]
    assert 1.0 == found["broker_audit_events_total", ("login.refused",)]
    assert 0.004 == found["broker_http_request_seconds_sum", ("provider.token",)]
    assert answer.content_type.startswith("text/plain")


def test_several_processes_are_added_up(tmp_path: Path) -> None:

    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", _WORKER, str(tmp_path)], env=environ, check=True, timeout=60)

    found = _samples(Meters(MetricsSettings(directory=str(tmp_path))).exposition().decode())

    assert 2.0 == found["broker_audit_events_total", ("tokens.issued",)]


def test_a_worker_that_has_just_begun_its_file_is_passed_over(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", _WORKER, str(tmp_path)], env=environ, check=True, timeout=60)
    (tmp_path / "counter_1.db").touch()

    found = _samples(Meters(MetricsSettings(directory=str(tmp_path))).exposition().decode())

    assert 1.0 == found["broker_audit_events_total", ("tokens.issued",)]


def test_health_says_alive_whatever_else_is_broken() -> None:
    _, app = _client(database=False)

    assert {"alive": True} == app.test_client().get("/healthz").json


def test_ready_names_what_is_missing() -> None:
    _, app = _client(database=False)

    answer = app.test_client().get("/readyz")

    said = {"ready": False, "checks": {"database": False, "policy": True}, "details": {}}
    assert (503, said) == (answer.status_code, answer.json)


def test_what_cannot_be_told_takes_no_worker_out_of_service() -> None:
    app = Flask("test")
    app.register_blueprint(routes(Meters(MetricsSettings()), {}, {"upstreams": lambda: {"esia": 1}, "broken": lambda: 1 / 0}))

    answer = app.test_client().get("/readyz")

    said = {"ready": True, "checks": {}, "details": {"upstreams": {"esia": 1}, "broken": None}}
    assert (200, said) == (answer.status_code, answer.json)


@pytest.mark.parametrize(("kind", "outcome"), [("timeout", "timeout"), ("connection", "connection"), (None, "503")])
def test_questions_to_an_upstream_are_counted_by_what_came_of_them(kind: str | None, outcome: str) -> None:
    def send(request: HttpRequest) -> HttpResponse:
        if kind is not None:
            raise HttpFailure(kind)
        return HttpResponse(503, {}, b"")

    meters, clock = Meters(MetricsSettings()), Clock()
    outside = counted(Outside(clock.now, bytes, send), "esia", meters)
    with suppress(HttpFailure):
        outside.send(HttpRequest("GET", "https://esia.example/rs/prns/1000299353"))
    meters.set_upstream("esia", 2)

    found = _samples(meters.exposition().decode())
    assert 1.0 == found["broker_upstream_requests_total", ("GET", outcome, "esia")]
    assert 1.0 == found["broker_upstream_request_seconds_count", ("GET", "esia")]
    assert 2.0 == found["broker_upstream_state", ("esia",)]
    assert "1000299353" not in meters.exposition().decode()


def test_ready_when_every_check_passes() -> None:
    _, app = _client()

    assert 200 == app.test_client().get("/readyz").status_code
