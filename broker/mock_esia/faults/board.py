"""Faults on demand: what a real ESIA has been seen to do wrong, armed for the next few requests."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, g, jsonify, request

ENDPOINTS = {"ac": "/aas/oauth2/v2/ac", "te": "/aas/oauth2/v3/te", "rs": "/rs/"}
# The first row happens to any endpoint; the others change what the token endpoint and the person resource answer.
ANSWER_FAULTS = frozenset({"html", "error_503", "slow", "truncated"})
TOKEN_FAULTS = frozenset({"bad_signature", "wrong_issuer", "wrong_audience", "wrong_state", "expired", "busy", "organisation"})
PERSON_FAULTS = frozenset({"no_name", "no_snils", "being_checked", "no_parent"})
_OF_ENDPOINT = {"te": TOKEN_FAULTS, "rs": PERSON_FAULTS}
MOST_TIMES = 1000
MOST_SECONDS = 30.0
_HTML = "<!doctype html><html lang=\"ru\"><title>Ошибка</title><h1>Технические работы</h1></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One armed fault; `seconds` is the wait of `slow`."""

    endpoint: str
    kind: str
    seconds: float


class FaultBoard:
    """The armed faults, first in, first out per endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[tuple[Fault, int]] = []

    def arm(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._armed.append((fault, times))

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[dict[str, object]]:
        with self._lock:
            return [{"endpoint": fault.endpoint, "fault": fault.kind, "times": times} for fault, times in self._armed]

    def take(self, endpoint: str) -> Fault | None:
        """The fault of this request, counted down."""
        with self._lock:
            place = next((at for at, (fault, _) in enumerate(self._armed) if fault.endpoint == endpoint), None)
            if place is None:
                return None
            fault, times = self._armed.pop(place)
            if times > 1:
                self._armed.insert(place, (fault, times - 1))
            return fault


def read_fault(unverified: object) -> tuple[Fault, int]:
    """A fault from JSON. Raises ValueError with a sentence for the developer."""
    if not isinstance(unverified, dict):
        raise ValueError("send a JSON object with endpoint and fault")
    endpoint, kind = unverified.get("endpoint"), unverified.get("fault")
    times, seconds = unverified.get("times", 1), unverified.get("seconds", 12)
    if not isinstance(endpoint, str) or endpoint not in ENDPOINTS:
        raise ValueError("endpoint is one of: " + ", ".join(sorted(ENDPOINTS)))
    allowed = ANSWER_FAULTS | _OF_ENDPOINT.get(endpoint, frozenset())
    if not isinstance(kind, str) or kind not in allowed:
        raise ValueError(f"fault of {endpoint} is one of: " + ", ".join(sorted(allowed)))
    if type(times) is not int or not 1 <= times <= MOST_TIMES:
        raise ValueError(f"times is a whole number from 1 to {MOST_TIMES}")
    if type(seconds) not in (int, float) or not 0 <= seconds <= MOST_SECONDS:
        raise ValueError(f"seconds is a number from 0 to {MOST_SECONDS:g}")
    return Fault(endpoint, kind, float(seconds)), times


def fault_of_this_request() -> str | None:
    """The armed fault that the running request has met."""
    fault: Fault | None = g.get("fault")
    return fault.kind if fault else None


def install_faults(app: Flask, board: FaultBoard) -> None:
    """Put the board before and after every request of the three endpoints."""

    def before() -> Response | None:
        endpoint = next((name for name, path in ENDPOINTS.items() if request.path.startswith(path)), None)
        g.fault = fault = board.take(endpoint) if endpoint else None
        if fault is None:
            return None
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault.kind == "html":
            return Response(_HTML, status=200, mimetype="text/html")
        if fault.kind == "error_503":
            return Response(_HTML, status=503, mimetype="text/html")
        return None

    def after(response: Response) -> Response:
        if fault_of_this_request() == "truncated":
            body = response.get_data()
            response.set_data(body[: len(body) // 2])
        return response

    app.before_request(before)
    app.after_request(after)


def fault_routes(board: FaultBoard) -> Blueprint:
    """GET, POST and DELETE /faults."""
    routes = Blueprint("faults", __name__)

    @routes.get("/faults")
    def listed() -> Response:
        return jsonify(faults=board.armed())

    @routes.post("/faults")
    def armed() -> Response:
        try:
            board.arm(*read_fault(request.get_json(silent=True)))
        except ValueError as wrong:
            answer = jsonify(error=str(wrong))
            answer.status_code = 400
            return answer
        return jsonify(faults=board.armed())

    @routes.delete("/faults")
    def cleared() -> Response:
        board.clear()
        return jsonify(faults=[])

    return routes
