"""Health and meters for operators: /healthz, /readyz, /metrics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, Response, jsonify

from broker.metrics.meters import Meters

_LOG = logging.getLogger(__name__)
NOTHING_MORE: Final[Mapping[str, Callable[[], object]]] = {}
_TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def routes(
    meters: Meters, checks: Mapping[str, Callable[[], bool]], details: Mapping[str, Callable[[], object]] = NOTHING_MORE
) -> Blueprint:
    """`checks` are the things without which nobody can sign in, by name; each answers now and never raises. `details` are JSON
    values for whoever looks: an upstream that is away makes no worker unready, since nothing of ours would mend it.
    """
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(alive=True)

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {name: check() for name, check in checks.items()}
        ready = all(found.values())
        more = {name: _told(tell) for name, tell in details.items()}
        return jsonify(ready=ready, checks=found, details=more), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(meters.exposition(), content_type=_TEXT_FORMAT)

    return blueprint


def _told(tell: Callable[[], object]) -> object:
    try:
        return tell()
    except Exception:
        # A detail that cannot be told must not take a healthy worker out of service.
        _LOG.warning("a detail of readiness cannot be told")
        return None
