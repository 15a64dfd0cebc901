"""Keys by value and by address: which are believed, how long, and how often the address is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from broker.clients.client import Client
from broker.clients.key_sets import KeySets
from broker.clients.settings import ClientSettings
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.foundation.jose import BadToken, public_jwk
from broker.foundation.public_jwks import believed, fits, is_encryption_key, is_signature_key
from tests.rooms.clients.samples import DIARY, ec_jwk, rsa_jwk
from tests.support.clock import Clock

URI = "https://diary.example/jwks"
EC, RSA = ec_jwk() | {"kid": "ec"}, rsa_jwk() | {"kid": "rsa"}
ED = dict(public_jwk(ed25519.Ed25519PrivateKey.generate().public_key())) | {"kid": "ed"}
PUBLISHING = replace(DIARY, token_endpoint_auth_method="private_key_jwt", jwks_uri=URI)


class Place:
    """What stands at the address; None: it does not answer."""

    def __init__(self, *keys: Any, cache: str = "") -> None:
        self.keys: tuple[Any, ...] | None = keys
        self.cache = cache
        self.asked = 0

    def fetch(self, url: str, max_bytes: int, accept: tuple[str, ...]) -> FetchedDocument:
        assert (URI, 65_536) == (url, max_bytes) and "application/json" in accept
        self.asked += 1
        if self.keys is None:
            raise FetchRefused("connection")
        return FetchedDocument(200, {"cache-control": self.cache}, json.dumps({"keys": self.keys}).encode())


def kids(sets: KeySets, client: Client = PUBLISHING) -> list[str]:
    return [key["kid"] for key in sets.of(client)["keys"]]


def sets_of(place: Place, clock: Clock) -> KeySets:
    return KeySets(place.fetch, clock.now, ClientSettings())


def test_keys_by_value_need_no_question(clock: Clock) -> None:
    place = Place()
    sets = sets_of(place, clock)
    client = replace(PUBLISHING, jwks_uri=None, jwks={"keys": [EC, RSA, ED]})

    assert ["ec", "rsa", "ed"] == kids(sets, client)
    for kid, algorithm in (("ec", "ES256"), ("rsa", "PS256"), ("rsa", "RS256"), ("ed", "EdDSA")):
        sets.key_for(client, {"kid": kid}, algorithm)
        sets.key_for(client, {}, algorithm)
    for header, algorithm in (({"kid": "ec"}, "RS256"), ({"kid": "no"}, "ES256"), ({"kid": 7}, "ES256"), ({"jwk": EC}, "HS256"),
                              ({"kid": ["ec"]}, "ES256"), ({"kid": "ec" * 200}, "ES256"), ({"kid": "ec"}, "none")):  # fmt: skip
        with pytest.raises(BadToken):
            sets.key_for(client, header, algorithm)
    assert 0 == place.asked


@pytest.mark.parametrize(("said", "minutes"), [
    ("", 5), ("max-age=60", 5), ("no-store", 5), ("public, max-age=1800", 30), ("max-age=999999999", 24 * 60), ("s-maxage=9", 5),
])  # fmt: skip
def test_keys_are_kept_as_long_as_the_answer_says_within_bounds(clock: Clock, said: str, minutes: int) -> None:
    place = Place(EC, cache=said)
    sets = sets_of(place, clock)
    assert ["ec"] == kids(sets)

    clock.advance(timedelta(minutes=minutes) - timedelta(seconds=1))
    assert (["ec"], 1) == (kids(sets), place.asked)
    clock.advance(timedelta(seconds=1))
    assert (["ec"], 2) == (kids(sets), place.asked)


def test_old_keys_serve_on_while_the_address_is_silent_but_not_for_ever(clock: Clock) -> None:
    place = Place(EC)
    sets = sets_of(place, clock)
    kids(sets)
    place.keys = None

    clock.advance(timedelta(hours=24))
    assert ["ec"] == kids(sets)
    clock.advance(timedelta(minutes=5))
    assert [] == kids(sets)


def test_a_silent_address_is_asked_once_a_minute(clock: Clock) -> None:
    place = Place()
    place.keys = None
    sets = sets_of(place, clock)
    for _ in range(5):
        assert [] == kids(sets)
    assert 1 == place.asked
    clock.advance(timedelta(minutes=1))
    kids(sets)
    assert 2 == place.asked


def test_an_unknown_kid_makes_us_look_again_once_a_minute(clock: Clock) -> None:
    place = Place(RSA)
    sets = sets_of(place, clock)
    with pytest.raises(BadToken):
        sets.key_for(PUBLISHING, {"kid": "ec"}, "ES256")
    assert 1 == place.asked
    place.keys = (RSA, EC)
    clock.advance(timedelta(minutes=1))

    sets.key_for(PUBLISHING, {"kid": "ec"}, "ES256")

    assert 2 == place.asked
    for number in range(10):
        with pytest.raises(BadToken):
            sets.key_for(PUBLISHING, {"kid": f"made-up-{number}"}, "ES256")
    assert 2 == place.asked


def test_a_client_that_moves_its_keys_is_asked_at_the_new_place(clock: Clock) -> None:
    asked: list[str] = []

    def fetch(url: str, _max_bytes: int, _accept: tuple[str, ...]) -> FetchedDocument:
        asked.append(url)
        return FetchedDocument(200, {}, json.dumps({"keys": [EC]}).encode())

    sets = KeySets(fetch, clock.now, ClientSettings())
    for uri in (URI, URI + "2", URI + "2"):
        sets.of(replace(PUBLISHING, jwks_uri=uri))
    assert [URI, URI + "2"] == asked


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"keys":7}', b"[" * 60_000, b"\xff", b'{"keys":[[],1,null,{}]}'])
def test_what_is_not_a_key_set_gives_no_keys(clock: Clock, body: bytes) -> None:
    sets = KeySets(lambda *_: FetchedDocument(200, {}, body), clock.now, ClientSettings())

    assert {"keys": []} == sets.of(PUBLISHING)


@pytest.mark.parametrize("key", [
    EC | {"d": "AAAA"}, RSA | {"p": "AA"}, {"kty": "oct", "k": "c2VjcmV0"}, EC | {"crv": "P-384"}, EC | {"x": "AAAA"},
    rsa_jwk(1024), RSA | {"n": "A" * 2000}, RSA | {"e": "A" * 9}, EC | {"kid": 7}, EC | {"x5c": ["A" * 20_000]}, {"kty": ["EC"]},
    "EC", None,
], ids=range(13))  # fmt: skip
def test_a_key_we_do_not_believe(key: Any) -> None:
    assert () == believed([key])
    assert not is_signature_key(key) and not is_encryption_key(key)


def test_a_key_serves_only_what_it_says() -> None:
    assert fits(EC | {"use": "sig", "key_ops": ["verify"]}, "ES256")
    for changed in ({"use": "enc"}, {"alg": "ES384"}, {"key_ops": ["encrypt"]}, {"key_ops": "verify"}):
        assert not fits(EC | changed, "ES256"), changed


def test_the_key_to_encrypt_to(clock: Clock) -> None:
    sets = sets_of(Place(), clock)
    client = replace(PUBLISHING, jwks_uri=None, jwks={"keys": [EC, RSA, RSA | {"kid": "for-secrets", "use": "enc"}]})

    assert "for-secrets" == sets.encryption_key_for(client, "RSA-OAEP-256")["kid"]
    assert "ec" == sets.encryption_key_for(client, "ECDH-ES")["kid"]
    with pytest.raises(BadToken):
        sets.encryption_key_for(replace(client, jwks={"keys": [EC | {"use": "sig"}]}), "ECDH-ES")


def test_a_key_for_signatures_is_not_encrypted_to(clock: Clock) -> None:
    """RFC 7517 4.3: a key that tells its operations and has no `use` serves for these alone."""
    sets = sets_of(Place(), clock)
    client = replace(PUBLISHING, jwks_uri=None)

    for key, algorithm, operations in (
        (RSA, "RSA-OAEP-256", [["verify"], [], "wrapKey", [["wrapKey"]], {"wrapKey": 1}]),
        (EC, "ECDH-ES", [["verify"], ["wrapKey"], "deriveKey"]),
    ):
        for unfit in operations:
            with pytest.raises(BadToken):
                sets.encryption_key_for(replace(client, jwks={"keys": [key | {"key_ops": unfit}]}), algorithm)
    signs, opens = RSA | {"kid": "signs", "key_ops": ["verify"]}, RSA | {"kid": "opens", "key_ops": ["wrapKey"]}
    assert "opens" == sets.encryption_key_for(replace(client, jwks={"keys": [signs, opens]}), "RSA-OAEP")["kid"]
    for fit in ([], ["deriveKey"], ["deriveBits", "verify"]):
        assert "ec" == sets.encryption_key_for(replace(client, jwks={"keys": [EC | {"key_ops": fit}]}), "ECDH-ES")["kid"]


def test_two_keys_of_one_name_are_nobodys(clock: Clock) -> None:
    sets = sets_of(Place(EC, ec_jwk() | {"kid": "ec"}), clock)

    with pytest.raises(BadToken):
        sets.key_for(PUBLISHING, {"kid": "ec"}, "ES256")
