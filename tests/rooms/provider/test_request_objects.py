"""Request objects (RFC 9101, OpenID Connect Core 6): whose word counts, and everything that only looks like it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.test import TestResponse

from broker.foundation.encoding import b64url
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.foundation.jose import public_jwk, sign
from broker.provider.request.request_object import RequestObjects
from tests.rooms.provider.signing import CLIENT, JWKS, KEY, STRANGER, claims_of, signed, signer
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand, answer_of

CB = "https://signer.example.ru/cb"
PLACE = "https://signer.example.ru/object"


@pytest.fixture
def party(stand: Stand) -> RelyingParty:
    return signer(stand, request_uris=(PLACE,))


def bring(browser: Browser, **fields: str) -> TestResponse:
    return browser.get("/authorize?" + urlencode({"client_id": "signer", "redirect_uri": CB, "state": "around"} | fields))


def part(value: object) -> str:
    return b64url(json.dumps(value).encode())


def test_only_what_is_signed_counts(browser: Browser, party: RelyingParty) -> None:
    around = {"scope": "openid snils children", "nonce": "around", "response_type": "code", "prompt": "login", "max_age": "0"}
    answer = answer_of(bring(browser, request=signed(party, state="inside"), **around))

    assert ("inside", ISSUER) == (answer["state"], answer["iss"])
    tokens = party.redeem(answer["code"]).json
    assert "openid profile offline_access" == tokens["scope"]
    claims = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    assert "n-1" == claims["nonce"]


def test_json_keeps_its_form_inside(browser: Browser, party: RelyingParty) -> None:
    wanted = {"id_token": {"acr": {"essential": True, "value": "urn:school-signin:esia:confirmed"}}}

    assert "code" in answer_of(bring(browser, request=signed(party, claims=wanted, max_age=3600)))
    for wrong in ({"claims": []}, {"max_age": True}, {"max_age": [1]}, {"scope": ["openid"]}, {"nonce": {"a": 1}}):
        refused = answer_of(bring(browser, request=signed(party, jti=str(wrong), **wrong)))
        assert "invalid_request" == refused["error"]


CLAIMS: list[dict[str, Any]] = [
    {"client_id": "diary"}, {"client_id": None}, {"client_id": ["signer"]},
    {"iss": "diary"}, {"iss": None}, {"iss": ISSUER},
    {"aud": None}, {"aud": "https://other.example"}, {"aud": []},
    {"aud": ["https://other.example"]}, {"aud": [ISSUER, 1]}, {"aud": [[ISSUER]]}, {"aud": {ISSUER: 1}},
    {"sub": "signer"}, {"sub": "anna"},
    {"request": "x"}, {"request_uri": PLACE}, {"request_uri": ""},
    {"exp": 1}, {"exp": "soon"}, {"exp": 1e400}, {"exp": True}, {"exp": 9_999_999_999},
    {"nbf": 9_999_999_999}, {"iat": 9_999_999_999},
    {"jti": ""}, {"jti": 7}, {"jti": "x" * 300},
    {f"p{number}": "x" for number in range(60)},
    {"deep": [[[[[[[[[[1]]]]]]]]]]},
]  # fmt: skip


@pytest.mark.parametrize("changes", CLAIMS, ids=str)
def test_what_an_object_says_of_itself_must_be_right(browser: Browser, party: RelyingParty, changes: dict[str, Any]) -> None:
    answer = bring(browser, request=signed(party, **changes))

    assert answer.headers["Location"].startswith(CB + "?")
    found = answer_of(answer)
    assert ("invalid_request_object", "around") == (found["error"], found["state"])
    assert "code" not in found


@pytest.mark.parametrize("audience", [[ISSUER], [ISSUER, "https://other.example"], ["https://other.example", ISSUER, "else"]])
def test_an_object_may_be_for_others_too(browser: Browser, party: RelyingParty, audience: list[str]) -> None:
    assert "code" in answer_of(bring(browser, request=signed(party, aud=audience)))


HEADERS: list[dict[str, Any]] = [
    {"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"typ": 1}, {"kid": "other"},
    {"crit": ["b64"], "b64": True},
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_header_that_is_not_ours(browser: Browser, party: RelyingParty, header: dict[str, Any]) -> None:
    assert "invalid_request_object" == answer_of(bring(browser, request=signed(party, header)))["error"]


@pytest.mark.parametrize("kind", [None, "JWT", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"])
def test_a_type_that_is_one(browser: Browser, party: RelyingParty, kind: str | None) -> None:
    assert "code" in answer_of(bring(browser, request=signed(party, {"typ": kind})))


def _forgeries(party: RelyingParty) -> Iterator[tuple[str, str]]:
    claims = claims_of(party)
    body = part(claims)
    yield "none", f"{part({'alg': 'none'})}.{body}."
    yield "None with a signature", f"{part({'alg': 'None'})}.{body}.AAAA"
    pem = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, json.dumps(JWKS["keys"][0]).encode(), b""):
        head = part({"alg": "HS256", "kid": "k1"})
        yield "HS256 by what is public", f"{head}.{body}.{b64url(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"
    yield "a stranger's key", signed(party, key=STRANGER)
    own = public_jwk(STRANGER.public_key())
    yield "a key brought along", signed(party, {"jwk": own}, key=STRANGER)
    named = {"jku": "https://evil.example/jwks", "x5u": "https://evil.example/x"}
    yield "a key named elsewhere", signed(party, named, key=STRANGER)
    stranger = rsa.generate_private_key(65537, 2048)
    yield "another kind of key", sign(claims, stranger, {"alg": "RS256", "kid": "k1"})
    genuine = signed(party)
    head, _, signature = genuine.split(".")
    yield "another body", f"{head}.{part(claims | {'scope': 'openid snils'})}.{signature}"
    yield "cut", genuine[:-10]
    yield "five parts", f"{genuine}.x.y"
    yield "not base64", "é.é.é"
    yield "nothing", "..."
    twice = json.dumps(claims)[:-1] + ',"scope":"openid snils"}'
    yield "a deep body", f"{head}.{b64url(b'[' * 5900)}.{signature}"
    yield "no object", sign_raw(head, b"[]")
    yield "a name twice", sign_raw(head, twice.encode())


def sign_raw(head: str, body: bytes) -> str:
    signing = f"{head}.{b64url(body)}"
    r, s = decode_dss_signature(KEY.sign(signing.encode(), ECDSA(SHA256())))
    return f"{signing}.{b64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_no_forgery_passes(browser: Browser, party: RelyingParty) -> None:
    for name, forged in _forgeries(party):
        found = answer_of(bring(browser, request=forged))
        assert ("invalid_request_object", "around") == (found["error"], found["state"]), name


def test_a_forgery_never_leads_anywhere_but_to_a_registered_address(browser: Browser, party: RelyingParty) -> None:
    for fields in ({"redirect_uri": "https://evil.example/"}, {"redirect_uri": ""}):
        answer = bring(browser, request=signed(party, key=STRANGER), **fields)
        assert (400, None, True) == (answer.status_code, answer.headers.get("Location"), "7004" in answer.text)
    inside = bring(browser, request=signed(party, redirect_uri="https://evil.example/"))
    assert (400, None, True) == (inside.status_code, inside.headers.get("Location"), "7002" in inside.text)


def test_an_object_is_used_once(stand: Stand, browser: Browser, party: RelyingParty) -> None:
    once, unnamed = signed(party), signed(party, jti=None)

    assert "code" in answer_of(bring(browser, request=once))
    again = bring(browser, request=once)
    assert (410, None) == (again.status_code, again.headers.get("Location"))
    assert ["code", "code"] == [next(iter(answer_of(bring(browser, request=unnamed)))) for _ in range(2)]

    # A reload leads to the attempt that the first visit began.
    somebody, begun = stand.browser(), signed(party, jti="another")
    assert bring(somebody, request=begun).headers["Location"] == bring(somebody, request=begun).headers["Location"]


def test_the_two_carriers_exclude_each_other_and_stand_once(browser: Browser, party: RelyingParty) -> None:
    both = bring(browser, request=signed(party), request_uri=PLACE)
    query = urlencode([("client_id", "signer"), ("redirect_uri", CB), ("request", "a"), ("request", "b")])

    assert "invalid_request" == answer_of(both)["error"]
    assert "invalid_request" == answer_of(browser.get(f"/authorize?{query}"))["error"]
    assert "invalid_request" == answer_of(bring(browser, request=signed(party), response_type="token"))["error"]
    assert "invalid_request" == answer_of(bring(browser, request="x" * 9000))["error"]


def test_another_client_cannot_bring_it(browser: Browser, party: RelyingParty) -> None:
    answer = bring(browser, client_id="diary", redirect_uri="https://diary.example.ru/cb", request=signed(party))

    assert "invalid_request_object" == answer_of(answer)["error"]


def test_a_client_that_must_sign_cannot_do_without(stand: Stand, browser: Browser, party: RelyingParty) -> None:
    stand.change("signer", require_signed_request_object=True)

    assert "invalid_request" == answer_of(party.authorize(browser))["error"]
    assert "code" in answer_of(bring(browser, request=signed(party)))


def test_the_registered_algorithm_is_the_only_one(stand: Stand, browser: Browser, party: RelyingParty) -> None:
    both = {"keys": [*JWKS["keys"], public_jwk(rsa.generate_private_key(65537, 2048).public_key()) | {"kid": "k2"}]}
    stand.change("signer", request_object_signing_alg="PS256", jwks=both)

    assert "invalid_request_object" == answer_of(bring(browser, request=signed(party)))["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"nbf": None}, {"exp": None}, {"nbf": -3700}, {"exp": 3700}, {"typ": "JWT"}, {"typ": None},
        # Each within an hour of now, and still longer than an hour.
        {"nbf": -1800, "exp": 1860}, {"nbf": -3540, "exp": 3540},
    ],
    ids=str,
)
def test_the_strict_profile_bounds_type_and_time(stand: Stand, wrong: dict[str, Any]) -> None:
    """FAPI 2.0 Message Signing 5.3.1."""
    objects, party = _strict(stand)
    now = int(stand.clock.now().timestamp())
    header = {"typ": wrong["typ"]} if "typ" in wrong else {}
    claims = {name: now + value if isinstance(value, int) else value for name, value in wrong.items() if name != "typ"}

    objects(signed(party, jti="right"))
    objects(signed(party, jti="an hour", nbf=now - 1800, exp=now + 1800))
    with pytest.raises(Exception, match="invalid_request_object"):
        objects(signed(party, header, **claims))


def _strict(stand: Stand) -> tuple[Any, RelyingParty]:
    client = replace(CLIENT, profile="fapi2")
    rooms = stand.rooms
    objects = RequestObjects(ISSUER, rooms.key_sets.key_for, rooms.vault.opener.open, rooms.shelf, rooms.outside.now)
    return (lambda text: objects.by_value(text, client)), RelyingParty(stand, client)


class Web:
    """What lies at the addresses of clients."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.asked: list[str] = []
        self.body: bytes | None = b""
        monkeypatch.setattr("broker.foundation.fetch.Fetcher.fetch", self.fetch)

    def fetch(self, url: str, _max_bytes: int, _accept: tuple[str, ...]) -> FetchedDocument:
        self.asked.append(url)
        if self.body is None:
            raise FetchRefused("private")
        return FetchedDocument(200, {}, self.body)


# Before the stand is built, which takes the method along.
@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    return Web(monkeypatch)


def test_an_object_by_reference(browser: Browser, web: Web, stand: Stand) -> None:
    party = signer(stand, request_uris=(PLACE,))
    web.body = signed(party, jti=None).encode()

    # It may lie there for many sign-ins.
    for _ in range(2):
        assert "st-1" == answer_of(bring(browser, request_uri=PLACE))["state"]
    assert [PLACE, PLACE] == web.asked


def test_an_object_by_reference_with_a_jti_serves_once(browser: Browser, web: Web, stand: Stand) -> None:
    party = signer(stand, request_uris=(PLACE,))
    web.body = signed(party).encode()

    assert "code" in answer_of(bring(browser, request_uri=PLACE))
    assert (410, None) == ((again := bring(browser, request_uri=PLACE)).status_code, again.headers.get("Location"))
    # By value it is the same object.
    assert 410 == bring(browser, request=signed(party)).status_code
    # A reload leads to the attempt that the first visit began, and to no other person's.
    web.body, somebody = signed(party, jti="another").encode(), stand.browser()
    assert bring(somebody, request_uri=PLACE).headers["Location"] == bring(somebody, request_uri=PLACE).headers["Location"]


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/object", f"{PLACE}/", f"{PLACE}?x", "http://signer.example.ru/object", "file:///etc/passwd",
        "urn:x", "https://169.254.169.254/", f"{PLACE}#{'x' * 600}",
    ],
)  # fmt: skip
def test_nothing_is_fetched_that_is_not_registered(browser: Browser, web: Web, stand: Stand, uri: str) -> None:
    signer(stand, request_uris=(PLACE,))

    assert "invalid_request_uri" == answer_of(bring(browser, request_uri=uri))["error"]
    assert [] == web.asked


def test_a_hash_behind_the_address_is_that_of_the_content(browser: Browser, web: Web, stand: Stand) -> None:
    party = signer(stand, request_uris=(PLACE,))
    web.body = signed(party).encode()
    right = b64url(hashlib.sha256(web.body).digest())

    assert "code" in answer_of(bring(browser, request_uri=f"{PLACE}#{right}"))
    for wrong in (right[:-1], "A" * 43, "section", ""):
        assert "invalid_request_uri" == answer_of(bring(browser, request_uri=f"{PLACE}#{wrong}"))["error"]


@pytest.mark.parametrize(
    ("body", "error"),
    [(None, "invalid_request_uri"), (b"\xff", "invalid_request_object"), (b"", "invalid_request_object")],
)
def test_what_lies_there_is_not_told(browser: Browser, web: Web, stand: Stand, body: bytes | None, error: str) -> None:
    signer(stand, request_uris=(PLACE,))
    web.body = body

    found = answer_of(bring(browser, request_uri=PLACE))
    assert error == found["error"]
    assert found["error_description"] in ("the request_uri cannot be used", "the request object cannot be used")


def test_discovery_says_what_is_on(stand: Stand) -> None:
    found = stand.browser().get("/.well-known/openid-configuration").json

    assert found["request_parameter_supported"] and found["request_uri_parameter_supported"]
    assert found["require_request_uri_registration"]
    assert "ES256" in found["request_object_signing_alg_values_supported"]
    assert "none" not in found["request_object_signing_alg_values_supported"]
    assert {"RSA-OAEP-256", "ECDH-ES"} < set(found["request_object_encryption_alg_values_supported"])
    assert {"A128CBC-HS256", "A256GCM"} < set(found["request_object_encryption_enc_values_supported"])
