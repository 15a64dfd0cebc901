"""Health and meters for operators: /healthz, /readyz, /metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, jsonify

from broker.metrics.meters import Meters

_TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def routes(meters: Meters, checks: Mapping[str, Callable[[], bool]]) -> Blueprint:
    """`checks` are the things without which nobody can sign in, by name; each answers now and never raises."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(alive=True)

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {name: check() for name, check in checks.items()}
        ready = all(found.values())
        return jsonify(ready=ready, checks=found), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(meters.exposition(), content_type=_TEXT_FORMAT)

    return blueprint
