"""Believing ESIA's tokens: signature by a certificate we hold, algorithm pinned, issuer, audience, times, and one subject.

ESIA departs from the standards (numeric `sub`, an issuer with http and a slash, no `nonce`, no `kid`), so each claim is
checked by hand after the signature (RFC 7519 4.1, OpenID Connect Core 3.1.3.7).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.errors import CLOCKS_DIFFER, NOT_VERIFIED
from broker.connectors.port import UpstreamFailed
from broker.foundation.jose import BadToken, SignedClaims, require_times, unverified_header, verify

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


def read_certificates(files: Sequence[Path]) -> tuple[RSAPublicKey, ...]:
    """ESIA's public keys from certificate files (DER or PEM), in the order given.

    Raises:
        ValueError: a file cannot be read or holds no RSA certificate.
    """
    return tuple(_read_certificate(file) for file in files)


def load_certificate(file: Path) -> x509.Certificate:
    """A certificate of ESIA from its file, DER or PEM.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        data = file.read_bytes()
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        return x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
    except (OSError, ValueError, x509.UnsupportedGeneralNameType) as error:
        raise ValueError("esia.esia_certificate_files names a file that is not a readable certificate") from error


def _read_certificate(file: Path) -> RSAPublicKey:
    try:
        key = load_certificate(file).public_key()
    except ValueError as error:
        raise ValueError("esia.esia_certificate_files names a file that is not a readable certificate") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError("esia.esia_certificate_files names a certificate without an RSA key of 2048 bits")
    return key


class TokenCheck:
    """Checks ESIA's tokens with the certificates and the clock it was given."""

    def __init__(self, settings: EsiaSettings, keys: Sequence[RSAPublicKey], now: Callable[[], datetime]):
        self._settings = settings
        self._keys = tuple(keys)
        self._now = now

    def require(self, id_token: str, access_token: str) -> Proven:
        """Both tokens, whole and of the same person.

        Raises:
            UpstreamFailed: 2105 when they come from the future, 2113 for an organisation, 2106 for every other doubt.
        """
        try:
            claims = self._claims(id_token, "id")
            access = self._claims(access_token, "access")
        except BadToken as error:
            cause = CLOCKS_DIFFER if error.reason == "not valid yet" else NOT_VERIFIED
            raise UpstreamFailed(cause, f"token: {error.reason}") from error
        _require(_is_same(claims.get("aud"), self._settings.client_id), "id token for somebody else")
        _require(_is_same(access.get("client_id"), self._settings.client_id), "access token for somebody else")
        subject = claims.get(_SUBJECT)
        if not isinstance(subject, Mapping):
            raise UpstreamFailed(NOT_VERIFIED, "token: id token without a subject")
        oid = _oid(claims.get("sub"))
        _require(oid == _oid(subject.get(f"{_SUBJECT}:oid")), "id token with two subjects")
        _require(oid == _oid(access.get(f"{_SUBJECT}_id")), "tokens of two people")
        return _proven(oid, access_token, subject, claims)

    def _claims(self, token: str, kind: str) -> SignedClaims:
        claims = self._signed(token)
        if unverified_header(token).get("sbt") != kind:
            # The header is under the signature that was just checked; a code or an access token is no ID token.
            raise BadToken("wrong kind of token")
        require_times(claims, self._now(), self._settings.clock_leeway)
        if not _is_same(claims.get("iss"), self._settings.issuer):
            raise BadToken("wrong issuer")
        return claims

    def _signed(self, token: str) -> SignedClaims:
        # No `kid` and no key set exist at ESIA; during the yearly change of certificates either may be in use.
        for key in self._keys:
            try:
                return verify(token, key, self._settings.algorithms)
            except BadToken as error:
                last = error
        raise last


def _proven(oid: str, access_token: str, subject: Mapping[str, Any], claims: Mapping[str, Any]) -> Proven:
    level = subject.get(f"{_SUBJECT}:lvl")
    amr = claims.get("amr")
    words = amr if isinstance(amr, list) else [amr]
    if subject.get(f"{_SUBJECT}:typ") != "P":
        raise UpstreamFailed(2113, "not a person")
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


def _oid(value: object) -> str:
    """The number of a person; ESIA writes it as a JSON number, which RFC 7519 4.1.2 forbids."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    _require(text.isascii() and text.isdigit() and 0 < len(text) <= _MAX_OID_DIGITS, "subject is not a number")
    return str(int(text))


def _is_same(value: object, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), expected.encode())


def _require(is_true: bool, otherwise: str) -> None:
    if not is_true:
        raise UpstreamFailed(NOT_VERIFIED, f"token: {otherwise}")
