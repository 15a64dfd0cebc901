"""/register (RFC 7591 3, OpenID Connect Registration 3) and /register/<client_id> (RFC 7592 2). Everything is said in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, request

from broker.limits.limits import Limit, Limits
from broker.limits.places import place_of
from broker.registration.description import Description
from broker.registration.fields import written
from broker.registration.reading import metadata_of
from broker.registration.refusals import RegistrationRefused, too_many, unsound, wrong_token
from broker.registration.registrar import Registered, Registrar
from broker.registration.tokens_store import InitialToken

PATH: Final = "/register"
DESCRIPTION_PATH: Final = "/openapi.json"
MACHINE_VIEWS: Final = frozenset({"registration.register", "registration.manage", "registration.openapi"})

_LONGEST_TOKEN: Final = 200


@dataclass(frozen=True, slots=True)
class RegistrationRoom:
    """What the endpoints work with."""

    issuer: str
    registrar: Registrar
    limits: Limits
    description: Description


def routes(room: RegistrationRoom) -> Blueprint:
    """The blueprint of registration; without endpoints where registration is off."""
    blueprint = Blueprint("registration", __name__)

    @blueprint.get(DESCRIPTION_PATH)
    def openapi() -> Response:
        return room.description.answer(request)

    if room.registrar.settings.enabled:
        _add_endpoints(blueprint, room)
    blueprint.register_error_handler(RegistrationRefused, _refused)
    return blueprint


def _add_endpoints(blueprint: Blueprint, room: RegistrationRoom) -> None:
    registrar = room.registrar

    @blueprint.post(PATH)
    def register() -> Response:
        _require_no_query()
        token = _initial_token(room)
        made = registrar.register(metadata_of(request.headers.get("Content-Type", ""), request.get_data()), token)
        return _said(_information(made, room.issuer), 201)

    @blueprint.route(f"{PATH}/<client_id>", methods=["GET", "PUT", "DELETE"])
    def manage(client_id: str) -> Response:
        _require_no_query()
        unverified = _management_token(room, client_id)
        try:
            if request.method == "DELETE":
                registrar.withdraw(client_id, unverified)
                return _said(None, 204)
            if request.method == "PUT":
                before = registrar.read(client_id, unverified)
                metadata = metadata_of(request.headers.get("Content-Type", ""), request.get_data())
                return _said(_information(registrar.change(before.client.client_id, unverified, metadata), room.issuer), 200)
            return _said(_information(registrar.read(client_id, unverified), room.issuer), 200)
        except RegistrationRefused as refused:
            _count_wrong(room, refused)
            raise


def _initial_token(room: RegistrationRoom) -> InitialToken | None:
    """The token of the request, counted; None for a request without one, which is counted as open.

    Raises:
        RegistrationRefused: invalid_token, or too many requests.
    """
    _require_few_wrong(room)
    unverified = _bearer()
    settings, limits, place = room.registrar.settings, room.limits, place_of(request.remote_addr or "")
    if unverified is None:
        here = Limit("registration.open", settings.open_per_address, settings.open_within)
        in_all = Limit("registration.open_in_all", settings.open_in_all, settings.open_within)
        if not limits.spend(here, place).is_allowed or not limits.spend(in_all, "all").is_allowed:
            raise too_many("Too many services are registered without a token; try again later.")
        return None
    try:
        token = room.registrar.tokens.require(unverified)
    except RegistrationRefused as refused:
        _count_wrong(room, refused)
        raise
    _spend_token(room, token.id)
    return token


def _management_token(room: RegistrationRoom, client_id: str) -> str:
    _require_few_wrong(room)
    unverified = _bearer()
    if unverified is None:
        raise RegistrationRefused("", "", 401)
    _spend_token(room, client_id)
    return unverified


def _spend_token(room: RegistrationRoom, whose: str) -> None:
    settings = room.registrar.settings
    # With the place: whoever knows a client's identifier cannot use up the tries of its owner.
    limit = Limit("registration.token", settings.tries_per_token, settings.tries_within)
    if not room.limits.spend(limit, whose, place_of(request.remote_addr or "")).is_allowed:
        raise too_many("Too many requests with this token; try again later.")


def _require_few_wrong(room: RegistrationRoom) -> None:
    if not room.limits.look(_wrong(room), place_of(request.remote_addr or "")).is_allowed:
        raise too_many("Too many wrong tokens came from this address; try again later.")


def _count_wrong(room: RegistrationRoom, refused: RegistrationRefused) -> None:
    if refused.error == "invalid_token":
        room.limits.spend(_wrong(room), place_of(request.remote_addr or ""))


def _wrong(room: RegistrationRoom) -> Limit:
    settings = room.registrar.settings
    return Limit("registration.wrong", settings.wrong_tokens, settings.tries_within)


def _bearer() -> str | None:
    """The token in the header (RFC 6750 2.1), None without one.

    Raises:
        RegistrationRefused: another scheme, or too long.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token.strip()) <= _LONGEST_TOKEN or not token.isascii():
        raise wrong_token()
    return token.strip()


def _require_no_query() -> None:
    """A token in an address ends up in logs (RFC 6750 2.3); nothing else belongs there either."""
    if request.query_string:
        raise unsound("The address must have no query.")


def _information(made: Registered, issuer: str) -> dict[str, Any]:
    """The client information response (RFC 7591 3.2.1, RFC 7592 3)."""
    client, record = made.client, made.record
    found = written(client) | {name: value for name, value in record.said.items() if name not in ("preset", "stated")}
    found |= {
        "client_id": client.client_id,
        "client_id_issued_at": int(record.made_at.timestamp()),
        "registration_access_token": made.token,
        "registration_client_uri": f"{issuer}{PATH}/{client.client_id}",
        "environment": client.environment,
    }
    if record.name_state:
        found["waiting_name"] = record.name_state
    if made.secret:
        found["client_secret"] = made.secret
        # A sandbox ends with all it has; nothing else of ours ends by itself.
        found["client_secret_expires_at"] = int(record.ends_at.timestamp()) if record.ends_at else 0
    return found


def _said(body: Mapping[str, Any] | None, status: int) -> Response:
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    response = Response(text, status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def _refused(refused: RegistrationRefused) -> Response:
    if not refused.error:
        # RFC 6750 3.1: a request without any token is not told an error.
        response = _said({}, refused.status)
        response.headers["WWW-Authenticate"] = 'Bearer realm="registration"'
        return response
    response = _said({"error": refused.error, "error_description": refused.description}, refused.status)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = f'Bearer realm="registration", error="{refused.error}"'
    return response
