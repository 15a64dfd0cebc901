"""The resources of a person at ESIA as frozen values. What we have no name for is kept in `others`; nothing shows in repr()."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from broker.connectors.esia.records.fields import Fields

Source = Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class PersonRecord:
    """`/prns/{oid}`. `gender` is M or F; `snils` as ESIA writes it; `document_id` names the identity document in force."""

    status: str | None
    surname: str | None
    name: str | None
    patronymic: str | None
    birth_date: date | None
    birth_place: str | None
    gender: str | None
    is_trusted: bool | None
    citizenship: str | None
    snils: str | None
    inn: str | None
    document_id: str | None
    is_verifying: bool | None
    made_by_parent: bool | None
    others: Source = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """`kind` is EML, MBT, PHN, CEM, CPH or a word we do not know."""

    id: str | None
    kind: str | None
    value: str | None
    is_verified: bool
    others: Source = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """`kind` is PRG (registration), PLV (living) or a word we do not know; parts of the address stay in `others`."""

    id: str | None
    kind: str | None
    text: str | None
    country: str | None
    zip_code: str | None
    region: str | None
    city: str | None
    street: str | None
    house: str | None
    flat: str | None
    fias_code: str | None
    others: Source = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """`kind` is RF_PASSPORT, FID_DOC, RF_BRTH_CERT, another of ESIA's words or one we do not know."""

    id: str | None
    kind: str | None
    series: str | None
    number: str | None
    issued_on: date | None
    issued_by: str | None
    issuer_code: str | None
    expires_on: date | None
    is_verified: bool
    others: Source = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Child:
    """A child of the person; `id` is the child's number at ESIA. `documents` are those sent along, None when there were none."""

    id: str | None
    surname: str | None
    name: str | None
    patronymic: str | None
    birth_date: date | None
    gender: str | None
    snils: str | None
    inn: str | None
    documents: tuple[Document, ...] | None
    others: Source = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Organisation:
    """`/orgs/{oid}`, or an entry of the person's list of organisations."""

    oid: str | None
    full_name: str | None
    short_name: str | None
    kind: str | None
    ogrn: str | None
    inn: str | None
    kpp: str | None
    others: Source = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Role:
    """What the person is in an organisation."""

    organisation_oid: str | None
    person_oid: str | None
    full_name: str | None
    short_name: str | None
    kind: str | None
    ogrn: str | None
    is_chief: bool | None
    is_admin: bool | None
    is_active: bool | None
    email: str | None
    phone: str | None
    others: Source = field(default_factory=dict)


def person_record(source: Source) -> PersonRecord:
    """A person."""
    read = Fields(source)
    return PersonRecord(
        status=read.text("status"),
        surname=read.text("lastName"),
        name=read.text("firstName"),
        patronymic=read.text("middleName"),
        birth_date=read.day("birthDate"),
        birth_place=read.long_text("birthPlace"),
        gender=_gender(read),
        is_trusted=read.flag("trusted"),
        citizenship=read.text("citizenship"),
        snils=read.text("snils"),
        inn=read.text("inn"),
        document_id=read.number("rIdDoc"),
        is_verifying=read.flag("verifying"),
        made_by_parent=read.flag("kidAccCreatedByParent"),
        others=read.others(),
    )


def contact(source: Source) -> Contact:
    """An e-mail address or a telephone."""
    read = Fields(source)
    return Contact(read.number("id"), read.text("type"), read.text("value"), read.is_verified(), read.others())


def address(source: Source) -> Address:
    """A postal address."""
    read = Fields(source)
    return Address(
        id=read.number("id"),
        kind=read.text("type"),
        text=read.long_text("addressStr"),
        country=read.text("countryId"),
        zip_code=read.text("zipCode"),
        region=read.text("region"),
        city=read.text("city"),
        street=read.text("street"),
        house=read.text("house"),
        flat=read.text("flat"),
        fias_code=read.text("fiasCode"),
        others=read.others(),
    )


def document(source: Source) -> Document:
    """A document."""
    read = Fields(source)
    return Document(
        id=read.number("id"),
        kind=read.text("type"),
        series=read.text("series"),
        number=read.text("number"),
        issued_on=read.day("issueDate"),
        issued_by=read.long_text("issuedBy"),
        issuer_code=read.text("issueId"),
        expires_on=read.day("expiryDate"),
        is_verified=read.is_verified(),
        others=read.others(),
    )


def child(source: Source) -> Child:
    """A child."""
    read = Fields(source)
    documents = read.listed("documents")
    elements = documents.get("elements") if documents else None
    return Child(
        id=read.number("id"),
        surname=read.text("lastName"),
        name=read.text("firstName"),
        patronymic=read.text("middleName"),
        birth_date=read.day("birthDate"),
        gender=_gender(read),
        snils=read.text("snils"),
        inn=read.text("inn"),
        documents=tuple(document(one) for one in elements if isinstance(one, dict)) if isinstance(elements, list) else None,
        others=read.others(),
    )


def organisation(source: Source) -> Organisation:
    """An organisation."""
    read = Fields(source)
    return Organisation(
        oid=read.number("oid"),
        full_name=read.long_text("fullName"),
        short_name=read.long_text("shortName"),
        kind=read.text("type"),
        ogrn=read.text("ogrn"),
        inn=read.text("inn"),
        kpp=read.text("kpp"),
        others=read.others(),
    )


def role(source: Source) -> Role:
    """A role in an organisation."""
    read = Fields(source)
    return Role(
        organisation_oid=read.number("oid"),
        person_oid=read.number("prnOid"),
        full_name=read.long_text("fullName"),
        short_name=read.long_text("shortName"),
        kind=read.text("type"),
        ogrn=read.text("ogrn"),
        is_chief=read.flag("chief"),
        is_admin=read.flag("admin"),
        is_active=read.flag("active"),
        email=read.text("email"),
        phone=read.text("phone"),
        others=read.others(),
    )


def _gender(read: Fields) -> str | None:
    word = read.text("gender")
    return word if word in ("M", "F") else None
