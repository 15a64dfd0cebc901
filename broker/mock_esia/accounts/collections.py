"""What lies below a person: contacts, addresses, documents, vehicles, children, organisations, roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from broker.mock_esia.accounts.people import Level, Organisation, Person
from broker.mock_esia.accounts.person_data import (
    KID_FIELDS,
    Asked,
    document_id,
    has_checked_document,
    listing,
    visible,
    wire_day,
    with_etag,
)

Elements = tuple[dict[str, object], ...]

# Documents beside the one that proves who somebody is: the scope that opens each type. Numbers of items end with these digits.
FURTHER: Mapping[str, tuple[str, int]] = {
    "MDCL_PLCY": ("medical_doc", 6),
    "MLTR_ID": ("military_doc", 7),
    "FRGN_PASS": ("foreign_passport_doc", 8),
    "RF_DRIVING_LICENSE": ("drivers_licence_doc", 9),
}
_DOC_SCOPES = frozenset({"id_doc", "birth_cert_doc", *(scope for scope, _ in FURTHER.values())})
_KID_DOC_SCOPES = frozenset({"kid_birth_cert_doc", "kid_medical_doc"})


def contacts(asked: Asked) -> Elements:
    person, both = asked.person, "contacts" in asked.scopes
    found: list[dict[str, object]] = []
    if person.email and (both or "email" in asked.scopes):
        found.append(contact(person.oid * 10 + 1, "EML", person.email))
    if person.phone and (both or "mobile" in asked.scopes):
        found.append(contact(person.oid * 10 + 2, "MBT", person.phone))
    return tuple(found)


def contact(contact_id: int, kind: str, value: str) -> dict[str, object]:
    return {"stateFacts": ["Identifiable"], "id": contact_id, "type": kind, "vrfStu": "VERIFIED", "value": value}


def documents(asked: Asked) -> Elements:
    """The document that proves who somebody is, and further ones, each with its own scope."""
    person = asked.person
    found = [_identity_document(person)] if _identity_scope(person) in asked.scopes and has_checked_document(person) else []
    return (*found, *(_further(person, kind) for kind in person.documents if FURTHER[kind][0] in asked.scopes))


def _identity_scope(person: Person) -> str:
    return "birth_cert_doc" if person.level is Level.CHILD else "id_doc"


def _identity_document(person: Person) -> dict[str, object]:
    """A birth certificate of a child's account, a foreign document of a foreigner, else a passport."""
    child = person.level is Level.CHILD
    home = "RF_BRTH_CERT" if child else "RF_PASSPORT"
    return {
        "stateFacts": ["EntityRoot"],
        "id": document_id(person),
        "type": home if person.citizenship == "RUS" else "FID_DOC",
        "vrfStu": "VERIFIED",
        "series": "I-АА" if child else "0000",
        "number": f"{person.oid % 1_000_000:06d}",
        "issueDate": wire_day(person.birth_date if child else date(2020, 1, 15)),
        "issueId": "000001",
        "issuedBy": "Учебный стенд",
    }


def _further(person: Person, kind: str) -> dict[str, object]:
    besides: dict[str, dict[str, object]] = {
        "FRGN_PASS": {"lastName": "TESTOV", "firstName": "TEST", "expiryDate": "15.01.2030"},
        "MDCL_PLCY": {"medicalOrg": "Учебная страховая", "unitedNumber": f"{person.oid:016d}"},
    }
    return {
        "stateFacts": ["EntityRoot"],
        "id": person.oid * 10 + FURTHER[kind][1],
        "type": kind,
        "vrfStu": "VERIFIED",
        "series": "00",
        "number": f"{person.oid % 10_000_000:07d}",
        "issueDate": "15.01.2020",
        **besides.get(kind, {}),
    }


def addresses(asked: Asked) -> Elements:
    """Where the person is registered, and where they live: the same place for everybody here."""
    person = asked.person
    if not person.address:
        return ()
    shared = {"stateFacts": ["Identifiable"], "addressStr": person.address, "countryId": "RUS", "vrfDdt": "0"}
    return tuple(
        {**shared, "id": person.oid * 10 + last, "type": kind} for kind, last in (("PRG", 3), ("PLV", 4))
    )


def vehicles(asked: Asked) -> Elements:
    return tuple(
        {
            "stateFacts": ["Identifiable"],
            "id": asked.person.oid * 100 + number,
            "name": f"Автомобиль {number}",
            "numberPlate": plate,
            "regCertificate": {"series": "0000", "number": f"{number:06d}"},
        }
        for number, plate in enumerate(asked.person.vehicles, start=1)
    )


def kid_documents(scopes: frozenset[str], kid: Person) -> Elements:
    """Documents of a child: the birth certificate, and the insurance policy."""
    certificate = {**_identity_document(kid), "type": "RF_BRTH_CERT" if kid.citizenship == "RUS" else "FID_BRTH_CERT"}
    certificate |= {"series": "I-АА", "issueDate": wire_day(kid.birth_date), "actNo": "1", "actDate": wire_day(kid.birth_date)}
    found = [certificate] if "kid_birth_cert_doc" in scopes else []
    return (*found, *([_further(kid, "MDCL_PLCY")] if "kid_medical_doc" in scopes else []))


def kids(asked: Asked) -> Elements:
    return tuple(_kid(asked.scopes, kid) for kid in asked.kids)


def _kid(scopes: frozenset[str], kid: Person) -> dict[str, object]:
    """The fields of a child, and inside it lists of documents and contacts, as far as scopes go."""
    nested: dict[str, object] = {}
    if scopes & _KID_DOC_SCOPES:
        nested["documents"] = listing([with_etag(one) for one in kid_documents(scopes, kid)])
    if scopes & {"kid_email", "kid_mobile"}:
        opened = frozenset(scope.removeprefix("kid_") for scope in scopes if scope.startswith("kid_"))
        nested["contacts"] = listing([with_etag(one) for one in contacts(Asked(kid, opened, ()))])
    return {"stateFacts": ["Identifiable"], "id": kid.oid, **visible(KID_FIELDS, scopes, kid), **nested}


def _named(organisation: Organisation) -> dict[str, object]:
    return {
        "oid": organisation.oid,
        "fullName": organisation.full_name,
        "shortName": organisation.short_name,
        "ogrn": organisation.ogrn,
        "type": organisation.kind,
    }


def organisations(asked: Asked) -> Elements:
    """As much as a role tells; the whole organisation has an address and scopes of its own."""
    return tuple({"stateFacts": ["Identifiable"], "id": one.oid, **_named(one)} for _, one in asked.work)


def roles(asked: Asked) -> Elements:
    return tuple(
        {
            "stateFacts": ["Identifiable"],
            **_named(one),
            "prnOid": asked.person.oid,
            "chief": job.is_chief,
            "admin": job.is_admin,
            "active": True,
            "isLiquidated": False,
            "hasRightOfSubstitution": False,
            "hasApprovalTabAccess": False,
            **{name: value for name, value in (("phone", one.phone), ("email", one.email)) if value},
        }
        for job, one in asked.work
    )


@dataclass(frozen=True, slots=True)
class Collection:
    """A sub-resource: its name inside `embed`, its schema, the scopes that open it (any of them), its elements.

    Roles are objects also where others are addresses; organisations have their addresses outside of the person (`elsewhere`).
    """

    embedded: str
    schema: str
    opened_by: frozenset[str]
    elements: Callable[[Asked], Elements]
    is_inline: bool = False
    elsewhere: str = ""


_KID_SCOPES = frozenset({*(scope for _, scope, _ in KID_FIELDS), *_KID_DOC_SCOPES, "kid_email", "kid_mobile"})
_MEMBER = frozenset({"usr_org"})
COLLECTIONS: Mapping[str, Collection] = {
    "ctts": Collection("contacts", "Contacts-1", frozenset({"contacts", "email", "mobile"}), contacts),
    "addrs": Collection("addresses", "Addresses-1", frozenset({"addresses"}), addresses),
    "docs": Collection("documents", "Documents-1", _DOC_SCOPES, documents),
    "vhls": Collection("vehicles", "Vehicles-1", frozenset({"vehicles"}), vehicles),
    "kids": Collection("kids", "Kids-1", _KID_SCOPES, kids),
    "orgs": Collection("organizations", "Organizations-1", _MEMBER, organisations, elsewhere="/rs/orgs"),
    "roles": Collection("roles", "Roles-1", _MEMBER, roles, is_inline=True),
}
