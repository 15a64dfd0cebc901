"""/scim/v2 (RFC 7644 3.2). Whatever happens here is answered in SCIM's own words."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, request
from scim2_models import Error, NotFoundException, NotImplementedException, SCIMException, UnauthorizedException
from werkzeug.exceptions import HTTPException

from broker.limits.places import place_of
from broker.provisioning.bulk import run_bulk
from broker.provisioning.discovery import Discovery
from broker.provisioning.group_desk import GroupDesk
from broker.provisioning.operations import Operation, perform
from broker.provisioning.reading import body_of
from broker.provisioning.refusals import error_of, ours
from broker.provisioning.tokens import DiaryToken, TokenWrong
from broker.provisioning.user_desk import UserDesk
from broker.provisioning.visit import Answer, ProvisioningRoom, Visit, fits, visit_of

_LOG = logging.getLogger("broker.provisioning")
_ALL: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIX: Final = "/scim/v2"

View = Callable[..., Answer]


def routes(room: ProvisioningRoom) -> Blueprint:
    """The blueprint of provisioning."""
    blueprint = Blueprint("provisioning", __name__, url_prefix=PREFIX)
    _add_discovery(blueprint, Discovery(room.base_url))
    for kind in ("Users", "Groups"):
        _add_resources(blueprint, room, kind)
    _add(blueprint, "/Bulk", "bulk", {"POST": lambda: _bulk(room)})
    _add(blueprint, "/Me", "me", dict.fromkeys(_ALL, lambda: _nobody(room)))
    _add(blueprint, "/<path:unknown>", "unknown", dict.fromkeys(_ALL, lambda unknown: _nowhere()))
    blueprint.register_error_handler(SCIMException, _refused)
    blueprint.register_error_handler(HTTPException, _of_http)
    blueprint.register_error_handler(Exception, _trouble)
    return blueprint


def _add_discovery(blueprint: Blueprint, says: Discovery) -> None:
    _add(blueprint, "/ServiceProviderConfig", "config", {"GET": lambda: says.config(request.args)})
    _add(blueprint, "/Schemas", "schemas", {"GET": lambda: says.schemas(request.args)})
    _add(blueprint, "/Schemas/<name>", "schema", {"GET": lambda name: says.schema(name, request.args)})
    _add(blueprint, "/ResourceTypes", "types", {"GET": lambda: says.types(request.args)})
    _add(blueprint, "/ResourceTypes/<name>", "type", {"GET": lambda name: says.type(name, request.args)})


def _add_resources(blueprint: Blueprint, room: ProvisioningRoom, kind: str) -> None:
    one_methods = ("GET", "PUT", "PATCH", "DELETE") if kind == "Users" else ("GET", "PATCH")
    all_methods = ("GET", "POST") if kind == "Users" else ("GET",)

    def do(resource_id: str = "") -> Answer:
        visit = _enter(room)
        body = body_of(request) if request.method in ("POST", "PUT", "PATCH") else {}
        method = "GET" if request.method == "HEAD" else request.method
        return perform(visit, Operation(method, kind, resource_id, body, request.args, request.headers.get("If-Match")))

    def search() -> Answer:
        visit = _enter(room)
        desk = UserDesk(visit) if kind == "Users" else GroupDesk(visit)
        return desk.search(body_of(request), is_in_address=False)

    _add(blueprint, f"/{kind}", kind, dict.fromkeys(all_methods, do))
    _add(blueprint, f"/{kind}/.search", f"{kind}_search", {"POST": search})
    _add(blueprint, f"/{kind}/<resource_id>", f"{kind}_one", dict.fromkeys(one_methods, do))


def _add(blueprint: Blueprint, path: str, name: str, views: Mapping[str, View]) -> None:
    """One address with all methods, so that a method it does not know is refused in SCIM's words too."""

    def answer(**parts: str) -> Response:
        view = views.get("GET" if request.method == "HEAD" else request.method)
        if view is None:
            refused = _said(Error(status=405, detail="The address does not take this method"))
            refused.headers["Allow"] = ", ".join(sorted(views))
            return refused
        return _response(view(**parts))

    blueprint.add_url_rule(path, name, answer, methods=_ALL)


def _enter(room: ProvisioningRoom) -> Visit:
    """Let a diary in by its token (RFC 6750 2.1).

    Raises:
        SCIMException: 401, or 429 after too many wrong tokens from one address.
    """
    address = place_of(request.remote_addr or "")
    if not room.limits.look(room.wrong_tokens, address).is_allowed:
        raise _ours_of_status(429, "Too many wrong tokens came from this address")
    try:
        return visit_of(room, _token_of(room))
    except TokenWrong:
        room.limits.spend(room.wrong_tokens, address)
        raise ours(UnauthorizedException, "The token opens nothing") from None


def _token_of(room: ProvisioningRoom) -> DiaryToken:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise ours(UnauthorizedException, "A bearer token is needed")
    return room.tokens.require(token.strip())


def _bulk(room: ProvisioningRoom) -> Answer:
    visit = _enter(room)

    def do(wanted: Operation) -> Answer:
        try:
            return perform(visit, wanted)
        except SCIMException:
            raise
        except Exception as error:
            # One operation that fails in an unforeseen way must not hide what became of those before it.
            _log(error)
            raise _ours_of_status(500, "The operation failed on our side and changed nothing") from None

    return run_bulk(body_of(request), do, room.base_url)


def _nobody(room: ProvisioningRoom) -> Answer:
    _enter(room)
    # RFC 7644 3.11: a token is a diary's, and a diary is no User.
    raise ours(NotImplementedException, "A diary is not a User")


def _nowhere() -> Answer:
    raise ours(NotFoundException, "There is no such endpoint")


def _ours_of_status(status: int, detail: str) -> SCIMException:
    made = SCIMException.from_error(Error(status=status, detail=detail))
    made.context["is_ours"] = True
    return made


def _response(answer: Answer) -> Response:
    known = request.headers.get("If-None-Match") if request.method in ("GET", "HEAD") else None
    if known is not None and answer.version is not None and fits(known, answer.version):
        return _headed(Response(status=304), answer)
    if answer.body is None:
        return _headed(Response(status=answer.status), answer)
    return _headed(_json(answer.body, answer.status), answer)


def _headed(response: Response, answer: Answer) -> Response:
    if answer.version is not None:
        response.headers["ETag"] = answer.version
    if answer.location is not None:
        response.headers["Location" if answer.status == 201 else "Content-Location"] = answer.location
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(body: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/scim+json")


def _said(error: Error) -> Response:
    response = _json(error.model_dump(), error.status or 500)
    response.headers["Cache-Control"] = "no-store"
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="scim"'
    return response


def _refused(refused: SCIMException) -> Response:
    return _said(error_of(refused))


def _of_http(error: HTTPException) -> Response:
    return _said(Error(status=error.code or 500, detail="The request cannot be fulfilled"))


def _trouble(error: Exception) -> Response:
    if isinstance(error, RecursionError):
        return _said(Error(status=400, scim_type="invalidSyntax", detail="The request is nested too deeply"))
    _log(error)
    return _said(Error(status=500, detail="Something failed on our side"))


def _log(error: Exception) -> None:
    # The kind of the error and where it was raised, never its text: texts of libraries quote values.
    place = traceback.extract_tb(error.__traceback__)[-1]
    extra = {"kind": type(error).__name__, "file": place.filename, "line_number": place.lineno}
    _LOG.error("provisioning failed", extra=extra)
