"""GET /rs/prns/{oid} and below: what an access token lets a client read about its person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from broker.mock_esia.accounts.people import Level, Person

Elements = tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose data, with which bare scopes, and the person's children."""

    person: Person
    scopes: frozenset[str]
    kids: tuple[Person, ...]


# Which scope opens which field; a field whose scope was not granted is absent, never null.
FIELDS: tuple[tuple[str, str, Callable[[Person], object]], ...] = (
    ("firstName", "fullname", lambda person: person.name),
    ("lastName", "fullname", lambda person: person.surname),
    ("middleName", "fullname", lambda person: person.patronymic),
    ("birthDate", "birthdate", lambda person: wire_day(person.birth_date)),
    ("gender", "gender", lambda person: person.sex),
    ("snils", "snils", lambda person: person.snils),
    ("citizenship", "id_doc", lambda person: "RUS" if has_checked_document(person) else None),
    ("rIdDoc", "id_doc", lambda person: document_id(person) if has_checked_document(person) else None),
)
KID_FIELDS = tuple((name, f"kid_{scope}", value) for name, scope, value in FIELDS if scope != "id_doc")


def wire_day(day: date) -> str:
    """ESIA writes 05.09.2013."""
    return day.strftime("%d.%m.%Y")


def has_checked_document(person: Person) -> bool:
    """A simplified account has only what the person typed."""
    return person.level is not Level.SIMPLIFIED


def document_id(person: Person) -> int:
    return person.oid * 10 + 5


def _visible(fields: tuple[tuple[str, str, Callable[[Person], object]], ...], asked: Asked, person: Person) -> dict[str, object]:
    found = {name: value(person) for name, scope, value in fields if scope in asked.scopes}
    return {name: value for name, value in found.items() if value is not None}


def person_resource(asked: Asked) -> dict[str, object]:
    """The person. Some keys come with any scope; `trusted` is also true for a child's account (docs/mock-esia.md)."""
    person = asked.person
    return {
        "stateFacts": ["EntityRoot"],
        **_visible(FIELDS, asked, person),
        "trusted": person.level in (Level.CONFIRMED, Level.CHILD),
        "updatedOn": 1763712000,
        "rfgUOperatorCheck": False,
        "status": "DELETED" if person.is_deleted else "REGISTERED",
        "verifying": False,
        "containsUpCfmCode": False,
        "kidAccCreatedByParent": person.made_by_parent,
    }


def contacts(asked: Asked) -> Elements:
    person, both = asked.person, "contacts" in asked.scopes
    found: list[dict[str, object]] = []
    if person.email and (both or "email" in asked.scopes):
        found.append(_contact(person.oid * 10 + 1, "EML", person.email))
    if person.phone and (both or "mobile" in asked.scopes):
        found.append(_contact(person.oid * 10 + 2, "MBT", person.phone))
    return tuple(found)


def _contact(contact_id: int, kind: str, value: str) -> dict[str, object]:
    return {"stateFacts": ["Identifiable"], "id": contact_id, "type": kind, "vrfStu": "VERIFIED", "value": value}


def documents(asked: Asked) -> Elements:
    """One identity document: a birth certificate for a child's account, a passport for everybody else with a checked one."""
    person = asked.person
    child = person.level is Level.CHILD
    if not has_checked_document(person) or ("birth_cert_doc" if child else "id_doc") not in asked.scopes:
        return ()
    return ({
        "stateFacts": ["EntityRoot"],
        "id": document_id(person),
        "type": "RF_BRTH_CERT" if child else "RF_PASSPORT",
        "vrfStu": "VERIFIED",
        "series": "I-АА" if child else "0000",
        "number": f"{person.oid % 1_000_000:06d}",
        "issueDate": wire_day(person.birth_date if child else date(2020, 1, 15)),
        "issuedBy": "Учебный стенд",
    },)


def kids(asked: Asked) -> Elements:
    return tuple(
        {"stateFacts": ["Identifiable"], "id": kid.oid, **_visible(KID_FIELDS, asked, kid)} for kid in asked.kids
    )


def addresses(asked: Asked) -> Elements:
    """Nobody here has an address; the collection exists because clients ask for it."""
    return ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A sub-resource: its name inside `embed`, its schema, the scopes that open it (any of them), its elements."""

    embedded: str
    schema: str
    opened_by: frozenset[str]
    elements: Callable[[Asked], Elements]


COLLECTIONS: Mapping[str, Collection] = {
    "ctts": Collection("contacts", "Contacts-1", frozenset({"contacts", "email", "mobile"}), contacts),
    "addrs": Collection("addresses", "Addresses-1", frozenset({"addresses"}), addresses),
    "docs": Collection("documents", "Documents-1", frozenset({"id_doc", "birth_cert_doc"}), documents),
    "kids": Collection("kids", "Kids-1", frozenset(scope for _, scope, _ in KID_FIELDS), kids),
}


def with_etag(resource: Mapping[str, object]) -> dict[str, object]:
    """The resource and its eTag: 40 upper-case hex digits of its content."""
    content = json.dumps(resource, sort_keys=True, ensure_ascii=False).encode()
    return {**resource, "eTag": hashlib.sha256(content).hexdigest()[:40].upper()}


def listing(elements: list[object]) -> dict[str, object]:
    """A collection: its size, and addresses or whole objects."""
    return with_etag({"stateFacts": ["hasSize"], "size": len(elements), "elements": elements})
