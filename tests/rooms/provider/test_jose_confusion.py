"""Every known forgery of JWTs at every place that reads one: the genuine one passes, no forgery does (RFC 8725 2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm

from broker.foundation.encoding import b64url
from broker.foundation.jose import public_jwk
from tests.rooms.provider.every_thing import KINDS, PLACES, Bench
from tests.rooms.provider.signing import JWKS, KEY
from tests.rooms.provider.stand import ISSUER

STRANGER = ec.generate_private_key(ec.SECP256R1())
# Which thing is read where. UserInfo reads access tokens, the exit hints; all others are named by their parameter.
READ = {
    "client_assertion": "client assertion", "request": "request object", "request at the push": "request object",
    "DPoP": "DPoP proof", "the UserInfo Endpoint": "access token as a JWT", "introspection": "access token as a JWT",
    "subject_token": "access token as a JWT", "id_token_hint": "ID token", "id_token_hint at the exit": "ID token",
}  # fmt: skip
Header = dict[str, Any]


class Genuine:
    """A genuine JWT taken apart; `public` is the key that verifies it."""

    def __init__(self, token: str, public: Any):
        self.head, self.body, self.signature = token.split(".")
        self.header: Header = json.loads(_bytes(self.head))
        self.public = public

    def by(self, key: ec.EllipticCurvePrivateKey, **header: Any) -> str:
        """Signed by somebody, with another header; None leaves a member out."""
        kept = {name: value for name, value in (self.header | {"alg": "ES256"} | header).items() if value is not None}
        return self.signed_raw(json.dumps(kept).encode(), key)

    def signed_raw(self, header: bytes, key: ec.EllipticCurvePrivateKey) -> str:
        text = f"{b64url(header)}.{self.body}"
        return f"{text}.{b64url(ECAlgorithm(ECAlgorithm.SHA256).sign(text.encode(), key))}"

    def mac(self, secret: bytes, algorithm: str = "HS256") -> str:
        text = f"{b64url(json.dumps(self.header | {'alg': algorithm}).encode())}.{self.body}"
        return f"{text}.{b64url(hmac.digest(secret, text.encode(), hashlib.sha256))}"

    def unsigned(self, algorithm: str, signature: str = "") -> str:
        return f"{b64url(json.dumps(self.header | {'alg': algorithm}).encode())}.{self.body}.{signature}"

    def with_claims(self, **claims: Any) -> str:
        """Another body under the old signature."""
        changed = json.loads(_bytes(self.body)) | claims
        return f"{self.head}.{b64url(json.dumps(changed).encode())}.{self.signature}"


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _pem(genuine: Genuine) -> bytes:
    return genuine.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _jwk(genuine: Genuine) -> bytes:
    return json.dumps(public_jwk(genuine.public)).encode()


# What anybody can make who has seen a genuine one and knows the public keys.
FORGERIES: Mapping[str, Callable[[Genuine], str]] = {
    "none": lambda genuine: genuine.unsigned("none"),
    "none in other letters": lambda genuine: genuine.unsigned("nOnE"),
    "none with a signature": lambda genuine: genuine.unsigned("none", genuine.signature),
    "no algorithm": lambda genuine: genuine.by(STRANGER, alg=None),
    "HS256 with the public key as PEM": lambda genuine: genuine.mac(_pem(genuine)),
    "HS256 with the public key as JWK": lambda genuine: genuine.mac(_jwk(genuine)),
    "HS256 with nothing": lambda genuine: genuine.mac(b""),
    "another key": lambda genuine: genuine.by(STRANGER),
    "an embedded jku": lambda genuine: genuine.by(STRANGER, jku="https://evil.example/jwks.json"),
    "an embedded x5u": lambda genuine: genuine.by(STRANGER, x5u="https://evil.example/cert.pem"),
    "an embedded x5c": lambda genuine: genuine.by(STRANGER, x5c=["AAAA"]),
    "a kid that is a path": lambda genuine: genuine.by(STRANGER, kid="../../../../dev/null"),
    "a kid that is a query": lambda genuine: genuine.by(STRANGER, kid="' OR 1=1 --"),
    "a signature of zeros": lambda genuine: f"{genuine.head}.{genuine.body}.{b64url(bytes(64))}",
    "a signature of the order": lambda genuine: f"{genuine.head}.{genuine.body}.{b64url(bytes([255]) * 64)}",
    "no signature": lambda genuine: f"{genuine.head}.{genuine.body}.",
    "two parts": lambda genuine: f"{genuine.head}.{genuine.body}",
    "four parts": lambda genuine: f"{genuine.head}.{genuine.body}.{genuine.signature}.",
    "five parts": lambda genuine: f"{genuine.head}..{genuine.body}.{genuine.signature}.AAAA",
    "other claims": lambda genuine: genuine.with_claims(sub="somebody", iss="somebody"),
    "an oversized header": lambda genuine: genuine.by(STRANGER, more="x" * 200_000),
    "an oversized body": lambda genuine: genuine.with_claims(more="x" * 200_000),
    "a deep header": lambda genuine: genuine.signed_raw(b'{"alg":"ES256","a":' + b"[" * 9_000 + b"]" * 9_000 + b"}", STRANGER),
    "a header that is a list": lambda genuine: genuine.signed_raw(b"[]", STRANGER),
    "a header of bytes": lambda genuine: genuine.signed_raw(b"\xff\xfe", STRANGER),
    "padding": lambda genuine: f"{genuine.head}=.{genuine.body}.{genuine.signature}",
    "JSON serialization": lambda genuine: json.dumps(
        {"protected": genuine.head, "payload": genuine.body, "signature": genuine.signature}
    ),
}
# What only the owner of the key can make, and what is refused even so: the header must not change what is checked.
BY_THE_OWNER: Mapping[str, Callable[[Genuine], str]] = {
    "an unknown crit": lambda genuine: genuine.by(KEY, crit=["exp2"], exp2=1),
    "an empty crit": lambda genuine: genuine.by(KEY, crit=[]),
    "a body that is not encoded": lambda genuine: genuine.by(KEY, crit=["b64"], b64=False),
    "an algorithm that is not the one used": lambda genuine: genuine.by(KEY, alg="ES384"),
    "another type": lambda genuine: genuine.by(KEY, typ="secevent+jwt"),
}
OWNED = ("client_assertion", "request", "request at the push")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("bench"))
    yield made
    made.stand.rooms.database.close()


def _genuine(bench: Bench, kind: str) -> Genuine:
    bench.stand.clock.advance(timedelta(seconds=6))
    bench.last = None
    token = KINDS[kind](bench)
    header = json.loads(_bytes(token.split(".")[0]))
    if "jwk" in header:
        return Genuine(token, PyJWK(header["jwk"], "ES256").key)
    ours = bench.party.http.get("/jwks", base_url=ISSUER).get_json()["keys"]
    known = {key["kid"]: key for key in [*ours, *JWKS["keys"]]}
    return Genuine(token, PyJWK(known[header["kid"]]).key)


@pytest.mark.parametrize("place", READ)
def test_no_forgery_passes_anywhere(bench: Bench, place: str) -> None:
    takes = PLACES[place][0]
    passed = []
    genuine = _genuine(bench, READ[place])
    for name, forge in FORGERIES.items():
        if takes(bench, forge(genuine)):
            passed.append(name)
    assert [] == passed
    # Nor has any of them spent or spoiled the genuine one, which shows that it was the forgery that was refused.
    assert takes(bench, f"{genuine.head}.{genuine.body}.{genuine.signature}")


@pytest.mark.parametrize("place", READ)
def test_a_key_that_is_brought_along_is_not_believed(bench: Bench, place: str) -> None:
    """But for DPoP, whose proofs bring their key: there it must not become somebody else's."""
    genuine = _genuine(bench, READ[place])
    forged = genuine.by(STRANGER, jwk=public_jwk(STRANGER.public_key()))

    assert (place == "DPoP") == PLACES[place][0](bench, forged)


@pytest.mark.parametrize("place", OWNED)
@pytest.mark.parametrize("how", BY_THE_OWNER)
def test_not_even_the_owner_of_the_key_may(bench: Bench, place: str, how: str) -> None:
    assert not PLACES[place][0](bench, BY_THE_OWNER[how](_genuine(bench, READ[place])))
