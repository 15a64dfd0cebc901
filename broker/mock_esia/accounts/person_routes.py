"""The REST addresses of a person: the person, collections as addresses or objects, single items."""

from __future__ import annotations

from flask import Blueprint, Response

from broker.mock_esia.accounts.collections import COLLECTIONS, Elements, kid_documents
from broker.mock_esia.accounts.person_data import Asked, listing, person_resource, with_etag
from broker.mock_esia.accounts.rest import (
    answered,
    element_root,
    embedded,
    forbidden,
    install_refusals,
    missing,
    require_token,
)
from broker.mock_esia.accounts.spoilt import spoilt
from broker.mock_esia.faults.board import flaw_of_this_request
from broker.mock_esia.stand import Stand


def person_routes(stand: Stand) -> Blueprint:
    """/rs/prns/{oid}, its collections, and their single items."""
    routes = Blueprint("persons", __name__, url_prefix="/rs/prns/<int:oid>")
    install_refusals(routes, stand)
    _add_collections(routes, stand)
    _add_documents_of_kids(routes, stand)

    # One library asks with a slash at the end.
    @routes.get("/")
    @routes.get("")
    def person(oid: int) -> Response:
        asked = _require_asked(stand, oid)
        resource = spoilt(person_resource(asked), flaw_of_this_request())
        for name, collection in COLLECTIONS.items():
            wanted = {collection.embedded, f"{collection.embedded}.elements"} & embedded()
            if wanted and collection.opened_by & asked.scopes:
                whole = f"{collection.embedded}.elements" in wanted
                resource[collection.embedded] = listing(_elements(stand, asked, name, whole=whole))
        answer = answered(with_etag(resource), 200, "prn/Person-3", stand)
        for name, collection in COLLECTIONS.items():
            link = f'<{stand.settings.base_url}/rs/prns/{oid}/{name}>;rel="{name}";schema="{collection.schema}"'
            answer.headers.add("Link", link)
        return answer

    return routes


def _add_collections(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/<name>")
    def whole(oid: int, name: str) -> Response:
        asked = _require_opened(stand, oid, name)
        elements = _elements(stand, asked, name, whole="elements" in embedded())
        return answered(listing(elements), 200, f"prn/{COLLECTIONS[name].schema}", stand)

    @routes.get("/<name>/<int:item_id>")
    def single(oid: int, name: str, item_id: int) -> Response:
        asked = _require_opened(stand, oid, name)
        return _single(stand, COLLECTIONS[name].elements(asked), item_id, COLLECTIONS[name].schema)


def _add_documents_of_kids(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/kids/<int:kid>/docs")
    def documents(oid: int, kid: int) -> Response:
        found = _documents_of(stand, oid, kid)
        below = f"{element_root(stand)}/rs/prns/{oid}/kids/{kid}/docs"
        whole = "elements" in embedded()
        elements: list[object] = [with_etag(one) if whole else f"{below}/{one['id']}" for one in found]
        return answered(listing(elements), 200, "prn/Documents-1", stand)

    @routes.get("/kids/<int:kid>/docs/<int:item_id>")
    def document(oid: int, kid: int, item_id: int) -> Response:
        return _single(stand, _documents_of(stand, oid, kid), item_id, "Documents-1")


def _documents_of(stand: Stand, oid: int, kid: int) -> Elements:
    asked = _require_opened(stand, oid, "kids")
    if not asked.scopes & {"kid_birth_cert_doc", "kid_medical_doc"}:
        raise forbidden()
    for one in asked.kids:
        if one.oid == kid:
            return kid_documents(asked.scopes, one)
    raise missing()


def _single(stand: Stand, elements: Elements, item_id: int, schema: str) -> Response:
    for item in elements:
        if item.get("id") == item_id:
            return answered(with_etag(item), 200, f"prn/{schema}", stand)
    raise missing()


def _require_asked(stand: Stand, oid: int) -> Asked:
    """A token of this very person. Raises RestRefusal 401 for no valid token, 403 for somebody else's."""
    access = require_token(stand)
    if access.oid != oid:
        raise forbidden()
    person = stand.people.by_oid[oid]
    work = tuple((job, stand.people.organisations[job.organisation]) for job in person.jobs)
    return Asked(person, access.scopes, stand.people.kids_of(person), work)


def _require_opened(stand: Stand, oid: int, name: str) -> Asked:
    asked = _require_asked(stand, oid)
    if name not in COLLECTIONS:
        raise missing()
    if not COLLECTIONS[name].opened_by & asked.scopes:
        raise forbidden()
    return asked


def _elements(stand: Stand, asked: Asked, name: str, *, whole: bool) -> list[object]:
    """Objects, or the addresses where they are."""
    collection = COLLECTIONS[name]
    found = collection.elements(asked)
    if whole or collection.is_inline:
        return [with_etag(item) for item in found]
    below = element_root(stand) + (collection.elsewhere or f"/rs/prns/{asked.person.oid}/{name}")
    return [f"{below}/{item['id']}" for item in found]
