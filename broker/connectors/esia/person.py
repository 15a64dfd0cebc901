"""ESIA's person in our words: one identity of tokens, person resource, contacts and children."""

from __future__ import annotations

from collections.abc import Sequence

from broker.connectors.esia.records.received import Received
from broker.connectors.esia.records.values import Child, Contact, PersonRecord
from broker.connectors.esia.talk.codes import NOT_VERIFIED
from broker.connectors.esia.tokens.token_check import Proven
from broker.connectors.identity import Level, UpstreamChild, UpstreamIdentity
from broker.connectors.port import UpstreamFailed
from broker.foundation.normal_forms import email_form, phone_form, snils_digits, snils_sum_is_right

_INCOMPLETE = 2115
_REGISTERED = "REGISTERED"


def identity_of(connector: str, proven: Proven, found: Received) -> UpstreamIdentity:
    """The identity that tokens and resources add up to. Absent means "not granted or not known"; nothing is guessed.

    Raises:
        UpstreamFailed: the account is deleted, or ESIA sent no name (2115).
    """
    person = found.person
    if (person.status or _REGISTERED) != _REGISTERED:
        raise UpstreamFailed(NOT_VERIFIED, "account is not registered")
    missing = tuple(word for word, value in (("surname", person.surname), ("name", person.name)) if value is None)
    if missing:
        raise UpstreamFailed(_INCOMPLETE, "person without a name", missing)
    level = _level(proven, person)
    contacts = found.contacts or ()
    return UpstreamIdentity(
        connector=connector,
        subject=proven.oid,
        level=level,
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        birth_date=person.birth_date,
        sex=person.gender,
        snils=_checked_snils(level, person),
        email=email_form(_verified_contact(contacts, "EML")),
        phone=phone_form(_verified_contact(contacts, "MBT")),
        child_of_parent=person.made_by_parent is True,
        checks_pending=person.is_verifying is True,
        methods=proven.methods,
        children=_children(found.children),
    )


def _level(proven: Proven, person: PersonRecord) -> Level:
    """The level both the signed token and the person resource agree on; the lower one when they do not."""
    if proven.level_word == "KD":
        return Level.CHILD
    is_confirmed = proven.is_confirmed and proven.level_word in ("PR", None)
    return Level.CONFIRMED if is_confirmed and person.is_trusted is True else Level.NOT_CONFIRMED


def _checked_snils(level: Level, person: PersonRecord) -> str | None:
    """SNILS that ESIA has checked.

    Nothing in ESIA's answer says "standard account". One that is not confirmed counts as checked when SNILS and identity
    document are both there and no check is running; a self-typed SNILS must never find somebody's card.
    """
    digits = _snils(person.snils)
    if digits is None or level is not Level.NOT_CONFIRMED:
        return digits
    is_checked = person.document_id is not None and person.is_verifying is not True
    return digits if is_checked else None


def _snils(text: str | None) -> str | None:
    digits = snils_digits(text)
    return digits if digits is not None and snils_sum_is_right(digits) else None


def _verified_contact(contacts: Sequence[Contact], kind: str) -> str | None:
    return next((contact.value for contact in contacts if contact.kind == kind and contact.is_verified), None)


def _children(children: Sequence[Child] | None) -> tuple[UpstreamChild, ...] | None:
    """One without a number at ESIA cannot be told from another, so all of them count as not received."""
    if children is None or any(child.id is None for child in children):
        return None
    return tuple(
        UpstreamChild(
            subject=child.id or "",
            surname=child.surname,
            name=child.name,
            patronymic=child.patronymic,
            birth_date=child.birth_date,
            sex=child.gender,
            snils=_snils(child.snils),
        )
        for child in children
    )
