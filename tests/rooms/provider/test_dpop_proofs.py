"""Every check of a DPoP proof (RFC 9449 4.3), each with a proof that fails by this alone."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2 import OAuth2Error
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from broker.foundation.jose import key_of_jwk, public_jwk
from broker.provider.caller.dpop import DpopProofs, Expected, normal_address, thumbprint_of
from broker.provider.caller.dpop_nonce import Nonces
from broker.provider.caller.dpop_settings import DpopSettings
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.shelf import ShelfUnavailable
from tests.rooms.provider.stand import ISSUER
from tests.support.clock import Clock
from tests.support.dpop import Holder, hash_of
from tests.support.marks import PlainMarks

ALIAS = "https://mtls.example.ru"
PATH = "/token"
LIFE = timedelta(seconds=60)
ASKED = Expected("POST", PATH, needs_nonce=False)
TOKEN = "the-access-token"
SHOWN = Expected("GET", "/userinfo", needs_nonce=False, access_token=TOKEN)
RSA = RSAKey.generate_key(2048)


MARKS = PlainMarks()


class Stage:
    def __init__(self, clock: Clock):
        self.clock = clock
        self.nonces = Nonces(MARKS, clock.now, timedelta(minutes=5))
        self.proofs = self.node(MemoryShelf(clock.now))
        self.holder = Holder(ISSUER, clock.now)

    def node(self, shelf: Any) -> DpopProofs:
        return DpopProofs(bases=(ISSUER, ALIAS), shelf=shelf, now=self.clock.now, nonces=self.nonces, life=LIFE)

    def said(self, proof: str, expected: Expected = ASKED) -> str:
        """The thumbprint, or the error."""
        try:
            return self.proofs.thumbprint(proof, expected)
        except OAuth2Error as error:
            assert error.status_code == 400
            return str(error.error)


@pytest.fixture
def stage(clock: Clock) -> Stage:
    return Stage(clock)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(("algorithm", "key"), [
    ("ES256", ECKey.generate_key("P-256")), ("PS256", RSA), ("EdDSA", OKPKey.generate_key("Ed25519")),
])  # fmt: skip
def test_a_proof_names_the_key_that_made_it(stage: Stage, algorithm: str, key: Any) -> None:
    stage.holder.key, stage.holder.algorithm = key, algorithm

    assert stage.holder.thumbprint == stage.said(stage.holder.proof("POST", PATH))
    assert stage.holder.thumbprint == stage.said(stage.holder.proof("GET", "/userinfo", TOKEN), SHOWN)


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another method": {"htm": "GET"},
    "the method in small letters": {"htm": "post"},
    "no method": {"htm": None},
    "another endpoint": {"htu": ISSUER + "/userinfo"},
    "another host": {"htu": "http://attacker.example/token"},
    "another port": {"htu": "http://127.0.0.1:9000/token"},
    "another scheme": {"htu": "https://127.0.0.1:8000/token"},
    "a user name": {"htu": "http://a@127.0.0.1:8000/token"},
    "more of a path": {"htu": ISSUER + "/token/"},
    "the path in other letters": {"htu": ISSUER + "/Token"},
    "no address": {"htu": None},
    "an address that is none": {"htu": "http://[/token"},
    "an address that is a list": {"htu": [ISSUER + PATH]},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti that is a number": {"jti": 7},
    "a jti without end": {"jti": "x" * 256},
    "no iat": {"iat": None},
    "iat as text": {"iat": "1"},
    "iat as a truth": {"iat": True},
    "iat that is no number": {"iat": float("nan")},
    "iat without end": {"iat": float("inf")},
}


@pytest.mark.parametrize("what", WRONG_CLAIMS)
def test_wrong_claims(stage: Stage, what: str) -> None:
    assert "invalid_dpop_proof" == stage.said(stage.holder.proof("POST", PATH, **WRONG_CLAIMS[what]))


@pytest.mark.parametrize("address", [
    "HTTP://127.0.0.1:8000/token", "http://127.0.0.1:8000/token?a=b", "http://127.0.0.1:8000/token#f",
    "http://127.0.0.1:8000/%74oken", ALIAS + "/token", "https://MTLS.example.ru:443/token",
])  # fmt: skip
def test_the_same_address_written_otherwise(stage: Stage, address: str) -> None:
    assert stage.holder.thumbprint == stage.said(stage.holder.proof("POST", PATH, htu=address))


@pytest.mark.parametrize(("seconds", "holds"), [
    (-61, False), (-60, True), (-10, True), (0, True), (10, True), (30, True), (31, False), (61, False),
])  # fmt: skip
def test_made_this_minute(stage: Stage, seconds: int, holds: bool) -> None:
    made = int(stage.clock.now().timestamp()) + seconds

    assert holds == (stage.holder.thumbprint == stage.said(stage.holder.proof("POST", PATH, iat=made)))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -31), ("nbf", 31)])
def test_other_times_count_too(stage: Stage, claim: str, seconds: int) -> None:
    at = int(stage.clock.now().timestamp()) + seconds

    assert "invalid_dpop_proof" == stage.said(stage.holder.proof("POST", PATH, **{claim: at}))


WRONG_HEADERS: dict[str, dict[str, Any]] = {
    "no typ": {"typ": None},
    "a plain JWT": {"typ": "JWT"},
    "an access token": {"typ": "at+jwt"},
    "no key": {"jwk": None},
    "a key that is text": {"jwk": "x"},
    "a key by reference": {"jwk": None, "jku": "https://attacker.example/jwks", "kid": "1"},
    "somebody else's key": {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},
    "a key of another kind": {"jwk": RSA.as_dict(private=False)},
    "a symmetric key": {"jwk": OctKey.generate_key(256).as_dict()},
    "crit": {"crit": ["exp"], "exp": 1},
}


@pytest.mark.parametrize("what", WRONG_HEADERS)
def test_wrong_headers(stage: Stage, what: str) -> None:
    proof = _with_header(stage, **WRONG_HEADERS[what])

    assert "invalid_dpop_proof" == stage.said(proof)


def _with_header(stage: Stage, **header: Any) -> str:
    """Signed by the holder's key, whatever the header says; joserfc would refuse to write some of them."""
    whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": stage.holder.key.as_dict(private=False)} | header
    head = _b64(json.dumps({name: value for name, value in whole.items() if value is not None}).encode())
    body = _b64(json.dumps(stage.holder.claims("POST", PATH)).encode())
    algorithm: Any = jws.JWSRegistry().get_alg("ES256")
    return f"{head}.{body}.{_b64(algorithm.sign(f'{head}.{body}'.encode(), stage.holder.key))}"


def test_a_header_written_by_hand_is_a_proof_when_nothing_is_wrong(stage: Stage) -> None:
    assert stage.holder.thumbprint == stage.said(_with_header(stage))


def test_a_private_key_is_refused_although_it_fits(stage: Stage) -> None:
    assert "invalid_dpop_proof" == stage.said(_with_header(stage, jwk=stage.holder.key.as_dict(private=True)))


@pytest.mark.parametrize("more", [{"use": "enc"}, {"alg": "ES384"}, {"key_ops": ["sign"]}, {"k": "x"}, {"x5u": "x" * 20_000}])
def test_a_key_that_is_meant_for_something_else(stage: Stage, more: dict[str, Any]) -> None:
    assert "invalid_dpop_proof" == stage.said(_with_header(stage, jwk=stage.holder.key.as_dict(private=False) | more))


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA), ("ES384", ECKey.generate_key("P-384"))])
def test_weak_or_unlisted_algorithms(stage: Stage, algorithm: str, key: Any) -> None:
    stage.holder.key, stage.holder.algorithm = key, algorithm

    assert "invalid_dpop_proof" == stage.said(stage.holder.proof("POST", PATH))


def test_neither_none_nor_a_shared_secret(stage: Stage) -> None:
    claims = _b64(json.dumps(stage.holder.claims("POST", PATH)).encode())
    public = stage.holder.key.as_dict(private=False)
    head = _b64(json.dumps({"typ": "dpop+jwt", "alg": "none", "jwk": public}).encode())
    secret = OctKey.import_key(json.dumps(public))
    by_secret = jws.serialize_compact({"typ": "dpop+jwt", "alg": "HS256", "jwk": public}, b"{}", secret)

    assert {"invalid_dpop_proof"} == {stage.said(proof) for proof in (f"{head}.{claims}.", by_secret)}


def test_two_proofs_an_empty_one_and_a_long_one(stage: Stage) -> None:
    one, two = (stage.holder.proof("POST", PATH) for _ in range(2))
    long = stage.holder.proof("POST", PATH, extra="x" * 8_192)

    for proof in (f"{one},{two}", f"{one}, {one}", "", ".", "..", one + ".x", long):
        assert "invalid_dpop_proof" == stage.said(proof), proof[:40]


def test_a_changed_proof(stage: Stage) -> None:
    head, _, signature = stage.holder.proof("POST", PATH).split(".")
    body = _b64(json.dumps(stage.holder.claims("POST", PATH)).encode())

    assert "invalid_dpop_proof" == stage.said(f"{head}.{body}.{signature}")


@pytest.mark.parametrize("ath", [None, "", 7, hash_of("another"), hash_of(TOKEN) + "=", "é"])
def test_at_a_resource_it_is_for_this_token(stage: Stage, ath: object) -> None:
    assert "invalid_dpop_proof" == stage.said(stage.holder.proof("GET", "/userinfo", TOKEN, ath=ath), SHOWN)


def test_once_on_all_nodes(stage: Stage) -> None:
    shelf = MemoryShelf(stage.clock.now)
    nodes = [stage.node(shelf) for _ in range(2)]
    proof = stage.holder.proof("POST", PATH)

    assert stage.holder.thumbprint == nodes[0].thumbprint(proof, ASKED)
    for node in nodes:
        with pytest.raises(OAuth2Error, match="invalid_dpop_proof"):
            node.thumbprint(proof, ASKED)


def test_as_long_as_it_would_count_it_is_remembered(stage: Stage) -> None:
    ahead = stage.holder.proof("POST", PATH, iat=int(stage.clock.now().timestamp()) + 30)
    assert stage.holder.thumbprint == stage.said(ahead)

    stage.clock.advance(timedelta(seconds=90))

    assert "invalid_dpop_proof" == stage.said(ahead)


def test_one_jti_of_two_keys_is_two_proofs(stage: Stage) -> None:
    other = Holder(ISSUER, stage.clock.now)

    for holder in (stage.holder, other):
        assert holder.thumbprint == stage.said(holder.proof("POST", PATH, jti="same"))


def test_the_log_says_why_and_nothing_of_the_proof(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    proof = stage.holder.proof("GET", PATH, jti="secret-jti")
    with caplog.at_level(logging.INFO):
        stage.said(proof)

    assert ["for another request"] == [vars(record)["reason"] for record in caplog.records]
    assert not any(part in caplog.text for part in (proof, "secret-jti", stage.holder.thumbprint))


def test_a_proof_that_fails_marks_nothing(stage: Stage) -> None:
    """Otherwise a stranger who has seen a jti could spend it."""
    assert "invalid_dpop_proof" == stage.said(stage.holder.proof("GET", PATH, jti="mine"))
    assert "use_dpop_nonce" == stage.said(stage.holder.proof("POST", PATH, jti="mine", nonce="old"))

    assert stage.holder.thumbprint == stage.said(stage.holder.proof("POST", PATH, jti="mine"))


def test_when_the_shelf_is_down_no_proof_holds(stage: Stage) -> None:
    class Down:
        def claim(self, *_: object) -> bool:
            raise ShelfUnavailable

    with pytest.raises(ShelfUnavailable):
        stage.node(Down()).thumbprint(stage.holder.proof("POST", PATH), ASKED)


NEEDED = Expected("POST", PATH, needs_nonce=True)


def test_a_nonce_is_good_for_two_windows_and_on_every_node(stage: Stage) -> None:
    stage.clock.at = stage.clock.at.replace(minute=0, second=0, microsecond=0)
    stage.holder.nonce = Nonces(MARKS, stage.clock.now, timedelta(minutes=5)).current()

    for minutes, said in ((0, stage.holder.thumbprint), (9, stage.holder.thumbprint), (1, "use_dpop_nonce")):
        stage.clock.advance(timedelta(minutes=minutes))
        assert said == stage.said(stage.holder.proof("POST", PATH), NEEDED), minutes
    stage.clock.advance(timedelta(minutes=-11))
    assert "use_dpop_nonce" == stage.said(stage.holder.proof("POST", PATH), NEEDED)


@pytest.mark.parametrize("nonce", [None, "", "x", 7, ["x"], "é", "A" * 24])
def test_a_nonce_that_is_not_ours(stage: Stage, nonce: object) -> None:
    assert "use_dpop_nonce" == stage.said(stage.holder.proof("POST", PATH, nonce=nonce), NEEDED)
    # One that is shown is looked at, whether or not it was needed (RFC 9449 4.3, item 10).
    if nonce is not None:
        assert "use_dpop_nonce" == stage.said(stage.holder.proof("POST", PATH, nonce=nonce))


def test_a_nonce_does_not_make_an_old_proof_young(stage: Stage) -> None:
    stage.holder.nonce = stage.nonces.current()
    made = int(stage.clock.now().timestamp()) - 61

    assert "invalid_dpop_proof" == stage.said(stage.holder.proof("POST", PATH, iat=made), NEEDED)


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z0-9.:@\[\]%]{0,20}/[ -~]{0,20}", fullmatch=True))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = normal_address(text)

    assert found == "" or (found == normal_address(found) and found.startswith(("http://", "https://")))


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,60}(\.[A-Za-z0-9_-]{0,60}){0,4}", fullmatch=True))
def test_any_text_is_no_proof(text: str) -> None:
    assert "invalid_dpop_proof" == Stage(Clock()).said(text)


JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d"]), inner, max_size=6)
), max_leaves=9)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["jti", "htm", "htu", "iat", "nonce", "ath", "exp", "nbf"]), JUNK), JUNK)
def test_whatever_a_proof_holds_it_is_refused_by_the_book(claims: dict[str, Any], jwk: Any) -> None:
    stage = Stage(Clock())
    head = _b64(json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}).encode())

    assert "invalid_dpop_proof" == stage.said(f"{head}.{_b64(json.dumps(claims).encode())}.{'A' * 86}")
    assert stage.said(stage.holder.signed(claims)) in ("invalid_dpop_proof", "use_dpop_nonce")


@pytest.mark.parametrize("make", [
    lambda: ECKey.generate_key("P-256"), lambda: RSA, lambda: OKPKey.generate_key("Ed25519"),
])  # fmt: skip
def test_one_key_has_one_thumbprint(make: Callable[[], Any]) -> None:
    key = make()
    algorithm = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}[key.key_type]

    assert key.thumbprint() == thumbprint_of(public_jwk(key_of_jwk(key.as_dict(private=False), algorithm)))


@pytest.mark.parametrize("wrong", [
    {"nonce_for": "all"}, {"proof_life": timedelta(seconds=9)}, {"proof_life": timedelta(minutes=6)},
    {"nonce_life": timedelta(seconds=29)}, {"nonce_life": timedelta(hours=2)},
])  # fmt: skip
def test_settings_that_contradict(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"dpop\.{next(iter(wrong))}"):
        DpopSettings(**wrong)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
