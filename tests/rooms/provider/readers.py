"""How a client reads what we sign and encrypt: with another library, its own key, and the algorithms it registered."""

from __future__ import annotations

import warnings
from typing import Any

from joserfc import jwe, jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from broker.foundation.jwe import CONTENT_ENCRYPTIONS, KEY_MANAGEMENT_ALGORITHMS
from tests.rooms.provider.stand import ISSUER, Stand

SIGNATURES = ["RS256", "PS256", "ES256", "EdDSA"]
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "enc"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "enc"})
OKP = OKPKey.generate_key("X25519", {"kid": "okp-1"})
ENCRYPTION_KEYS = {"keys": [key.as_dict(private=False) for key in (RSA, EC, OKP)]}


def opened(text: str, key: Any, alg: str, enc: str) -> tuple[dict[str, Any], str]:
    """The header and the content of a JWE, which must use exactly these algorithms."""
    found = jwe.decrypt_compact(text, key, algorithms=[alg, enc])
    assert (alg, enc) == (found.protected["alg"], found.protected["enc"])
    assert alg in KEY_MANAGEMENT_ALGORITHMS and enc in CONTENT_ENCRYPTIONS
    return dict(found.protected), (found.plaintext or b"").decode()


def read_jwt(stand: Stand, text: str, algorithm: str) -> dict[str, Any]:
    """The claims of a JWT of ours, signed with this algorithm by a published key."""
    keys = KeySet.import_key_set(stand.app.test_client().get("/jwks", base_url=ISSUER).json)
    with warnings.catch_warnings():
        # RFC 9864 would have EdDSA called Ed25519; clients in the field and the profiles say EdDSA.
        warnings.simplefilter("ignore", SecurityWarning)
        found = jwt.decode(text, keys, algorithms=[algorithm], registry=jws.JWSRegistry(algorithms=SIGNATURES))
    assert {"alg", "kid", "typ"} == set(found.header)
    return dict(found.claims)
