"""ESIA's person resource in our words. Absent means "not granted or not known"; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.connectors.esia.talk.errors import NOT_VERIFIED
from broker.connectors.esia.tokens.token_check import Proven
from broker.connectors.identity import Level, UpstreamIdentity
from broker.connectors.port import UpstreamFailed
from broker.foundation.normal_forms import email_form, phone_form, russian_date, snils_digits, snils_sum_is_right

_MAX_TEXT = 200


def identity_of(
    connector: str, proven: Proven, person: Mapping[str, Any], contacts: Mapping[str, Any]
) -> UpstreamIdentity:
    """The identity that tokens, person resource and contacts (possibly empty) add up to.

    Raises:
        UpstreamFailed: the account is deleted, or ESIA sent no name (2115).
    """
    if person.get("status", "REGISTERED") != "REGISTERED":
        raise UpstreamFailed(NOT_VERIFIED, "account is not registered")
    surname, name = _text(person, "lastName"), _text(person, "firstName")
    missing = tuple(word for word, value in (("surname", surname), ("name", name)) if value is None)
    if missing:
        raise UpstreamFailed(2115, "person without a name", missing)
    level = _level(proven, person)
    return UpstreamIdentity(
        connector=connector,
        subject=proven.oid,
        level=level,
        surname=surname,
        name=name,
        patronymic=_text(person, "middleName"),
        birth_date=russian_date(_text(person, "birthDate")),
        sex=_sex(person),
        snils=_checked_snils(level, person),
        email=email_form(_verified_contact(contacts, "EML")),
        phone=phone_form(_verified_contact(contacts, "MBT")),
        child_of_parent=person.get("kidAccCreatedByParent") is True,
        checks_pending=person.get("verifying") is True,
        methods=proven.methods,
    )


def _level(proven: Proven, person: Mapping[str, Any]) -> Level:
    """The level both the signed token and the person resource agree on; the lower one when they do not."""
    if proven.level_word == "KD":
        return Level.CHILD
    is_confirmed = proven.is_confirmed and proven.level_word in ("PR", None)
    return Level.CONFIRMED if is_confirmed and person.get("trusted") is True else Level.NOT_CONFIRMED


def _checked_snils(level: Level, person: Mapping[str, Any]) -> str | None:
    """SNILS that ESIA has checked.

    Nothing in ESIA's answer says "standard account". One that is not confirmed counts as checked when SNILS and identity
    document are both there and no check is running; a self-typed SNILS must never find somebody's card.
    """
    digits = snils_digits(_text(person, "snils"))
    if digits is None or not snils_sum_is_right(digits):
        return None
    if level is not Level.NOT_CONFIRMED:
        return digits
    is_checked = bool(person.get("rIdDoc")) and person.get("verifying") is not True
    return digits if is_checked else None


def _verified_contact(contacts: Mapping[str, Any], kind: str) -> str | None:
    elements = contacts.get("elements")
    for element in elements if isinstance(elements, list) else ():
        if isinstance(element, dict) and element.get("type") == kind and element.get("vrfStu") == "VERIFIED":
            return _text(element, "value")
    return None


def _sex(person: Mapping[str, Any]) -> str | None:
    word = person.get("gender")
    return word if word in ("M", "F") else None


def _text(source: Mapping[str, Any], name: str) -> str | None:
    value = source.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
        return None
    return value.strip()
