"""The REST addresses of an organisation, for a person who works there and a system that was granted its scopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response

from broker.mock_esia.accounts.collections import Elements, contact
from broker.mock_esia.accounts.people import Organisation, Person
from broker.mock_esia.accounts.person_data import FIELDS, listing, visible, with_etag
from broker.mock_esia.accounts.rest import answered, element_root, embedded, forbidden, install_refusals, missing, require_token
from broker.mock_esia.stand import Stand

_FIELDS: tuple[tuple[str, str, Callable[[Organisation], object]], ...] = (
    ("shortName", "org_shortname", lambda one: one.short_name),
    ("fullName", "org_fullname", lambda one: one.full_name),
    ("type", "org_type", lambda one: one.kind),
    ("ogrn", "org_ogrn", lambda one: one.ogrn),
    ("inn", "org_inn", lambda one: one.inn),
    ("kpp", "org_kpp", lambda one: one.kpp),
)
_NAMES_OF_EMPLOYEES = frozenset({"fullname"})


@dataclass(frozen=True, slots=True)
class _Asked:
    organisation: Organisation
    scopes: frozenset[str]
    employees: tuple[Person, ...]
    with_people: bool


def organisation_routes(stand: Stand) -> Blueprint:
    """/rs/orgs/{oid}, its collections, and their single items."""
    routes = Blueprint("organisations", __name__, url_prefix="/rs/orgs/<int:oid>")
    install_refusals(routes, stand)

    @routes.get("")
    def organisation(oid: int) -> Response:
        asked = _require_asked(stand, oid)
        found = {name: value(asked.organisation) for name, scope, value in _FIELDS if scope in asked.scopes}
        known = {name: value for name, value in found.items() if value is not None}
        body = with_etag({"stateFacts": ["EntityRoot"], "oid": oid, **known})
        answer = answered(body, 200, "org/Organization-1", stand)
        for name in _BELOW:
            answer.headers.add("Link", f'<{stand.settings.base_url}/rs/orgs/{oid}/{name}>;rel="{name}"')
        return answer

    @routes.get("/<name>")
    def whole(oid: int, name: str) -> Response:
        found = _require_below(stand, oid, name)
        below = f"{element_root(stand)}/rs/orgs/{oid}/{name}"
        is_whole = bool({"elements", "elements.person"} & embedded())
        elements: list[object] = [with_etag(one) if is_whole else f"{below}/{one['id']}" for one in found]
        return answered(listing(elements), 200, "org/Collection-1", stand)

    @routes.get("/<name>/<int:item_id>")
    def single(oid: int, name: str, item_id: int) -> Response:
        for one in _require_below(stand, oid, name):
            if one["id"] == item_id:
                return answered(with_etag(one), 200, "org/Item-1", stand)
        raise missing()

    return routes


def _require_asked(stand: Stand, oid: int) -> _Asked:
    """Raises RestRefusal 403 unless the token's person works there now and its scopes name this organisation."""
    access = require_token(stand)
    scopes = access.organisation_scopes(oid)
    if not scopes or oid not in stand.people.employers_of(stand.people.by_oid[access.oid]):
        raise forbidden()
    employees = stand.people.employees_of(oid)
    return _Asked(stand.people.organisations[oid], scopes, employees, "elements.person" in embedded())


def _require_below(stand: Stand, oid: int, name: str) -> Elements:
    asked = _require_asked(stand, oid)
    if name not in _BELOW:
        raise missing()
    scope, elements = _BELOW[name]
    if scope not in asked.scopes:
        raise forbidden()
    return elements(asked)


def _contacts(asked: _Asked) -> Elements:
    one = asked.organisation
    kinds = (("CEM", one.email, 1), ("CPH", one.phone, 2))
    return tuple(contact(one.oid * 10 + last, kind, value) for kind, value, last in kinds if value)


def _addresses(asked: _Asked) -> Elements:
    one = asked.organisation
    if not one.address:
        return ()
    facts = {"type": "OLG", "addressStr": one.address, "countryId": "RUS"}
    return ({"stateFacts": ["Identifiable"], "id": one.oid * 10 + 3, **facts},)


def _employees(asked: _Asked) -> Elements:
    return tuple(_employee(asked, person) for person in asked.employees)


def _employee(asked: _Asked, person: Person) -> dict[str, object]:
    [job, *_] = [job for job in person.jobs if job.organisation == asked.organisation.oid]
    named = {"person": {"oid": person.oid, **visible(FIELDS, _NAMES_OF_EMPLOYEES, person)}} if asked.with_people else {}
    return {
        "stateFacts": ["Identifiable"], "id": person.oid, "prnOid": person.oid, "orgOid": asked.organisation.oid,
        "position": job.position, "chief": job.is_chief, **named,
    }  # fmt: skip


def _nothing(asked: _Asked) -> Elements:
    """No organisation here has any; the collection exists because clients ask for it."""
    return ()


_BELOW: Mapping[str, tuple[str, Callable[[_Asked], Elements]]] = {
    "ctts": ("org_ctts", _contacts),
    "addrs": ("org_addrs", _addresses),
    "emps": ("org_emps", _employees),
    "vhls": ("org_vhls", _nothing),
    "brhs": ("org_brhs", _nothing),
    "grps": ("org_grps", _nothing),
}
