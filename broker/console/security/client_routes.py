"""A2: services, what they ask for, and who decides."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.clients.client import Client
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import not_here
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.registration.approvals import NAME, REASONS
from broker.screens.field_errors import FieldError
from broker.screens.security_pages import ClientLine, ClientPage, ClientsPage, ScopeChange


def client_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get("/admin/clients")
    @needs(Action.SEE_CLIENTS)
    def clients() -> AnyResponse:
        return _list(here())

    @blueprint.get("/admin/clients/<client_id>")
    @needs(Action.SEE_CLIENTS)
    def client(client_id: str) -> AnyResponse:
        return _one(here(), client_id)

    @blueprint.post("/admin/clients/<client_id>/decide")
    @needs(Action.APPROVE_CLIENT)
    def decide(client_id: str) -> AnyResponse:
        return _decided(here(), client_id)

    @blueprint.post("/admin/clients/<client_id>/pause")
    @needs(Action.PAUSE_CLIENT)
    def pause(client_id: str) -> AnyResponse:
        return _paused(here(), client_id)


def _list(visit: SecurityVisit) -> AnyResponse:
    waiting = {one["client_id"] for one in visit.room.registration.waiting()["waiting"]}
    clients = visit.room.clients.clients.all()
    lines = {client.client_id: _line(visit, client, client.client_id in waiting) for client in clients}
    first = tuple(line for client_id, line in lines.items() if client_id in waiting)
    others = tuple(line for client_id, line in lines.items() if client_id not in waiting)
    return visit.show(ClientsPage(visit.frame("clients"), first, others))


def _line(visit: SecurityVisit, client: Client, is_waiting: bool) -> ClientLine:
    name = client.client_name if visit.view.language == "ru" else client.client_name_en
    return ClientLine(client.client_id, name, client.organisation, _state(client, is_waiting))


def _state(client: Client, is_waiting: bool) -> str:
    if is_waiting:
        return "waiting"
    if client.environment == "sandbox":
        return "sandbox"
    return "active" if client.is_enabled else "paused"


def _one(visit: SecurityVisit, client_id: str, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    client = visit.room.clients.clients.latest(client_id)
    if client is None:
        return not_here(visit.room)
    waits = _waits(visit, client_id)
    is_own = visit.room.registration.is_own(client_id, visit.staff.id)
    line, address = _line(visit, client, bool(waits)), f"/admin/clients/{client.client_id}"
    may_decide = bool(waits) and not is_own and visit.may(Action.APPROVE_CLIENT)
    page = ClientPage(
        frame=visit.frame("clients"),
        client_id=client.client_id,
        name=line.name,
        organisation=client.organisation,
        addresses=client.redirect_uris,
        state="active" if client.is_enabled else "paused",
        changes=_changes(client, waits, visit.view.language),
        grounds=(REASONS[True], REASONS[False]),
        decide=visit.form(f"{address}/decide") if may_decide else None,
        pause=visit.form(f"{address}/pause") if visit.may(Action.PAUSE_CLIENT) else None,
        is_own=is_own,
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _waits(visit: SecurityVisit, client_id: str) -> list[str]:
    """What a registrar has to decide about a service."""
    for one in visit.room.registration.waiting()["waiting"]:
        if one["client_id"] == client_id:
            return list(one["waits"])
    return []


def _changes(client: Client, waits: list[str], language: str) -> tuple[ScopeChange, ...]:
    held = tuple(ScopeChange(scope, "held", "held", client.reason_for(scope, language)) for scope in client.scopes)
    asked = tuple(
        ScopeChange(about, "name_waits", "name_free") if about == NAME
        else ScopeChange(about, "not_held", "held", client.reason_for(about, language))
        for about in waits
    )  # fmt: skip
    return (*asked, *held)


def _decided(visit: SecurityVisit, client_id: str) -> AnyResponse:
    approved, reason = request.form.get("decision") == "approve", request.form.get("grounds", "")
    about = request.form.getlist("about")
    if request.form.get("decision") not in ("approve", "reject") or reason not in REASONS[approved]:
        return _one(visit, client_id, (FieldError("grounds", "security.grounds"),))
    if not about:
        return _one(visit, client_id, (FieldError("about", "security.about"),))

    def do() -> str:
        visit.room.registration.decide_as_staff(client_id, about, (approved, reason), visit.actor)
        return f"/admin/clients/{client_id}?done={'approved' if approved else 'rejected'}"

    try:
        return visit.once(do)
    except Refused:
        return _one(visit, client_id, (FieldError("about", "security.gone"),))


def _paused(visit: SecurityVisit, client_id: str) -> AnyResponse:
    enabled = request.form.get("decision") == "resume"

    def do() -> str:
        visit.room.clients.set_enabled(client_id, enabled, visit.actor)
        return f"/admin/clients/{client_id}?done={'resumed' if enabled else 'paused'}"

    try:
        return visit.once(do)
    except Refused:
        return not_here(visit.room)
