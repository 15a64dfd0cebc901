"""GET /rs/prns/{oid}: what an access token lets a client read of the person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from broker.mock_esia.accounts.people import Job, Level, Organisation, Person

Getter = Callable[[Person], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose data, with which bare scopes; the person's children, and where the person works."""

    person: Person
    scopes: frozenset[str]
    kids: tuple[Person, ...]
    work: tuple[tuple[Job, Organisation], ...] = ()


def tax_number(person: Person) -> str | None:
    """Twelve digits with their two check sums, made of the account's number; of grown-up citizens with a confirmed account."""
    if not person.confirmed or person.citizenship != "RUS":
        return None
    digits = f"99{person.oid % 10**8:08d}"
    for weights in ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)):
        digits += str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)
    return digits


# Which scope opens which field; a field whose scope was not granted is absent, never null.
FIELDS: tuple[tuple[str, str, Getter], ...] = (
    ("firstName", "fullname", lambda person: person.name),
    ("lastName", "fullname", lambda person: person.surname),
    ("middleName", "fullname", lambda person: person.patronymic),
    ("birthDate", "birthdate", lambda person: wire_day(person.birth_date)),
    ("gender", "gender", lambda person: person.sex),
    ("snils", "snils", lambda person: person.snils),
    ("inn", "inn", tax_number),
    ("birthPlace", "birthplace", lambda person: "г. Учебный" if has_checked_document(person) else None),
    ("selfEmployed", "self_employed", lambda person: {"confirmed": True} if person.is_self_employed else None),
    ("citizenship", "id_doc", lambda person: person.citizenship if has_checked_document(person) else None),
    ("rIdDoc", "id_doc", lambda person: document_id(person) if has_checked_document(person) else None),
)
_NOT_OF_KIDS = frozenset({"id_doc", "birthplace", "self_employed"})
KID_FIELDS = tuple((name, f"kid_{scope}", value) for name, scope, value in FIELDS if scope not in _NOT_OF_KIDS)


def wire_day(day: date) -> str:
    """ESIA writes 05.09.2013."""
    return day.strftime("%d.%m.%Y")


def has_checked_document(person: Person) -> bool:
    """A simplified account has only what the person typed."""
    return person.level is not Level.SIMPLIFIED


def document_id(person: Person) -> int:
    return person.oid * 10 + 5


def visible(fields: tuple[tuple[str, str, Getter], ...], scopes: frozenset[str], person: Person) -> dict[str, object]:
    """The fields that the scopes open and that have a value."""
    found = {name: value(person) for name, scope, value in fields if scope in scopes}
    return {name: value for name, value in found.items() if value is not None}


def person_resource(asked: Asked) -> dict[str, object]:
    """The person. Some keys come with any scope; `trusted` is also true for a child's account (docs/mock-esia.md)."""
    person = asked.person
    return {
        "stateFacts": ["EntityRoot"],
        **visible(FIELDS, asked.scopes, person),
        "trusted": person.level in (Level.CONFIRMED, Level.CHILD),
        "updatedOn": 1763712000,
        "rfgUOperatorCheck": False,
        "status": "DELETED" if person.is_deleted else "REGISTERED",
        "verifying": False,
        "containsUpCfmCode": False,
        "kidAccCreatedByParent": person.made_by_parent,
    }


def with_etag(resource: Mapping[str, object]) -> dict[str, object]:
    """The resource and its eTag: 40 upper-case hex digits of its content."""
    content = json.dumps(resource, sort_keys=True, ensure_ascii=False).encode()
    return {**resource, "eTag": hashlib.sha256(content).hexdigest()[:40].upper()}


def listing(elements: list[object]) -> dict[str, object]:
    """A collection: its size, and addresses or whole objects."""
    return with_etag({"stateFacts": ["hasSize"], "size": len(elements), "elements": elements})
