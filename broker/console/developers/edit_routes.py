"""D3: a developer changes a service, by the rules of RFC 7592: the form, the differences, and then it is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.clients.client import Client
from broker.console.developers.changes import differences, fields_of, require_names, scopes_of, typed
from broker.console.developers.visit import DevVisit, here
from broker.foundation.encoding import canonical_json
from broker.registration.refusals import RegistrationRefused
from broker.screens.developer_edit_pages import DevChangesPage, DevEditPage
from broker.screens.developer_service_pages import DevSecretPage
from broker.screens.forms import Repeat

_KIND: Final = "dev.change"
_KEPT_FOR: Final = timedelta(hours=2)


def edit_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of developers."""

    @blueprint.get("/dev/<client_id>/edit")
    def edit(client_id: str) -> AnyResponse:
        visit = here()
        client = visit.client(client_id)
        return _form(visit, client, _kept(visit, client)[0])

    @blueprint.post("/dev/<client_id>/edit")
    def edited(client_id: str) -> AnyResponse:
        visit = here()
        return _typed(visit, visit.client(client_id))

    @blueprint.get("/dev/<client_id>/edit/check")
    def changes(client_id: str) -> AnyResponse:
        visit = here()
        return _changes(visit, visit.client(client_id))

    @blueprint.post("/dev/<client_id>/edit/check")
    def save_changes(client_id: str) -> AnyResponse:
        visit = here()
        return _saved(visit, visit.client(client_id))


def _form(visit: DevVisit, client: Client, changes: Mapping[str, Any], problem: str = "") -> AnyResponse:
    service = visit.room.service
    scopes = scopes_of(client, changes, tuple(service.scopes), tuple(service.sensitive))
    form = visit.form(f"/dev/{client.client_id}/edit")
    page = DevEditPage(visit.frame(client, "settings"), form, fields_of(client, changes), scopes, problem)
    return visit.show(page, 422 if problem else 200)


def _typed(visit: DevVisit, client: Client) -> AnyResponse:
    changes = typed(client, request.form, tuple(visit.room.service.scopes))

    def do() -> str:
        require_names(changes)
        visit.room.amendments.proposed(client, changes)
        _keep(visit, client, changes)
        return f"/dev/{client.client_id}/edit/check"

    try:
        return visit.once(do)
    except RegistrationRefused as refused:
        return _form(visit, client, changes, refused.description)


def _changes(visit: DevVisit, client: Client, problem: str = "", *, is_stale: bool = False) -> AnyResponse:
    changes, version = _kept(visit, client)
    try:
        after = visit.room.amendments.proposed(client, changes)
    except RegistrationRefused as refused:
        return _form(visit, client, changes, refused.description)
    lines = differences(client, after)
    if not lines and not problem:
        return redirect(f"/dev/{client.client_id}/edit", 303)
    waits = bool(set(after.waiting_scopes) - set(client.waiting_scopes))
    if version != client.version:
        # What is shown now is what is decided on.
        _keep(visit, client, changes)
    form = visit.form(f"/dev/{client.client_id}/edit/check")
    page = DevChangesPage(visit.frame(client, "settings"), form, lines, waits, is_stale, problem)
    return visit.show(page, 422 if problem or is_stale else 200)


def _saved(visit: DevVisit, client: Client) -> AnyResponse:
    """A second press is answered by the page of the service: a secret is told once."""
    if isinstance(visit.use, Repeat):
        return redirect(f"/dev/{client.client_id}", 303)
    changes, version = _kept(visit, client)
    if not changes:
        return redirect(f"/dev/{client.client_id}/edit", 303)
    if version != client.version:
        return _changes(visit, client, is_stale=True)
    try:
        made = visit.room.amendments.make(client, changes, visit.actor)
    except RegistrationRefused as refused:
        return _changes(visit, client, refused.description)
    visit.room.shelf.take(_KIND, _key(visit, client))
    if made.secret:
        return visit.show(DevSecretPage(visit.frame(made.client, "keys"), made.secret))
    waits = set(made.client.waiting_scopes) - set(client.waiting_scopes)
    return redirect(f"/dev/{client.client_id}?done={'asked' if waits else 'changed'}", 303)


def _keep(visit: DevVisit, client: Client, changes: Mapping[str, Any]) -> None:
    """For this browser session, with the version that was looked at."""
    said = canonical_json({"changes": dict(changes), "version": client.version})
    key = _key(visit, client)
    visit.room.shelf.put(_KIND, key, visit.room.sealer.seal(said, f"{_KIND}:{key}"), _KEPT_FOR)


def _kept(visit: DevVisit, client: Client) -> tuple[dict[str, Any], int]:
    key = _key(visit, client)
    found = visit.room.shelf.get(_KIND, key)
    if found is None:
        return {}, client.version
    said = json.loads(visit.room.sealer.unseal(found, f"{_KIND}:{key}"))
    return dict(said["changes"]), int(said["version"])


def _key(visit: DevVisit, client: Client) -> str:
    return f"{visit.session.id}:{client.client_id}"
