"""What an armed fault does to a token: its header, its claims, its signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from broker.mock_esia.tokens.key import GOST, RS256, TokenKey
from broker.mock_esia.tokens.key_files import pem_of
from broker.mock_esia.tokens.ring import KeyRing

_DAY = 86400
_SUBJECT = "urn:esia:sbj"

Part = dict[str, object]


def spoilt_header(header: Part, flaw: str | None) -> Part:
    """The header as the fault makes it."""
    changes: dict[str, Part] = {
        "hmac_with_public_key": {"alg": "HS256"},
        "alg_none": {"alg": "none"},
        "wrong_type": {"typ": "at+jwt"},
        "wrong_sbt": {"sbt": {"id": "access", "access": "id"}.get(str(header["sbt"]), header["sbt"])},
    }
    return {**header, **changes.get(flaw or "", {})}


def spoilt_claims(claims: Part, flaw: str | None) -> Part:
    """The claims as the fault makes them; a claim that this token does not have is not added."""
    change = _CLAIM_CHANGES.get(flaw or "")
    return {**claims, **{name: value for name, value in change(claims).items() if name in claims}} if change else claims


def _moved(claims: Part, seconds: int) -> Part:
    return {name: int(str(claims[name])) + seconds for name in ("iat", "nbf", "exp") if name in claims}


def _subject(claims: Part, **changes: object) -> Part:
    subject = claims.get(_SUBJECT)
    if not isinstance(subject, dict):
        return {}
    whole = {**subject, **{f"{_SUBJECT}:{name}": value for name, value in changes.items()}}
    return {_SUBJECT: {name: value for name, value in whole.items() if value is not None}}


def _another_person(claims: Part) -> Part:
    oid = int(str(claims.get("sub", 0))) + 1
    return {"sub": oid, **_subject(claims, oid=oid, nam=f"OID.{oid}")}


_CLAIM_CHANGES: dict[str, Callable[[Part], Part]] = {
    "wrong_issuer": lambda _: {"iss": "http://other.example/"},
    "wrong_audience": lambda _: {"aud": "SOMEBODY_ELSE"},
    "wrong_subject": _another_person,
    "organisation": lambda claims: _subject(claims, typ="O"),
    "expired": lambda claims: _moved(claims, -_DAY),
    "not_yet_valid": lambda claims: _moved(claims, _DAY),
    "lowered_level": lambda claims: _subject(claims, lvl="P", is_tru=None),
}


def key_for(ring: KeyRing, alg: str, flaw: str | None) -> TokenKey:
    """The key that signs; some faults choose a wrong one."""
    if flaw == "another_key":
        return ring.unpublished(alg)
    if flaw == "expired_certificate":
        return ring.expired(alg)
    if flaw == "wrong_algorithm":
        return ring.current(GOST if alg == RS256 else RS256)
    return ring.current(alg)


def signature_by(key: TokenKey, message: bytes, flaw: str | None) -> bytes:
    """The signature as the fault makes it."""
    if flaw == "alg_none":
        return b""
    if flaw == "hmac_with_public_key":
        return hmac.new(pem_of(key.der), message, hashlib.sha256).digest()
    made = key.sign(message)
    if flaw == "bad_signature":
        return made[::-1]
    if flaw == "swapped_halves":
        half = len(made) // 2
        return made[half:] + made[:half]
    return made
