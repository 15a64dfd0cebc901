"""Whose signature is under a token of ESIA: by a certificate that we hold, with an algorithm that the settings name.

ESIA's GOST tokens are JWS in form (RFC 7515) with an algorithm that no registry knows: 64 bytes, s then r, over Streebog-256 of
the bytes that came. They are never written anew before checking: ESIA escapes the slashes of its JSON.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.verify import GostPublicKey, verify_raw
from broker.connectors.esia.tokens.certificate import EsiaCertificate
from broker.foundation.encoding import b64url, from_b64url
from broker.foundation.jose import (
    BadToken,
    SignedClaims,
    claims_without_checking_signature,
    unverified_header,
    verify,
)

_THUMBPRINT = "x5t#St256"
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Signed:
    """A token whose signature fits: header and claims are both under it."""

    header: Mapping[str, Any]
    claims: SignedClaims


def require_signed(token: str, held: Sequence[EsiaCertificate], settings: EsiaSettings, now: datetime) -> Signed:
    """The token's content, once the signature is that of a certificate which still counts.

    Raises:
        BadToken: with a reason of its own for each of: form, algorithm, no certificate for it, unknown signer, signature, a
            certificate that has ended.
    """
    header = unverified_header(token)
    _require_canonical(token)
    algorithm = header.get("alg")
    # Pinned by us: what a token says of itself only has to agree (RFC 8725 3.1).
    if algorithm not in settings.algorithms:
        raise BadToken("another algorithm")
    fitting = [one for one in held if one.algorithm == algorithm]
    if not fitting:
        raise BadToken("no certificate for the algorithm")
    named = header.get(_THUMBPRINT)
    for one in sorted(fitting, key=lambda one: not _is_named(one, named)):
        claims = _claims_signed_by(one, token)
        if claims is None:
            continue
        if not one.is_believed(now, settings.esia_certificate_grace):
            raise BadToken("signed with a certificate that has ended")
        return Signed(header, claims)
    is_unknown = isinstance(named, str) and not any(_is_named(one, named) for one in fitting)
    raise BadToken("signed with a certificate that we do not hold" if is_unknown else "bad signature")


def _is_named(one: EsiaCertificate, named: object) -> bool:
    """Whether the header speaks of this one: good for trying it first, for nothing else."""
    return isinstance(named, str) and hmac.compare_digest(named.encode(), one.thumbprint.encode())


def _claims_signed_by(one: EsiaCertificate, token: str) -> SignedClaims | None:
    if not isinstance(one.key, GostPublicKey):
        try:
            return verify(token, one.key, [one.algorithm])
        except BadToken:
            return None
    signed, _, signature = token.rpartition(".")
    if not verify_raw(one.key, signed.encode("ascii"), from_b64url(signature)):
        return None
    return SignedClaims(claims_without_checking_signature(token))


def _require_canonical(token: str) -> None:
    """One text for each token: spare bits of base64 would let a signature be written in several ways (RFC 4648 3.5)."""
    parts = token.split(".")
    try:
        is_canonical = len(parts) == _PARTS and all(b64url(from_b64url(part)) == part for part in parts)
    except ValueError:
        is_canonical = False
    if not is_canonical:
        raise BadToken("malformed token")
