"""A holder of a key that makes DPoP proofs (RFC 9449), with joserfc and not with our own code."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

# joserfc signs with whatever a test wants, also with what must be refused.
_ANY = ["ES256", "PS256", "EdDSA", "RS256", "ES384"]


@dataclass
class Holder:
    """`base` is the issuer or an alias of it. A change of None leaves a member out."""

    base: str
    now: Callable[[], datetime]
    key: ECKey | OKPKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    algorithm: str = "ES256"
    nonce: str | None = None

    @property
    def thumbprint(self) -> str:
        found: str = self.key.thumbprint()
        return found

    def claims(self, method: str, path: str, token: str | None = None, **changes: Any) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16), "htm": method, "htu": self.base + path, "iat": int(self.now().timestamp()),
            "nonce": self.nonce,
            "ath": None if token is None else hash_of(token),
        } | changes  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def proof(self, method: str, path: str, token: str | None = None, **changes: Any) -> str:
        return self.signed(self.claims(method, path, token, **changes))

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        whole = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.key.as_dict(private=False)} | header
        kept = {name: value for name, value in whole.items() if value is not None}
        found: str = jws.serialize_compact(kept, json.dumps(claims).encode(), self.key, algorithms=_ANY)
        return found


def hash_of(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()

