"""What all REST answers share: the bearer token, `embed`, ETag and schema, and ESIA's error bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from broker.mock_esia.faults.board import flaw_of_this_request
from broker.mock_esia.journal.story import say, story
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.mint import Access, BadAccessToken

_OF_FAULT = {
    "invalid_token": (401, "ESIA-005011", "SecurityErrorEnum.invalidToken"),
    "lost_consent": (403, "ESIA-005029", "SecurityErrorEnum.scopeNotAllowed"),
    "not_found": (404, "ESIA-005003", "ObjectErrorEnum.notFound"),
    "busy": (503, "ESIA-007008", "The service is overloaded or under maintenance."),
    "unexpected": (500, "ESIA-007007", "An unexpected error inside the service."),
}
_WORDS = {
    "ESIA-005011": "the access token is missing, expired, of another kind, or not signed by this stand",
    "ESIA-005029": "the access token is of another person, or its scopes do not open this",
    "ESIA-005003": "there is no such person, collection or item",
}
_EMBED = re.compile(r"\(([a-z.,]*)\)", re.ASCII)
_USUAL_PORTS = {"https": 443, "http": 80}


class RestRefusal(Exception):
    """An answer of the REST interface other than data."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message}


def install_refusals(routes: Blueprint, stand: Stand) -> None:
    """Answer a RestRefusal with its body, and say in the journal why."""

    @routes.errorhandler(RestRefusal)
    def refused(refusal: RestRefusal) -> Response:
        story().code = refusal.body["code"].removeprefix("ESIA-")
        say(_WORDS.get(refusal.body["code"], ""))
        return answered(refusal.body, refusal.status, "Error-1", stand)


def forbidden() -> RestRefusal:
    """403, as for every scope that lacks."""
    return RestRefusal(403, "ESIA-005029", "SecurityErrorEnum.scopeNotAllowed")


def missing() -> RestRefusal:
    """404."""
    return RestRefusal(404, "ESIA-005003", "ObjectErrorEnum.notFound")


def require_token(stand: Stand) -> Access:
    """The token of a person who has not withdrawn the consent. Raises RestRefusal 401 or 403, or what a fault orders."""
    if refusal := _OF_FAULT.get(flaw_of_this_request() or ""):
        raise RestRefusal(*refusal)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if kind.lower() != "bearer":
            raise BadAccessToken
        access = stand.mint.require_access(token.strip())
    except BadAccessToken as wrong:
        raise RestRefusal(401, "ESIA-005011", "SecurityErrorEnum.invalidToken") from wrong
    if access.oid not in stand.people.by_oid:
        raise forbidden()
    if not stand.memory.consents.given(access.oid, access.client_id):
        say("the person has withdrawn the consent")
        raise forbidden()
    return access


def embedded() -> frozenset[str]:
    """What `embed=(…)` names."""
    found = _EMBED.fullmatch(request.args.get("embed", ""))
    return frozenset(found[1].split(",")) if found else frozenset()


def element_root(stand: Stand) -> str:
    """The host inside addresses of elements: ESIA writes the usual port there, though nobody else does."""
    base = stand.settings.base_url
    parts = urlsplit(base)
    if parts.port or not stand.settings.writes_usual_port:
        return base
    return f"{base}:{_USUAL_PORTS[parts.scheme]}"


def answered(body: Mapping[str, object], status: int, schema: str, stand: Stand) -> Response:
    """JSON with the headers of ESIA."""
    answer = Response(json.dumps(body, ensure_ascii=False), status=status)
    answer.headers["Content-Type"] = f'application/json; schema="{stand.settings.base_url}/rs/model/{schema}"'
    answer.headers["Cache-Control"] = "no-store"
    if "eTag" in body:
        answer.headers["ETag"] = str(body["eTag"])
    return answer
