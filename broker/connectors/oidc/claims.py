"""Claims of an OpenID Provider in our words, by the operator's mapping. What the mapping does not say is not believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from broker.connectors.identity import Level, UpstreamIdentity
from broker.connectors.oidc.settings import ALWAYS, OidcSettings
from broker.connectors.port import UpstreamFailed
from broker.foundation.normal_forms import email_form, phone_form, russian_date, snils_digits, snils_sum_is_right

_MISSING = 2115
_MAX_TEXT = 200
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SEXES: Mapping[str, str] = {"male": "M", "female": "F", "M": "M", "F": "F"}
# Registered in RFC 8176 2; a word that is not ours to explain is not passed on.
_METHODS = frozenset(
    {
        *("face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina", "sc", "sms"),
        *("swk", "tel", "user", "vbm", "wia"),
    }
)


def identity_of(connector: str, settings: OidcSettings, claims: Mapping[str, Any]) -> UpstreamIdentity:
    """The identity that claims add up to. `claims` are those of a checked ID token, over those of UserInfo.

    Raises:
        UpstreamFailed: 2115, there is no name.
    """
    said = _Said(settings, claims)
    surname, name = said.text("surname"), said.text("name")
    missing = tuple(word for word, value in (("surname", surname), ("name", name)) if value is None)
    if missing:
        raise UpstreamFailed(_MISSING, "person without a name", missing)
    return UpstreamIdentity(
        connector=connector,
        subject=str(claims["sub"]),
        level=_level(settings, claims),
        surname=surname,
        name=name,
        patronymic=said.text("patronymic"),
        birth_date=_day(said.text("birth_date")),
        sex=_SEXES.get(said.text("sex") or ""),
        snils=_snils(said.checked("snils")),
        email=email_form(said.checked("email")),
        phone=phone_form(said.checked("phone")),
        child_of_parent=said.is_true("child_of_parent"),
        checks_pending=said.is_true("checks_pending"),
        methods=_methods(claims.get("amr")),
    )


class _Said:
    """Claims, read through the mapping."""

    def __init__(self, settings: OidcSettings, claims: Mapping[str, Any]):
        self._claim_of = settings.claim_of
        self._proof_of = settings.proof_of
        self._claims = claims

    def text(self, field: str) -> str | None:
        """A text that is there, is not endless and can be shown, else None. JSON can spell what no database keeps: half a
        character, and a zero byte."""
        value = self._claims.get(self._claim_of.get(field, ""))
        if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT or not value.strip().isprintable():
            return None
        return value.strip()

    def checked(self, field: str) -> str | None:
        """As `text`, if the mapping says that somebody has checked it, and by what one sees it."""
        proof = self._proof_of.get(field)
        is_checked = proof == ALWAYS or (proof is not None and self._claims.get(proof) is True)
        return self.text(field) if is_checked else None

    def is_true(self, field: str) -> bool:
        return self._claims.get(self._claim_of.get(field, "")) is True


def _level(settings: OidcSettings, claims: Mapping[str, Any]) -> Level:
    """Only what the mapping names is worth anything."""
    value = claims.get(settings.level_claim)
    word = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    return settings.level_of.get(word, Level.NOT_CONFIRMED) if isinstance(word, str) else Level.NOT_CONFIRMED


def _snils(text: str | None) -> str | None:
    digits = snils_digits(text)
    return digits if digits is not None and snils_sum_is_right(digits) else None


def _day(text: str | None) -> date | None:
    """`birthdate` of OpenID Connect Core 5.1, or as it is written in Russia. A year of 0000 means "not told"."""
    if text is None or not _ISO.fullmatch(text):
        return russian_date(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _methods(said: object) -> tuple[str, ...]:
    words = said if isinstance(said, list) else []
    return tuple(dict.fromkeys(word for word in words if isinstance(word, str) and word in _METHODS))
