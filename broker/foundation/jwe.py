"""The only importer of joserfc: JWE encryption to somebody else's key, with both algorithms always named (RFC 7516, RFC 7518)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import import_key

# RFC 7518 4.1 without RSA1_5 (RFC 8725 3.2) and without what needs a shared secret; 5.1 whole but for 192 bits.
KEY_MANAGEMENT_ALGORITHMS = ("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
CONTENT_ENCRYPTIONS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")

# What makes a key, and nothing else that its owner wrote beside it (RFC 7518 6, RFC 8037 2).
_MATERIAL = ("kty", "n", "e", "crv", "x", "y")


class CannotEncrypt(Exception):
    """The key does not fit the algorithm, or an algorithm is not one of ours. `reason` is static text."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def encrypt(content: str, jwk: Mapping[str, Any], header: Mapping[str, str]) -> str:
    """A compact JWE (RFC 7516 7.1) that only the holder of the private half can read.

    `header` names `alg` and `enc`, and `cty` when the content is itself a JWT (RFC 7519 5.2); the key's `kid` is added. Nothing
    is compressed: lengths would tell of contents (RFC 8725 3.6).

    Raises:
        CannotEncrypt: see there.
    """
    algorithms = (header["alg"], header["enc"])
    if algorithms[0] not in KEY_MANAGEMENT_ALGORITHMS or algorithms[1] not in CONTENT_ENCRYPTIONS:
        raise CannotEncrypt("not an algorithm of ours")
    named = dict(header) | ({"kid": jwk["kid"]} if "kid" in jwk else {})
    try:
        key = import_key({name: jwk[name] for name in _MATERIAL if name in jwk})
        return jwe.encrypt_compact(named, content.encode("utf-8"), key, algorithms=algorithms)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise CannotEncrypt("the key does not fit") from error
