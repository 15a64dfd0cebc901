"""PKCE at ESIA (RFC 7636): by SHA-256, or by Streebog-256 under a method name of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from broker.connectors.esia.signing.gost_curve import streebog
from broker.foundation.encoding import b64url

_DIGESTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "S256": lambda data: hashlib.sha256(data).digest(),
    "GOST3411": streebog,
}
METHODS: Final = ("", *_DIGESTS)


def challenge_of(method: str, verifier: str) -> dict[str, str]:
    """The two parameters of an authorization request; none for the method "". `verifier` is 43 to 128 characters."""
    if not method:
        return {}
    return {"code_challenge": b64url(_DIGESTS[method](verifier.encode("ascii"))), "code_challenge_method": method}
