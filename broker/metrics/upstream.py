"""Questions to an upstream, counted where they leave the house."""

from __future__ import annotations

from dataclasses import replace

from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside, monotonic
from broker.metrics.meters import Meters


def counted(outside: Outside, upstream: str, meters: Meters) -> Outside:
    """The same outside, every request of which is counted for this upstream: its method, its outcome, its time. No address."""

    def send(request: HttpRequest) -> HttpResponse:
        began, outcome = monotonic(), "error"
        try:
            answer = outside.send(request)
            outcome = str(answer.status)
            return answer
        except HttpFailure as failure:
            outcome = failure.kind
            raise
        finally:
            meters.count_upstream(upstream, request.method, outcome, monotonic() - began)

    return replace(outside, send=send)
