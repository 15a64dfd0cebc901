"""The only importer of joserfc: JWE to somebody else's key and to ours, both algorithms always named (RFC 7516, RFC 7518)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from broker.foundation.encoding import from_b64url

# RFC 7518 4.1 without RSA1_5 (RFC 8725 3.2) and without what needs a shared secret; 5.1 whole but for 192 bits.
KEY_MANAGEMENT_ALGORITHMS = ("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
CONTENT_ENCRYPTIONS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")

# By what an algorithm for the key begins: the type of key it needs (RFC 7518 4.3, 4.6).
_KEY_TYPES = {"RSA": "RSA", "ECDH": "EC"}
# Content of ours is a few thousand signs; base64 and the wrapped key make it half as long again.
MAX_JWE_CHARS = 24_000
# A header may hold names that the library does not know (RFC 7516 4, RFC 7519 5.3). Compression is none of the algorithms.
_REGISTRY = jwe.JWERegistry(algorithms=[*KEY_MANAGEMENT_ALGORITHMS, *CONTENT_ENCRYPTIONS], strict_check_header=False)

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
        return jwe.encrypt_compact(named, content.encode("utf-8"), key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise CannotEncrypt("the key does not fit") from error


class CannotDecrypt(Exception):
    """Not a JWE that this key opens. One word for everything, because an answer that tells why is an oracle (RFC 7516 11.5)."""


def unverified_jwe_header(token: str) -> Mapping[str, Any]:
    """The protected header of a compact JWE that nobody has opened: good for choosing a key, for nothing else.

    Raises:
        CannotDecrypt: five parts are not there, it is too long, `alg` or `enc` is not one of ours, or there is a critical header.
    """
    if len(token) > MAX_JWE_CHARS or token.count(".") != 4:
        raise CannotDecrypt
    try:
        header = json.loads(from_b64url(token.partition(".")[0]))
    except (ValueError, RecursionError) as error:
        raise CannotDecrypt from error
    if not isinstance(header, dict) or "crit" in header or "zip" in header:
        raise CannotDecrypt
    if header.get("alg") not in KEY_MANAGEMENT_ALGORITHMS or header.get("enc") not in CONTENT_ENCRYPTIONS:
        raise CannotDecrypt
    return header


def key_type_of(algorithm: str) -> str:
    """The `kty` that an algorithm of ours needs."""
    return next(kind for begin, kind in _KEY_TYPES.items() if algorithm.startswith(begin))


def decrypt(token: str, private_jwk: Any) -> str:
    """The content of a compact JWE; `private_jwk` comes from `private_half`.

    Raises:
        CannotDecrypt: see there.
    """
    unverified_jwe_header(token)
    try:
        opened = jwe.decrypt_compact(token, private_jwk, registry=_REGISTRY)
        return (opened.plaintext or b"").decode("utf-8")
    # The library lets errors of its own parts through, whatever a stranger has written into `epk` or the header.
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CannotDecrypt from error


def private_half(pkcs8: bytes, kind: str) -> Any:
    """A private key (PKCS #8 in DER, RFC 5958) of `kty` RSA or EC as `decrypt` takes it."""
    return import_key(pkcs8, "RSA" if kind == "RSA" else "EC")
