"""Faults by JSON: what there is, what is armed, arming and putting away."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from broker.mock_esia.faults.board import FaultBoard, read_fault
from broker.mock_esia.faults.kinds import ENDPOINTS, KINDS


def fault_routes(board: FaultBoard) -> Blueprint:
    """GET, POST and DELETE /faults; GET /faults/kinds."""
    routes = Blueprint("faults", __name__)

    @routes.get("/faults/kinds")
    def kinds() -> Response:
        return jsonify(
            endpoints=ENDPOINTS,
            kinds=[
                {"endpoint": kind.endpoint, "name": kind.name, "words": kind.words, "harmless": kind.is_harmless}
                for kind in KINDS
            ],
        )

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
        board.clear(request.args.get("client"))
        return jsonify(faults=board.armed())

    return routes
