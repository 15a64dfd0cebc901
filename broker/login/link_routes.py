"""The addresses of linking: the diary password beside Gosuslugi or instead of it, what is asked and told on the way."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from broker.login.neighbours import Neighbours
from broker.login.proving import own_link
from broker.login.steps import offer, password, prove
from broker.login.typed import Typed
from broker.login.visit import Visit, back_to_dispatcher
from broker.screens.forms import FORM_FIELD

WithVisit = Callable[[str, Callable[[Visit], Response]], Response]


def link_routes(blueprint: Blueprint, rooms: Neighbours, with_visit: WithVisit) -> None:
    """Add the addresses. `with_visit(attempt_id, doing)` checks whose attempt it is."""
    _proof(blueprint, rooms, with_visit)
    _inside(blueprint, rooms, with_visit)

    @blueprint.post("/login/<attempt_id>/password")
    def by_password(attempt_id: str) -> Response:
        typed = _typed()
        return with_visit(attempt_id, lambda visit: password.submit(rooms, visit, typed))


def _proof(blueprint: Blueprint, rooms: Neighbours, with_visit: WithVisit) -> None:
    @blueprint.get("/login/<attempt_id>/link")
    def ask_for_proof(attempt_id: str) -> Response:
        return with_visit(attempt_id, lambda visit: prove.ask(rooms, visit))

    @blueprint.post("/login/<attempt_id>/link")
    def show_proof(attempt_id: str) -> Response:
        typed = _typed()
        return with_visit(attempt_id, lambda visit: prove.submit(rooms, visit, typed))

    @blueprint.post("/login/<attempt_id>/link/confirm")
    def confirm_diary(attempt_id: str) -> Response:
        decision, key = request.form.get("decision", ""), request.form.get(FORM_FIELD)
        return with_visit(attempt_id, lambda visit: prove.decide(rooms, visit, decision, key))

    @blueprint.get("/login/<attempt_id>/onward")
    def onward(attempt_id: str) -> Response:
        return with_visit(attempt_id, lambda visit: prove.onward(rooms, visit))

    @blueprint.get("/login/<attempt_id>/own")
    def own_diary(attempt_id: str) -> Response:
        return with_visit(attempt_id, lambda visit: _own(rooms, visit))


def _inside(blueprint: Blueprint, rooms: Neighbours, with_visit: WithVisit) -> None:
    @blueprint.get("/login/<attempt_id>/connect")
    def connect_from_inside(attempt_id: str) -> Response:
        return with_visit(attempt_id, lambda visit: offer.connect(rooms, visit))

    @blueprint.get("/login/<attempt_id>/later")
    def connect_later(attempt_id: str) -> Response:
        return with_visit(attempt_id, lambda visit: offer.later(rooms, visit))

    @blueprint.get("/login/<attempt_id>/inside")
    def inside(attempt_id: str) -> Response:
        return with_visit(attempt_id, lambda visit: offer.inside(rooms, visit))


def _own(rooms: Neighbours, visit: Visit) -> Response:
    """The diary that this Gosuslugi account is connected with, instead of the one whose password was shown."""
    attempt = visit.attempt
    if attempt.identity is None or attempt.refusal is None or attempt.is_over:
        return back_to_dispatcher(attempt)
    attempt = own_link(attempt)
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _typed() -> Typed:
    form = request.form
    return Typed(form.get("login", ""), form.get("password", ""), form.get(FORM_FIELD))
