"""D1 and D3: the services of an organisation; one of them with its settings, keys and data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.catalogue import ClientChanged
from broker.clients.client import Client, lives
from broker.clients.metadata import SECRET_METHODS
from broker.clients.refused import ClientRefused
from broker.console.developers.drafts import Drafts
from broker.console.developers.public_keys import MOST_CHARACTERS, BadKey, is_over, key_days, read_keys, thumbprint
from broker.console.developers.readiness_kept import kept, remembered
from broker.console.developers.snippets import filled
from broker.console.developers.states import failures, first_end, last_sign_in, state_of
from broker.console.developers.visit import DevVisit, NotMine, here
from broker.console.refused import Refused
from broker.limits.limits import Limit
from broker.registration.fields import written
from broker.screens.developer_pages import DevServicesPage, ServiceLine
from broker.screens.developer_service_pages import (
    DevDataPage,
    DevKeysPage,
    DevSecretPage,
    DevServicePage,
    KeyLine,
    ScopeLine,
    Setting,
)
from broker.screens.field_errors import FieldError
from broker.screens.forms import Repeat

# A check makes a dozen visits to the service's own host.
_CHECKS: Final = Limit("readiness_checks", 10, timedelta(hours=1))
_ADDRESSES: Final = frozenset({"redirect_uris", "post_logout_redirect_uris", "request_uris"})
_OF_THE_REGISTRAR: Final = ("resources", "audiences", "authorization_details_types", "require_pkce", "environment")
# Names, keys and reasons have pages of their own.
_ELSEWHERE: Final = frozenset({"client_name", "client_name#en", "organisation", "jwks", "scope_reasons"})


def service_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of developers."""

    @blueprint.get("/dev")
    def services() -> AnyResponse:
        return _services(here())

    @blueprint.get("/dev/<client_id>")
    def one(client_id: str) -> AnyResponse:
        visit = here()
        return _one(visit, visit.client(client_id))

    @blueprint.post("/dev/<client_id>/check")
    def check(client_id: str) -> AnyResponse:
        visit = here()
        return _checked(visit, visit.client(client_id))

    @blueprint.get("/dev/<client_id>/keys")
    def keys(client_id: str) -> AnyResponse:
        visit = here()
        return visit.show(_keys(visit, visit.client(client_id)))

    @blueprint.post("/dev/<client_id>/keys")
    def save_keys(client_id: str) -> AnyResponse:
        visit = here()
        return _save_keys(visit, visit.client(client_id))

    @blueprint.post("/dev/<client_id>/secret")
    def secret(client_id: str) -> AnyResponse:
        visit = here()
        return _new_secret(visit, visit.client(client_id))

    @blueprint.get("/dev/<client_id>/data")
    def data(client_id: str) -> AnyResponse:
        visit = here()
        return _data(visit, visit.client(client_id))


def uploaded_text() -> str:
    """The key as typed, or else as sent in a file."""
    typed = request.form.get("public_keys", "")[: MOST_CHARACTERS + 1]
    file = request.files.get("file")
    if typed.strip() or file is None:
        return typed
    sent: bytes = file.read(MOST_CHARACTERS + 1)
    return sent.decode("utf-8", errors="replace")


def _services(visit: DevVisit) -> AnyResponse:
    room = visit.room
    own = (room.clients.latest(one) for one in sorted(room.developers.clients_of(visit.developer.organisation)))
    lines = tuple(_line(visit, client) for client in own if client is not None)
    step = Drafts(room).step_of(visit.session.id)
    return visit.show(DevServicesPage(visit.frame(), lines, f"/dev/new/{step}" if step else None))


def _line(visit: DevVisit, client: Client) -> ServiceLine:
    room, state = visit.room, state_of(visit.room, client)
    return ServiceLine(
        name=client.client_name if visit.view.language == "ru" else client.client_name_en,
        url=f"/dev/{client.client_id}",
        is_sandbox=client.environment == "sandbox",
        state=state.word,
        reason_key=state.reason,
        last_at=last_sign_in(room, client),
        causes=failures(room, client),
        key_days=first_end(room, client),
    )


def _one(visit: DevVisit, client: Client, problem: str = "") -> AnyResponse:
    service, state = visit.room.service, state_of(visit.room, client)
    page = DevServicePage(
        frame=visit.frame(client, "settings"),
        state=state.word,
        reason_key=state.reason,
        settings=_settings(service.issuer, client),
        endpoints=tuple(Setting(name, address) for name, address in service.endpoints.items()),
        snippets=filled(visit.room.snippets, client, service.issuer),
        check=visit.form(f"/dev/{client.client_id}/check"),
        ready=remembered(visit.room.shelf, client.client_id),
        problem=problem,
        lacks_secret=client.token_endpoint_auth_method in SECRET_METHODS and not client.secrets,
    )
    return visit.show(page, 422 if problem else 200)


def _settings(issuer: str, client: Client) -> tuple[Setting, ...]:
    """Everything that is registered, one line a value; of the addresses each has its own. What is off is left out."""
    lines = [Setting("issuer", issuer), Setting("client_id", client.client_id)]
    settled = {name: list(value) if isinstance(value := getattr(client, name), tuple) else value for name in _OF_THE_REGISTRAR}
    for name, value in {**written(client), **settled}.items():
        if name in _ELSEWHERE or value is False or value == []:
            continue
        if name in _ADDRESSES:
            lines += [Setting(name, uri) for uri in value]
        else:
            lines.append(Setting(name, " ".join(value) if isinstance(value, list) else _plain(value)))
    return tuple(lines)


def _plain(value: object) -> str:
    return "true" if value is True else str(value)


def _checked(visit: DevVisit, client: Client) -> AnyResponse:
    def do() -> str:
        if not visit.room.limits.spend(_CHECKS, client.client_id).is_allowed:
            raise Refused("There were many checks within an hour; try again later.")
        # The whole check is some rounds over the network and one wait; nobody else waits for it but the one who has pressed.
        kept(visit.room.shelf, client.client_id, visit.room.check(client, request.form.get("state_url", "")[:2000], visit.actor))
        return f"/dev/{client.client_id}?done=checked"

    try:
        return visit.once(do)
    except Refused as refused:
        return _one(visit, client, str(refused))


def _keys(visit: DevVisit, client: Client, typed: str = "", errors: tuple[FieldError, ...] = ()) -> DevKeysPage:
    now = visit.room.outside.now()
    keys = (
        KeyLine(thumbprint(key), str(key.get("kty", "")), key_days(key, now), is_over(key, now))
        for key in client.jwks.get("keys", ())
    )
    ends = ((secret, (secret.ends_at - now).days if secret.ends_at else None) for secret in client.secrets)
    secrets = (KeyLine("", "", days, not lives(secret, now)) for secret, days in ends)
    form = visit.form(f"/dev/{client.client_id}/keys")
    has_secret = client.token_endpoint_auth_method in SECRET_METHODS
    secret_form = visit.form(f"/dev/{client.client_id}/secret") if has_secret else None
    frame, address = visit.frame(client, "keys"), client.jwks_uri or ""
    return DevKeysPage(frame, tuple(keys), tuple(secrets), address, form, secret_form, typed, errors)


def _new_secret(visit: DevVisit, client: Client) -> AnyResponse:
    """Shown in the answer itself, kept nowhere: a second press, or going back, makes no second one."""
    if isinstance(visit.use, Repeat):
        return redirect(f"/dev/{client.client_id}/keys", 303)
    try:
        made = visit.room.desk.new_secret(client.client_id, visit.actor)
    except Refused:
        raise NotMine from None
    return visit.show(DevSecretPage(visit.frame(client, "keys"), str(made["client_secret"])))


def _save_keys(visit: DevVisit, client: Client) -> AnyResponse:
    typed = uploaded_text()

    def do() -> str:
        changed = replace(client, jwks=read_keys(typed), jwks_uri=None)
        with visit.room.database.work():
            visit.room.clients.replace(changed)
            visit.room.journal.append(ClientChanged(client.client_id), visit.actor)
        return f"/dev/{client.client_id}/keys?done=keys"

    try:
        return visit.once(do)
    except BadKey as bad:
        message, shown = bad.message, "" if bad.message == "dev.private" else typed
    except ClientRefused:
        message, shown = "dev.key", typed
    return visit.show(_keys(visit, client, shown, (FieldError("public_keys", message),)), 422)


def _data(visit: DevVisit, client: Client) -> AnyResponse:
    claims, language = visit.room.service.claims_of, visit.view.language
    lines = tuple(
        ScopeLine(scope, client.reason_for(scope, language), scope in client.waiting_scopes, claims.get(scope, ()))
        for scope in (*client.scopes, *client.waiting_scopes)
        if scope in visit.room.service.scopes
    )
    return visit.show(DevDataPage(visit.frame(client, "data"), lines))
