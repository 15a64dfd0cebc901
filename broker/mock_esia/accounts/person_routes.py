"""The REST addresses of person data: bearer token, scopes, `embed`, and ESIA's error bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from flask import Blueprint, Response, request

from broker.mock_esia.accounts.person_data import COLLECTIONS, Asked, listing, person_resource, with_etag
from broker.mock_esia.accounts.spoilt import spoilt
from broker.mock_esia.faults.board import flaw_of_this_request
from broker.mock_esia.journal.story import say, story
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.mint import BadAccessToken

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


class RestRefusal(Exception):
    """An answer of the REST interface other than data."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message}


def person_routes(stand: Stand) -> Blueprint:
    """/rs/prns/{oid}, its collections, and their single items."""
    routes = Blueprint("persons", __name__, url_prefix="/rs/prns/<int:oid>")

    @routes.errorhandler(RestRefusal)
    def refused(refusal: RestRefusal) -> Response:
        story().code = refusal.body["code"].removeprefix("ESIA-")
        say(_WORDS.get(refusal.body["code"], ""))
        return _json(refusal.body, refusal.status, "Error-1", stand)

    # One library asks with a slash at the end.
    @routes.get("/")
    @routes.get("")
    def person(oid: int) -> Response:
        asked = _require_asked(stand, oid)
        resource = spoilt(person_resource(asked), flaw_of_this_request())
        for name, collection in COLLECTIONS.items():
            if f"{collection.embedded}.elements" in _embedded() and collection.opened_by & asked.scopes:
                resource[collection.embedded] = listing([with_etag(item) for item in collection.elements(asked)])
            elif collection.embedded in _embedded() and collection.opened_by & asked.scopes:
                resource[collection.embedded] = listing(_addresses(stand, asked, name))
        answer = _json(with_etag(resource), 200, "prn/Person-3", stand)
        for name, collection in COLLECTIONS.items():
            link = f'<{stand.settings.base_url}/rs/prns/{oid}/{name}>;rel="{name}";schema="{collection.schema}"'
            answer.headers.add("Link", link)
        return answer

    @routes.get("/<name>")
    def whole(oid: int, name: str) -> Response:
        asked = _require_opened(stand, oid, name)
        if "elements" in _embedded():
            elements: list[object] = [with_etag(item) for item in COLLECTIONS[name].elements(asked)]
        else:
            elements = _addresses(stand, asked, name)
        return _json(listing(elements), 200, f"prn/{COLLECTIONS[name].schema}", stand)

    @routes.get("/<name>/<int:item_id>")
    def single(oid: int, name: str, item_id: int) -> Response:
        asked = _require_opened(stand, oid, name)
        for item in COLLECTIONS[name].elements(asked):
            if item["id"] == item_id:
                return _json(with_etag(item), 200, f"prn/{COLLECTIONS[name].schema}", stand)
        raise RestRefusal(404, "ESIA-005003", "ObjectErrorEnum.notFound")

    return routes


def _require_asked(stand: Stand, oid: int) -> Asked:
    """A token of this very person. Raises RestRefusal 401 for no valid token, 403 for somebody else's."""
    if refusal := _OF_FAULT.get(flaw_of_this_request() or ""):
        raise RestRefusal(*refusal)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if kind.lower() != "bearer":
            raise BadAccessToken
        access = stand.mint.require_access(token.strip())
    except BadAccessToken as wrong:
        raise RestRefusal(401, "ESIA-005011", "SecurityErrorEnum.invalidToken") from wrong
    if access.oid != oid or oid not in stand.people.by_oid:
        raise RestRefusal(403, "ESIA-005029", "SecurityErrorEnum.scopeNotAllowed")
    if not stand.memory.consents.given(oid, access.client_id):
        say("the person has withdrawn the consent")
        raise RestRefusal(403, "ESIA-005029", "SecurityErrorEnum.scopeNotAllowed")
    person = stand.people.by_oid[oid]
    return Asked(person, access.scopes, stand.people.kids_of(person))


def _require_opened(stand: Stand, oid: int, name: str) -> Asked:
    asked = _require_asked(stand, oid)
    if name not in COLLECTIONS:
        raise RestRefusal(404, "ESIA-005003", "ObjectErrorEnum.notFound")
    if not COLLECTIONS[name].opened_by & asked.scopes:
        raise RestRefusal(403, "ESIA-005029", "SecurityErrorEnum.scopeNotAllowed")
    return asked


def _addresses(stand: Stand, asked: Asked, name: str) -> list[object]:
    below = f"{stand.settings.base_url}/rs/prns/{asked.person.oid}/{name}"
    return [f"{below}/{item['id']}" for item in COLLECTIONS[name].elements(asked)]


def _embedded() -> frozenset[str]:
    found = _EMBED.fullmatch(request.args.get("embed", ""))
    return frozenset(found[1].split(",")) if found else frozenset()


def _json(body: Mapping[str, object], status: int, schema: str, stand: Stand) -> Response:
    answer = Response(json.dumps(body, ensure_ascii=False), status=status)
    answer.headers["Content-Type"] = f'application/json; schema="{stand.settings.base_url}/rs/model/{schema}"'
    answer.headers["Cache-Control"] = "no-store"
    if "eTag" in body:
        answer.headers["ETag"] = str(body["eTag"])
    return answer
