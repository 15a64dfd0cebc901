"""Access tokens as JWTs (RFC 9068), for clients whose resources read them without asking us."""

from __future__ import annotations

import hmac
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broker.foundation import jose
from broker.foundation.encoding import b64url, from_b64url
from broker.tokens.access import ID_SIZE, Access, instant, micro
from broker.tokens.confirmation import Confirmation
from broker.tokens.scopes import SCOPES
from broker.tokens.sealed import BadToken
from keys.signing.ring import KeyRing

# Told apart from every other JWT of ours by this alone, so it is compared exactly (RFC 9068 4, RFC 8725 3.11).
TYPE = "at+jwt"
# `jti`: grant, issued (microseconds; `iat` has only seconds), random
_ID = struct.Struct(f">16sQ{ID_SIZE}sx")
_NO_GRANT = b"\x00" * 16
_DEEPEST = 10


class SignedAccess:
    """Writes and reads the form of RFC 9068."""

    def __init__(self, issuer: str, ring: KeyRing):
        self._issuer = issuer
        self._ring = ring

    def write(self, access: Access, algorithm: str, about: Mapping[str, object]) -> str:
        """The token (RFC 9068 2.2). `about` has `sub` and what else is said of the person.

        Raises:
            NoSigner: no key signs with `algorithm`.
        """
        claims = dict(about) | {
            "iss": self._issuer,
            "aud": _one_or_list(access.audience or (self._issuer,)),
            "client_id": access.client_id,
            "iat": int(access.issued_at.timestamp()),
            "exp": int(access.expires_at.timestamp()),
            "jti": id_of(access),
            "scope": " ".join(access.scopes),
        }
        if access.confirmation is not None:
            claims["cnf"] = access.confirmation.cnf
        if access.actors:
            claims["act"] = acting(access.actors)
        return self._ring.sign(claims, algorithm, TYPE)

    def read(self, unverified_token: str) -> Access:
        """What the token says; whether it has expired is the caller's to ask.

        Raises:
            BadToken: not signed by us, of another kind, or not as we write it.
        """
        try:
            claims = self._ring.verify(unverified_token)
            kind = jose.unverified_header(unverified_token).get("typ")
        except jose.BadToken as error:
            raise BadToken(error.reason) from error
        if not isinstance(kind, str) or not hmac.compare_digest(kind.encode("utf-8"), TYPE.encode("ascii")):
            raise BadToken("another kind of token")
        if claims.get("iss") != self._issuer:
            raise BadToken("of another issuer")
        try:
            return self._access(claims)
        except (KeyError, TypeError, ValueError, AttributeError, struct.error) as error:
            raise BadToken("not a token as we write them") from error

    def _access(self, claims: Mapping[str, Any]) -> Access:
        grant, issued, random = _ID.unpack(from_b64url(claims["jti"]))
        named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        return Access(
            grant_id="" if grant == _NO_GRANT else grant.hex(),
            client_id=claims["client_id"],
            issued_at=instant(issued),
            expires_at=_whole(claims["exp"]),
            scopes=tuple(word for word in SCOPES if word in claims["scope"].split()),
            audience=() if named == [self._issuer] else tuple(named),
            confirmation=_confirmation(claims.get("cnf", {})),
            actors=_actors(claims.get("act")),
            id=random,
        )


def acting(actors: tuple[str, ...]) -> dict[str, object]:
    """The `act` claim: the present actor outside, earlier ones nested within (RFC 8693 4.1)."""
    found: dict[str, object] = {}
    for actor in reversed(actors):
        found = {"sub": actor} | ({"act": found} if found else {})
    return found


def id_of(access: Access) -> str:
    """A name for the token that tells nothing: the same as `jti` of its signed form."""
    grant = bytes.fromhex(access.grant_id) if access.grant_id else _NO_GRANT
    return b64url(_ID.pack(grant, micro(access.issued_at), access.id))


def _one_or_list(names: tuple[str, ...]) -> object:
    return names[0] if len(names) == 1 else list(names)


def _whole(seconds: int) -> datetime:
    return instant(int(seconds) * 1_000_000)


def _confirmation(cnf: Mapping[str, str]) -> Confirmation | None:
    if "jkt" in cnf:
        return Confirmation("jkt", cnf["jkt"])
    return Confirmation("x5t", cnf["x5t#S256"]) if cnf else None


def _actors(act: Any) -> tuple[str, ...]:
    found: list[str] = []
    while act is not None and len(found) < _DEEPEST:
        found.append(act["sub"])
        act = act.get("act")
    return tuple(found)
