"""Believing ESIA's tokens: signature by a certificate we hold, algorithm pinned, issuer, audience, times, and one subject.

ESIA departs from the standards (numeric `sub`, an issuer with http and a slash, no `nonce`, no `kid`), so each claim is
checked by hand after the signature (RFC 7519 4.1, OpenID Connect Core 3.1.3.7).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.errors import CLOCKS_DIFFER, NOT_VERIFIED
from broker.connectors.esia.tokens.certificate import EsiaCertificate
from broker.connectors.esia.tokens.signature import require_signed
from broker.connectors.port import UpstreamFailed
from broker.foundation.jose import BadToken, SignedClaims, require_times

AS_ORGANISATION = 2113
_MAX_OID_DIGITS = 19
_SUBJECT = "urn:esia:sbj"


@dataclass(frozen=True, slots=True)
class Proven:
    """What the two tokens say once everything about them is checked. `oid` is the person's number at ESIA, in digits."""

    oid: str
    access_token: str
    level_word: str | None
    is_confirmed: bool
    kind: str
    methods: tuple[str, ...]

    def __repr__(self) -> str:
        return "Proven(...)"


class TokenCheck:
    """Checks ESIA's tokens with the certificates and the clock it was given."""

    def __init__(self, settings: EsiaSettings, held: Callable[[], Sequence[EsiaCertificate]], now: Callable[[], datetime]):
        """`held` says which certificates of ESIA there are now (`HeldCertificates.current`)."""
        self._settings = settings
        self._held = held
        self._now = now

    def require(self, id_token: str, access_token: str) -> Proven:
        """Both tokens, whole and of the same person.

        Raises:
            UpstreamFailed: 2105 when they come from the future, 2113 for an organisation, 2106 for every other doubt; `detail`
                names the token and what is wrong with it.
        """
        claims = self._claims(id_token, "id")
        oid = self.require_access(access_token)
        _require(_is_same(claims.get("aud"), self._settings.client_id), "id token: for somebody else")
        subject = claims.get(_SUBJECT)
        if not isinstance(subject, Mapping):
            raise UpstreamFailed(NOT_VERIFIED, "id token: without a subject")
        named = _oid(claims.get("sub"), "id token: sub is no number")
        _require(named == _oid(subject.get(f"{_SUBJECT}:oid"), "id token: oid is no number"), "id token: two subjects")
        _require(named == oid, "tokens of two people")
        return _proven(oid, access_token, subject, claims)

    def require_access(self, access_token: str) -> str:
        """The number of the person an access token is for.

        Raises:
            UpstreamFailed: as for `require`.
        """
        access = self._claims(access_token, "access")
        _require(_is_same(access.get("client_id"), self._settings.client_id), "access token: for somebody else")
        return _oid(access.get(f"{_SUBJECT}_id"), "access token: sbj_id is no number")

    def _claims(self, token: str, kind: str) -> SignedClaims:
        try:
            signed = require_signed(token, self._held(), self._settings, self._now())
            _require_kind(signed.header, kind)
            require_times(signed.claims, self._now(), self._settings.clock_leeway)
            if signed.claims.get("iat") is None:
                raise BadToken("no iat")
        except BadToken as error:
            cause = CLOCKS_DIFFER if error.reason == "not valid yet" else NOT_VERIFIED
            raise UpstreamFailed(cause, f"{kind} token: {error.reason}") from error
        _require(_is_same(signed.claims.get("iss"), self._settings.issuer), f"{kind} token: wrong issuer")
        return signed.claims


def _require_kind(header: Mapping[str, Any], kind: str) -> None:
    # Both words are under the signature that was just checked: a code or an access token is no ID token (RFC 8725 3.11).
    if header.get("typ") != "JWT":
        raise BadToken("wrong type")
    if header.get("sbt") != kind:
        raise BadToken("wrong kind of token")


def _proven(oid: str, access_token: str, subject: Mapping[str, Any], claims: Mapping[str, Any]) -> Proven:
    level = subject.get(f"{_SUBJECT}:lvl")
    amr = claims.get("amr")
    # OpenID Connect Core 2 wants a list; ESIA writes one word.
    words = amr if isinstance(amr, list) else [amr]
    if subject.get(f"{_SUBJECT}:typ") != "P":
        raise UpstreamFailed(AS_ORGANISATION, "not a person")
    return Proven(
        oid=oid,
        access_token=access_token,
        level_word=level if isinstance(level, str) else None,
        is_confirmed=subject.get(f"{_SUBJECT}:is_tru") is True,
        kind="P",
        methods=tuple(_METHODS[word] for word in words if isinstance(word, str) and word in _METHODS),
    )


# RFC 8176: a password, and the possession of a signature key.
_METHODS: Mapping[str, str] = {"PWD": "pwd", "DS": "pop"}


def _oid(value: object, otherwise: str) -> str:
    """The number of a person; ESIA writes it as a JSON number, which RFC 7519 4.1.2 forbids."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    _require(text.isascii() and text.isdigit() and 0 < len(text) <= _MAX_OID_DIGITS, otherwise)
    return str(int(text))


def _is_same(value: object, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), expected.encode())


def _require(is_true: bool, otherwise: str) -> None:
    if not is_true:
        raise UpstreamFailed(NOT_VERIFIED, otherwise)
