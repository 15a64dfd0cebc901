"""Signed documents about the chain: checkpoints and the manifests of exports. Pure, so that a verifier needs nothing of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from broker.audit.entry import GENESIS, Head
from broker.foundation import jose
from broker.foundation.encoding import b64url, canonical_json
from broker.foundation.jose import BadToken

ALGORITHM = "EdDSA"
CHECKPOINT_TYPE = "audit-checkpoint+jwt"
MANIFEST_TYPE = "audit-export+jwt"
_THUMBPRINT_OF = {"OKP": ("crv", "kty", "x")}


class Forged(Exception):
    """A document that we did not sign, or not like this. `problem` is static text."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class AuditKey:
    """A public key of the journal with its history. `revoked_at` is set when it was stolen: from then on nothing by it counts."""

    jwk: Mapping[str, str]
    state: str
    made_at: datetime
    moved_at: datetime

    @property
    def kid(self) -> str:
        return self.jwk["kid"]

    @property
    def revoked_at(self) -> datetime | None:
        return self.moved_at if self.state == "revoked" else None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Our signed word that the chain ended in `head` at `at`. `previous` is the hex SHA-256 of the checkpoint before this one."""

    number: int
    head: Head
    at: datetime
    previous: str
    kid: str
    document: str = field(repr=False)

    @property
    def seq(self) -> int:
        return self.head.seq

    @property
    def fingerprint(self) -> str:
        """What the next checkpoint names as its predecessor."""
        return fingerprint_of(self.document)


def fingerprint_of(document: str) -> str:
    return hashlib.sha256(document.encode("utf-8")).hexdigest()


def checkpoint_claims(number: int, head: Head, at: datetime, previous: str = GENESIS) -> dict[str, Any]:
    """What a checkpoint says."""
    return {"number": number, "seq": head.seq, "hash": head.hash, "at": instant(at), "previous": previous}


def instant(at: datetime) -> str:
    """An instant as the journal writes it: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class PublicKeys:
    """Whose signatures count. Made from key lines of an export or from a JWK Set that somebody keeps of us."""

    def __init__(self, keys: Iterable[AuditKey]):
        self._keys = {key.kid: key for key in keys}

    def __contains__(self, kid: object) -> bool:
        return kid in self._keys

    def jwk(self, kid: str) -> Mapping[str, str] | None:
        """The public half of a key, if it is among these."""
        key = self._keys.get(kid)
        return None if key is None else key.jwk

    def claims(self, document: str, typ: str) -> tuple[str, Mapping[str, Any]]:
        """The kid and the claims of a document of ours.

        Raises:
            Forged: none of these keys signed it, it is of another type, or its key had been revoked before it was made.
        """
        try:
            header = jose.unverified_header(document)
            key = self._keys.get(str(header.get("kid")))
            if key is None:
                raise Forged("is signed by a key that is not ours")
            claims = jose.verify(document, jose.key_of_jwk(_bare(key.jwk), ALGORITHM), (ALGORITHM,))
        except BadToken:
            raise Forged("carries a signature that is not ours") from None
        if header.get("typ") != typ:
            raise Forged("is a document of another kind")
        if key.revoked_at is not None and _at(claims) >= key.revoked_at:
            raise Forged("is signed by a key that had been revoked")
        return key.kid, claims

    def checkpoint(self, document: str) -> Checkpoint:
        """A checkpoint that one of these keys signed.

        Raises:
            Forged: see `claims`; or it does not say what a checkpoint says.
        """
        kid, claims = self.claims(document, CHECKPOINT_TYPE)
        try:
            head = Head(int(claims["seq"]), str(claims["hash"]))
            return Checkpoint(int(claims["number"]), head, _at(claims), str(claims["previous"]), kid, document)
        except (KeyError, ValueError, TypeError):
            raise Forged("is a document of another kind") from None


def require_thumbprint(jwk: Mapping[str, Any]) -> None:
    """The `kid` of our keys is their thumbprint (RFC 7638 3), so a key cannot be passed off as another one.

    Raises:
        Forged: it is not, or this is no key of a kind that we use here.
    """
    members = _THUMBPRINT_OF.get(str(jwk.get("kty")), ())
    if not members or not all(isinstance(jwk.get(name), str) for name in members):
        raise Forged("is not a key of the journal")
    if jwk.get("kid") != b64url(hashlib.sha256(canonical_json({name: jwk[name] for name in members})).digest()):
        raise Forged("has a name that is not its thumbprint")


def _bare(jwk: Mapping[str, str]) -> dict[str, str]:
    return {name: jwk[name] for name in ("kty", "crv", "x") if name in jwk}


def _at(claims: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(claims["at"])
    except (KeyError, TypeError, ValueError):
        raise Forged("does not say when it was made") from None
    if at.tzinfo is None:
        raise Forged("does not say when it was made")
    return at
