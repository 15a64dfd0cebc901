"""An OpenID Provider that misbehaves, as a real server: every way of OpenID Connect Core 3.1.3.7, and none yields an identity."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from broker.connectors.identity import Level
from broker.connectors.oidc.id_token import half_hash
from broker.connectors.port import UpstreamFailed
from tests.rooms.oidc_upstreams.odd_region import RETURN, SURE, OddRegion, odd_region

OTHER_KEY = ECKey.generate_key("P-256")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddRegion]:
    with odd_region(tmp_path_factory.mktemp("region")) as built:
        yield built


@pytest.fixture
def region(server: OddRegion) -> Iterator[OddRegion]:
    """Honest at the beginning of every test."""
    yield server
    server.spoils.clear()
    server.asked.clear()


def refused(region: OddRegion, **brought: Any) -> UpstreamFailed:
    with pytest.raises(UpstreamFailed) as caught:
        region.trip(**brought)
    return caught.value


def test_an_honest_one_says_who_it_is(region: OddRegion) -> None:
    found = region.trip()

    assert ("region", "r-1001", Level.CONFIRMED) == (found.connector, found.subject, found.level)
    assert ("Орлова", "Анна", "Сергеевна", "F") == (found.surname, found.name, found.patronymic, found.sex)
    assert (date(1985, 4, 12), "00200010724") == (found.birth_date, found.snils)
    assert ("orlova@region-id.example", ("pwd",)) == (found.email, found.methods)


def test_an_honest_one_is_asked_with_a_state_a_nonce_and_a_challenge_of_this_trip(region: OddRegion) -> None:
    upstream = region.upstream(acr_values=(SURE,), prompt="login")
    first, second = upstream.begin(RETURN), upstream.begin(RETURN)
    asked = dict(parse_qsl(urlsplit(first.url).query))

    challenge = base64.urlsafe_b64encode(hashlib.sha256(first.memory["verifier"].encode()).digest()).rstrip(b"=").decode()
    assert {
        "response_type": "code",
        "client_id": "school-signin",
        "redirect_uri": RETURN,
        "scope": "openid profile email phone",
        "state": first.state,
        "nonce": first.memory["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "acr_values": SURE,
        "prompt": "login",
    } == asked
    words = {leg.state for leg in (first, second)} | {word for leg in (first, second) for word in leg.memory.values()}
    assert 6 == len(words) and min(map(len, words)) >= 43


def test_an_honest_one_is_asked_for_its_documents_once(region: OddRegion) -> None:
    upstream = region.upstream()
    region.trip(upstream)
    region.trip(upstream, "semyonov")

    assert (1, 1) == (region.asked.count("/.well-known/openid-configuration"), region.asked.count("/jwks"))


def test_an_honest_one_may_be_left_for_good(region: OddRegion) -> None:
    asked = urlsplit(region.upstream().logout_url("http://127.0.0.1:9/bye") or "")

    assert "/leave" == asked.path
    expected = {"client_id": "school-signin", "post_logout_redirect_uri": "http://127.0.0.1:9/bye"}
    assert expected == dict(parse_qsl(asked.query))


def test_an_honest_one_without_an_address_for_leaving_offers_none(region: OddRegion) -> None:
    region.spoils["/.well-known/openid-configuration"] = lambda found: found | {"end_session_endpoint": None}
    assert region.upstream().logout_url(RETURN) is None
    region.spoils["/.well-known/openid-configuration"] = lambda _found: ("503 Busy", {}, b"{}")
    assert region.upstream().logout_url(RETURN) is None


def test_an_honest_one_is_asked_for_user_info_only_if_wanted(region: OddRegion) -> None:
    assert 2115 == refused(region, upstream=region.upstream(user_info=False)).cause
    assert "/userinfo" not in region.asked


# What is wrong with the ID token: other claims, and what the log says.
CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"iss": "https://another.example"}, "wrong issuer"),
    ({"iss": None}, "wrong issuer"),
    ({"aud": "another-service"}, "wrong audience"),
    ({"aud": ["school-signin", "another-service"]}, "wrong audience"),
    ({"aud": ["school-signin", "another-service"], "azp": "school-signin"}, "wrong audience"),
    ({"aud": []}, "wrong audience"),
    ({"aud": None}, "wrong audience"),
    ({"aud": {"school-signin": 1}}, "wrong audience"),
    ({"azp": "another-service"}, "wrong azp"),
    ({"azp": ["school-signin"]}, "wrong azp"),
    ({"nonce": "another"}, "wrong nonce"),
    ({"nonce": None}, "wrong nonce"),
    ({"nonce": ""}, "wrong nonce"),
    ({"at_hash": "another"}, "wrong at_hash"),
    ({"at_hash": ""}, "wrong at_hash"),
    ({"at_hash": 1}, "wrong at_hash"),
    ({"sub": None}, "no subject"),
    ({"sub": ""}, "no subject"),
    ({"sub": 1001}, "no subject"),
    ({"sub": "r" * 256}, "no subject"),
    ({"sub": "р-1001"}, "no subject"),
    ({"sub": "r\n1001"}, "no subject"),
    ({"exp": None}, "no exp"),
    ({"iat": None}, "no iat"),
    ({"exp": "tomorrow"}, "time claim is not a number"),
]
HEADERS: list[tuple[dict[str, Any], str]] = [
    ({"kid": "unknown"}, "no such key"),
    ({"typ": "logout+jwt"}, "wrong kind of token"),
    ({"typ": "at+jwt"}, "wrong kind of token"),
]


@pytest.mark.parametrize(("changes", "said"), CLAIMS, ids=[f"{said}-{n}" for n, (_, said) in enumerate(CLAIMS)])
def test_an_id_token_with_a_wrong_claim(region: OddRegion, changes: dict[str, Any], said: str) -> None:
    region.spoils["/token"] = region.resigned(**changes)

    failed = refused(region)

    assert (2106, f"id token: {said}") == (failed.cause, failed.detail)


@pytest.mark.parametrize(("header", "said"), HEADERS)
def test_an_id_token_with_a_wrong_header(region: OddRegion, header: dict[str, Any], said: str) -> None:
    region.spoils["/token"] = region.resigned(header)

    assert (2106, f"id token: {said}") == ((failed := refused(region)).cause, failed.detail)


def test_an_id_token_from_yesterday_and_from_tomorrow(region: OddRegion) -> None:
    now = int(region.clock.now().timestamp())
    region.spoils["/token"] = region.resigned(exp=now - 60)
    assert (2106, "id token: expired") == ((late := refused(region)).cause, late.detail)
    region.spoils["/token"] = region.resigned(iat=now + 61)
    assert (2105, "id token: not valid yet") == ((early := refused(region)).cause, early.detail)
    region.spoils["/token"] = region.resigned(iat=now + 60, exp=now - 59)
    assert region.trip().subject


def test_an_id_token_signed_by_another_key_under_the_right_name(region: OddRegion) -> None:
    region.spoils["/token"] = region.resigned(key=OTHER_KEY)

    assert "id token: bad signature" == refused(region).detail


def test_an_id_token_not_signed_at_all(region: OddRegion) -> None:
    def unsigned(answer: dict[str, Any]) -> dict[str, Any]:
        payload = answer["id_token"].split(".")[1]
        return answer | {"id_token": f"{b64(json.dumps({'alg': 'none'}))}.{payload}."}

    region.spoils["/token"] = unsigned
    assert "id token: wrong algorithm" == refused(region).detail


def test_an_id_token_signed_with_the_public_key_as_a_shared_secret(region: OddRegion) -> None:
    """RFC 8725 2.1: whoever has read the key set could make it."""

    def confused(answer: dict[str, Any]) -> dict[str, Any]:
        head = b64(json.dumps({"alg": "HS256", "kid": region.region.key.kid}))
        signed = f"{head}.{answer['id_token'].split('.')[1]}"
        secret = json.dumps(region.region.key.as_dict(private=False)).encode()
        return answer | {"id_token": f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"}

    region.spoils["/token"] = confused
    assert "id token: wrong algorithm" == refused(region).detail


def test_an_id_token_with_an_algorithm_that_is_honest_and_not_agreed(region: OddRegion) -> None:
    assert "id token: wrong algorithm" == refused(region, upstream=region.upstream(algorithms=("RS256",))).detail


def test_an_id_token_without_a_name_of_its_key_where_there_are_several(region: OddRegion) -> None:
    region.spoils["/token"] = region.resigned({"kid": None})
    assert region.trip().subject, "one key needs no name"

    region.spoils["/jwks"] = lambda found: {"keys": [*found["keys"], RSA_JWK]}
    assert "id token: no name of a key among several" == refused(region).detail


def test_an_id_token_of_another_person_than_user_info(region: OddRegion) -> None:
    for told in ({"sub": "r-1002"}, {"sub": None}, {}):
        region.spoils["/userinfo"] = lambda found, told=told: {"family_name": found["family_name"]} | told
        failed = refused(region)
        assert (2106, "userinfo: another subject") == (failed.cause, failed.detail)


def test_an_id_token_says_more_than_user_info_where_both_speak(region: OddRegion) -> None:
    region.spoils["/token"] = region.resigned(acr="https://region-id.example/typed")
    region.spoils["/userinfo"] = lambda found: found | {"acr": SURE}

    assert Level.NOT_CONFIRMED is region.trip().level


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.", "x" * 20_001])
def test_an_id_token_that_is_none(region: OddRegion, token: str) -> None:
    region.spoils["/token"] = lambda answer: answer | {"id_token": token}

    assert 2106 == refused(region).cause


def test_a_return_with_a_state_of_another_trip(region: OddRegion) -> None:
    assert "return: another state" == refused(region, state="another").detail


def test_a_return_of_another_provider(region: OddRegion) -> None:
    """RFC 9207: mix-up. One that names itself must always do so."""
    for brought in ({"iss": "https://another.example"}, {"iss": ""}):
        failed = refused(region, **brought)
        assert (2106, "return: another issuer") == (failed.cause, failed.detail)
    upstream = region.upstream()
    leg = upstream.begin(RETURN)
    brought = region.return_of(leg.url)
    with pytest.raises(UpstreamFailed, match="another issuer"):
        upstream.complete({name: value for name, value in brought.items() if name != "iss"}, leg, RETURN)
    assert "/token" not in region.asked


def test_a_return_of_one_that_never_names_itself(region: OddRegion) -> None:
    key = "authorization_response_iss_parameter_supported"
    region.spoils["/.well-known/openid-configuration"] = lambda found: found | {key: None}
    assert "return: another issuer" == refused(region, iss="https://another.example").detail
    upstream = region.upstream()
    leg = upstream.begin(RETURN)
    brought = {name: value for name, value in region.return_of(leg.url).items() if name != "iss"}
    assert upstream.complete(brought, leg, RETURN).subject


def test_a_return_with_an_error_of_another_provider_is_not_believed_either(region: OddRegion) -> None:
    assert "return: another issuer" == refused(region, error="access_denied", iss="https://another.example").detail


@pytest.mark.parametrize(
    ("error", "cause", "detail"),
    [
        ("access_denied", 2103, "return: access_denied"),
        ("temporarily_unavailable", 2102, "return: temporarily_unavailable"),
        ("unmet_authentication_requirements", 2109, "return: unmet_authentication_requirements"),
        ("invalid_scope", 2104, "return: invalid_scope"),
        ("<script>", 2102, "return: another error"),
    ],
)
def test_a_return_with_an_error(region: OddRegion, error: str, cause: int, detail: str) -> None:
    assert (cause, detail) == ((failed := refused(region, error=error)).cause, failed.detail)


def test_a_return_of_somebody_who_said_no(region: OddRegion) -> None:
    upstream = region.upstream()
    leg = upstream.begin(RETURN)
    with pytest.raises(UpstreamFailed) as caught:
        upstream.complete(region.return_of(leg.url, decision="deny"), leg, RETURN)
    assert 2103 == caught.value.cause


@pytest.mark.parametrize("code", ["", "я", "x" * 8193])
def test_a_return_with_a_code_that_is_none(region: OddRegion, code: str) -> None:
    assert "return: no code" == refused(region, code=code).detail


def test_a_return_with_a_code_that_was_used(region: OddRegion) -> None:
    upstream = region.upstream()
    leg = upstream.begin(RETURN)
    brought = region.return_of(leg.url)
    assert upstream.complete(brought, leg, RETURN)
    with pytest.raises(UpstreamFailed) as caught:
        upstream.complete(brought, leg, RETURN)
    assert (2107, "tokens: invalid_grant") == (caught.value.cause, caught.value.detail)


def test_a_return_with_somebody_elses_code(region: OddRegion) -> None:
    """Code injection: the verifier of this trip is not that of the code (RFC 9700 4.5)."""
    upstream = region.upstream()
    stolen = region.return_of(upstream.begin(RETURN).url)["code"]
    assert "tokens: invalid_grant" == refused(region, upstream=upstream, code=stolen).detail


@pytest.mark.parametrize(
    ("answer", "cause", "detail"),
    [
        (("500 No", {}, b"x"), 2101, "http: status 500"),
        (("200 OK", {"Content-Type": "text/html"}, b"<p>"), 2101, "http: not json"),
        (("200 OK", {"Content-Type": "application/json"}, b'{"access_token"'), 2101, "http: not json"),
        (("200 OK", {"Content-Type": "application/json"}, b"[]"), 2101, "http: not a json object"),
        (("200 OK", {"Content-Type": "application/json"}, b"[" * 100_000), 2101, "http: not json"),
        (("302 Found", {"Location": "http://127.0.0.1:9/"}, b""), 2106, "http: redirect"),
        (("400 Bad", {"Content-Type": "application/json"}, {"access_token": "a"}), 2102, "http: status 400"),
        (("401 No", {"Content-Type": "application/json"}, {"error": "invalid_client"}), 2104, "tokens: invalid_client"),
        (("400 Bad", {"Content-Type": "application/json"}, {"error": ["x"]}), 2102, "tokens: another error"),
        (("200 OK", {"Content-Type": "application/json"}, b'{"a": "' + b"x" * 300_000 + b'"}'), 2106, "http: too_large"),
        ({"token_type": "mac", "access_token": "a", "id_token": "b"}, 2106, "tokens: another type"),
        ({"token_type": "Bearer", "access_token": "a"}, 2106, "tokens: no id_token"),
        ({"token_type": "Bearer", "id_token": "a"}, 2106, "tokens: no access_token"),
        ({"token_type": "Bearer", "access_token": "a", "id_token": "b", "expires_in": "soon"}, 2102, "tokens: malformed"),
    ],
)
def test_a_token_endpoint_that_answers_something_else(region: OddRegion, answer: Any, cause: int, detail: str) -> None:
    region.spoils["/token"] = lambda _honest: answer

    assert (cause, detail) == ((failed := refused(region)).cause, failed.detail)
    assert 1 == region.asked.count("/token"), "a code is never sent twice"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"issuer": "https://another.example"}, "discovery: another issuer"),
        ({"issuer": None}, "discovery: another issuer"),
        ({"token_endpoint": None}, "discovery: no token_endpoint"),
        ({"jwks_uri": 7}, "discovery: no jwks_uri"),
        ({"authorization_endpoint": "http://another.example/a"}, "discovery: authorization_endpoint is not safe"),
        ({"token_endpoint": "file:///etc/passwd"}, "discovery: token_endpoint is not safe"),
        ({"userinfo_endpoint": "https://127.0.0.1@another.example/"}, "discovery: userinfo_endpoint is not safe"),
        ({"jwks_uri": "http://another.example/#"}, "discovery: no jwks_uri"),
    ],
)
def test_discovery_that_says_something_else(region: OddRegion, changes: dict[str, Any], detail: str) -> None:
    region.spoils["/.well-known/openid-configuration"] = lambda found: found | changes

    with pytest.raises(UpstreamFailed) as caught:
        region.upstream().begin(RETURN)
    assert (2106, detail) == (caught.value.cause, caught.value.detail)


def test_discovery_of_a_neighbour_with_a_slash_is_anothers(region: OddRegion) -> None:
    with pytest.raises(UpstreamFailed, match="another issuer"):
        region.upstream(issuer=region.issuer + "/").begin(RETURN)


def test_discovery_that_is_not_asked_for_by_everybody_while_it_is_down_and_serves_on_for_a_day(region: OddRegion) -> None:
    upstream = region.upstream()
    region.spoils["/.well-known/openid-configuration"] = lambda _found: ("503 Busy", {}, b"{}")
    met = []
    for _ in range(3):
        with pytest.raises(UpstreamFailed, match="status 503") as caught:
            upstream.begin(RETURN)
        met.append((caught.value.is_outage, caught.value.is_unasked))
    assert ["/.well-known/openid-configuration"] == region.asked
    assert [(True, False), (False, True), (False, True)] == met, "only who has asked has met a silence"
    region.spoils.clear()
    region.clock.advance(timedelta(seconds=10))
    assert upstream.begin(RETURN)

    region.spoils["/.well-known/openid-configuration"] = lambda _found: ("503 Busy", {}, b"{}")
    region.clock.advance(timedelta(hours=24))
    assert upstream.begin(RETURN), "what was known serves on"
    region.clock.advance(timedelta(hours=1))
    with pytest.raises(UpstreamFailed):
        upstream.begin(RETURN)


@pytest.mark.parametrize("keys", [[], "x", None, [{"kty": "oct", "k": "c2VjcmV0"}], [{"kty": "EC"}], [7]])
def test_keys_that_are_none(region: OddRegion, keys: Any) -> None:
    region.spoils["/jwks"] = lambda _found: {"keys": keys}

    assert (2106, "keys: none to be believed") == ((failed := refused(region)).cause, failed.detail)


def test_keys_that_are_private_or_weak(region: OddRegion) -> None:
    """Whoever publishes a private half has lost it, and 1024 bits are no secret either."""
    region.spoils["/jwks"] = lambda _found: {"keys": [region.region.key.as_dict(private=True)]}
    assert "keys: none to be believed" == refused(region).detail

    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    region.spoils["/jwks"] = lambda _found: {"keys": [weak.as_dict(private=False)]}
    region.spoils["/token"] = region.resigned({"alg": "RS256", "kid": "weak"}, key=weak)
    assert "keys: none to be believed" == refused(region, upstream=region.upstream(algorithms=("RS256",))).detail


def test_keys_with_a_use_of_their_own(region: OddRegion) -> None:
    region.spoils["/jwks"] = lambda found: {"keys": [{**found["keys"][0], "use": "enc"}]}
    assert "keys: none to be believed" == refused(region).detail


def test_keys_that_change_are_looked_for_once(region: OddRegion) -> None:
    upstream, old = region.upstream(), region.region.key
    assert region.trip(upstream)
    try:
        region.region.key = ECKey.generate_key("P-256", {"kid": "the-next", "use": "sig", "alg": "ES256"})
        region.clock.advance(timedelta(seconds=11))
        assert region.trip(upstream).subject
        assert 2 == region.asked.count("/jwks")

        region.spoils["/token"] = region.resigned({"kid": "nobody"})
        for _ in range(3):
            assert "id token: no such key" == refused(region, upstream=upstream).detail
        assert 2 == region.asked.count("/jwks"), "whoever invents names makes us ask no more than every ten seconds"
    finally:
        region.region.key = old


def test_keys_that_a_header_brings_along_are_nobodys(region: OddRegion) -> None:
    region.spoils["/token"] = region.resigned(
        {"jwk": OTHER_KEY.as_dict(private=False), "jku": f"{region.issuer}/mine"}, key=OTHER_KEY
    )

    assert "id token: bad signature" == refused(region).detail
    assert "/mine" not in region.asked


def test_the_half_hash_goes_with_the_algorithm() -> None:
    """The example of OpenID Connect Core A.3, and that of A.4 for its length."""
    assert "77QmUPtjPfzWtF2AnpK9RQ" == half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256")
    assert 43 == len(half_hash("x", "EdDSA"))


def test_what_it_cannot_do_is_said_at_the_start(region: OddRegion, tmp_path: Any) -> None:
    (tmp_path / "empty").write_text(" \n")
    for changes, said in (
        ({"client_secret_file": "/nowhere"}, "upstreams.region: client_secret_file names a file that cannot be read"),
        ({"client_secret_file": str(tmp_path / "empty")}, "upstreams.region: client_secret_file names a file that is empty"),
    ):
        with pytest.raises(ValueError, match=said):
            region.upstream(**changes)


def b64(data: Any) -> str:
    raw = data if isinstance(data, bytes) else data.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


RSA_JWK = RSAKey.generate_key(2048, {"kid": "another"}).as_dict(private=False)
