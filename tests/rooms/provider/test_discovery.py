"""Discovery and what we do agree: every key has somebody who tries its values, and nothing is said that is not so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from broker.provider.documents import DISCOVERY_PATHS, ENDPOINTS
from broker.tokens.acr import LEVEL_OF_ACR
from broker.tokens.scopes import SCOPES
from tests.rooms.keys import test_opening
from tests.rooms.provider import test_caller_certificates, test_dpop_proofs, test_request_objects
from tests.rooms.provider.leaving_trials import LEAVING, encrypted_logout_token
from tests.rooms.provider.machines import fully
from tests.rooms.provider.readers import EC, ENCRYPTION_KEYS, RSA, opened, read_jwt
from tests.rooms.provider.stand import ANNA, ISSUER, Browser, RelyingParty, Stand, answer_of, build
from tests.support.clock import Clock

POST_ONLY = {
    "token_endpoint", "pushed_authorization_request_endpoint", "device_authorization_endpoint", "revocation_endpoint",
    "introspection_endpoint",
}  # fmt: skip


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("discovery"), Clock())
    yield made
    made.rooms.database.close()


@pytest.fixture(scope="module")
def said(stand: Stand) -> dict[str, Any]:
    found: dict[str, Any] = stand.app.test_client().get(DISCOVERY_PATHS[0], base_url=ISSUER).json
    return found


class Trial:
    """A client with every grant and scope, and somebody signed in."""

    def __init__(self, stand: Stand):
        self.stand = stand
        self.party: RelyingParty = fully(stand)
        self.browser: Browser = stand.browser()
        self.browser.sign_in()

    def answer(self, **changes: str | None) -> dict[str, str]:
        return answer_of(self.party.authorize(self.browser, **changes))

    def is_understood(self, **changes: str) -> None:
        answer = self.party.authorize(self.browser, **changes)
        # Either a code at once or a page for the person; never an error.
        assert answer.status_code == 200 or "error=" not in answer.headers["Location"], answer.headers

    def with_client(self, **changes: Any) -> dict[str, Any]:
        self.stand.change("diary", **changes)
        return self.party.tokens(self.browser)


def _scope(trial: Trial, value: str) -> None:
    trial.is_understood(scope=f"openid {value}")


def _mode(trial: Trial, value: str) -> None:
    answer = trial.party.authorize(trial.browser, response_mode=value)
    wanted = "response" if "jwt" in value else "code"
    where = answer.text if value.startswith("form_post") else answer.headers["Location"]
    assert f'name="{wanted}"' in where or f"{wanted}=" in where


def _grant(trial: Trial, value: str) -> None:
    answer = trial.party.post("/token", {"grant_type": value})
    assert answer.json.get("error") not in ("unsupported_grant_type", "unauthorized_client"), answer.text


def _subject(trial: Trial, value: str) -> None:
    tokens = trial.with_client(subject_type=value)
    subject = trial.party.userinfo(tokens["access_token"]).json["sub"]
    assert (subject == ANNA) is (value == "public")


def _id_token_alg(trial: Trial, value: str) -> None:
    tokens = trial.with_client(id_token_signed_response_alg=value)
    assert "diary" == read_jwt(trial.stand, tokens["id_token"], value)["aud"]


def _userinfo_alg(trial: Trial, value: str) -> None:
    tokens = trial.with_client(userinfo_signed_response_alg=value)
    answer = trial.party.userinfo(tokens["access_token"])
    assert (200, "application/jwt") == (answer.status_code, answer.content_type)
    claims = read_jwt(trial.stand, answer.text, value)
    assert (ISSUER, "diary", "Соколова") == (claims["iss"], claims["aud"], claims["family_name"])


def _response_alg(trial: Trial, value: str) -> None:
    trial.stand.change("diary", authorization_signed_response_alg=value)
    assert "code" in read_jwt(trial.stand, trial.answer(response_mode="jwt")["response"], value)


def _introspection_alg(trial: Trial, value: str) -> None:
    token = trial.with_client(introspection_signed_response_alg=value)["access_token"]
    answer = trial.party.post("/introspect", {"token": token})
    assert read_jwt(trial.stand, answer.text, value)["token_introspection"]["active"] is True


def _encrypted(what: str, part: str) -> Callable[[Trial, str], None]:
    """An answer of this kind, encrypted with this algorithm to the client's key."""

    def tried(trial: Trial, value: str) -> None:
        alg, enc = (value, "A128CBC-HS256") if part == "alg" else ("ECDH-ES", value)
        field = f"{what}_encrypted_response"
        tokens = trial.with_client(**{f"{field}_alg": alg, f"{field}_enc": enc, "jwks": ENCRYPTION_KEYS})
        text = {
            "id_token": lambda: tokens["id_token"],
            "userinfo": lambda: trial.party.userinfo(tokens["access_token"]).text,
            "authorization": lambda: trial.answer(response_mode="jwt")["response"],
        }[what]()
        header, content = opened(text, RSA if alg.startswith("RSA") else EC, alg, enc)
        # UserInfo that nobody wants signed is JSON within (OpenID Connect Core 5.3.2).
        assert (json.loads(content)["sub"] if what == "userinfo" else content.count(".") == 2) and bool(header["kid"])

    return tried


def _level(trial: Trial, value: str) -> None:
    browser = trial.stand.browser()
    browser.sign_in(level=LEVEL_OF_ACR[value])
    if value.endswith(("confirmed", "child")):
        claims = json.dumps({"id_token": {"acr": {"essential": True, "values": [value]}}})
        answer = trial.party.authorize(browser, claims=claims)
        assert "error=" not in answer.headers["Location"]
    trial.is_understood(acr_values=value)


def _prompt(trial: Trial, value: str) -> None:
    trial.is_understood(prompt=value)


def _claim(trial: Trial, value: str) -> None:
    # All that may be asked one by one: what discovery calls a claim is never an error to ask for.
    trial.is_understood(claims=json.dumps({"userinfo": {value: None}, "id_token": {value: None}}))


def _locale(trial: Trial, value: str) -> None:
    page = trial.stand.browser().get("/login", headers={"Accept-Language": value})
    assert f'lang="{value}"' in page.text or page.status_code in (302, 303)
    trial.is_understood(ui_locales=value)


def _detail(trial: Trial, value: str) -> None:
    details = json.dumps([{"type": value, "actions": ["read"]}])
    trial.stand.change("diary", authorization_details_types=(value,))
    trial.is_understood(authorization_details=details)


def _is_refused_otherwise(parameter: str, other: str) -> Callable[[Trial, str], None]:
    def tried(trial: Trial, value: str) -> None:
        assert "code" in trial.answer(**{parameter: value})
        assert "error" in trial.answer(**{parameter: other})

    return tried


def _normal(trial: Trial, value: str) -> None:
    assert "normal" == value


# Keys whose values are lists: who tries one value.
TRIALS: Mapping[str, Callable[[Trial, str], None]] = {
    "scopes_supported": _scope,
    "response_types_supported": _is_refused_otherwise("response_type", "code id_token"),
    "response_modes_supported": _mode,
    "grant_types_supported": _grant,
    "code_challenge_methods_supported": _is_refused_otherwise("code_challenge_method", "plain"),
    "ui_locales_supported": _locale,
    "subject_types_supported": _subject,
    "id_token_signing_alg_values_supported": _id_token_alg,
    "userinfo_signing_alg_values_supported": _userinfo_alg,
    "authorization_signing_alg_values_supported": _response_alg,
    "introspection_signing_alg_values_supported": _introspection_alg,
    **{
        f"{what}_encryption_{part}_values_supported": _encrypted(what, part)
        for what in ("id_token", "userinfo", "authorization")
        for part in ("alg", "enc")
    },
    "acr_values_supported": _level,
    "prompt_values_supported": _prompt,
    "claim_types_supported": _normal,
    "claims_supported": _claim,
    "authorization_details_types_supported": _detail,
}
# Keys that are tried where their feature is: the test that does.
ELSEWHERE: Mapping[str, Callable[..., Any]] = {
    **{
        f"{endpoint}_endpoint_auth_{what}_supported": test_caller_certificates.test_discovery_tells_of_both_ways_and_where
        for endpoint in ("token", "revocation", "introspection")
        for what in ("methods", "signing_alg_values")
    },
    "mtls_endpoint_aliases": test_caller_certificates.test_discovery_tells_of_both_ways_and_where,
    "tls_client_certificate_bound_access_tokens": test_caller_certificates.test_discovery_tells_of_both_ways_and_where,
    "dpop_signing_alg_values_supported": test_dpop_proofs.test_a_proof_names_the_key_that_made_it,
    "request_object_signing_alg_values_supported": test_request_objects.test_discovery_says_what_is_on,
    **{
        f"request_object_encryption_{part}_values_supported": test_opening.test_every_algorithm_opens_with_and_without_a_kid
        for part in ("alg", "enc")
    },
    "request_parameter_supported": test_request_objects.test_only_what_is_signed_counts,
    "request_uri_parameter_supported": test_request_objects.test_an_object_by_reference,
    "require_request_uri_registration": test_request_objects.test_nothing_is_fetched_that_is_not_registered,
    "require_signed_request_object": test_request_objects.test_a_client_that_must_sign_cannot_do_without,
}
# Keys that say yes or no and are shown by a test below.
PLAIN = {
    "issuer", "claims_parameter_supported", "authorization_response_iss_parameter_supported",
    "require_pushed_authorization_requests",
}  # fmt: skip


def test_every_key_is_tried_by_somebody(said: dict[str, Any]) -> None:
    tried = {*TRIALS, *ELSEWHERE, *LEAVING, *PLAIN, *ENDPOINTS}

    assert set() == set(said) - tried, "said and never tried"
    assert set() == tried - set(said), "tried and not said"
    assert all(value not in (None, "", []) for value in said.values())


@pytest.mark.parametrize("key", TRIALS)
def test_every_value_works(stand: Stand, said: dict[str, Any], key: str) -> None:
    before = fully(stand).client
    for value in said[key]:
        TRIALS[key](Trial(stand), value)
        kept = ("secrets", "version", "client_id")
        stand.change("diary", **{name: getattr(before, name) for name in before.__slots__ if name not in kept})
    assert len(said[key]) == len(set(said[key]))


@pytest.mark.parametrize("key", LEAVING)
def test_what_is_said_of_leaving_is_so(stand: Stand, said: dict[str, Any], key: str) -> None:
    trial = Trial(stand)
    LEAVING[key](stand, trial.party)
    stand.change("diary", backchannel_logout_uri=None, frontchannel_logout_uri=None)

    assert (f"{ISSUER}/check_session" if key == "check_session_iframe" else True) == said[key]


def test_a_logout_token_is_encrypted_as_the_id_tokens_are(stand: Stand) -> None:
    header, claims = encrypted_logout_token(stand, Trial(stand).party)
    cleared = {"id_token_encrypted_response_alg": None, "id_token_encrypted_response_enc": None, "jwks": {}}
    stand.change("diary", backchannel_logout_uri=None, **cleared)

    # Back-Channel Logout 1.0, 2.4, RFC 7519 5.3: the issuer stands outside too.
    assert ("JWT", ISSUER, "diary") == (header["cty"], header["iss"], claims["aud"])


def test_what_is_plain(stand: Stand, said: dict[str, Any]) -> None:
    assert ISSUER == said["issuer"] == Trial(stand).answer()["iss"]
    assert said["claims_parameter_supported"] is said["authorization_response_iss_parameter_supported"] is True
    assert said["require_pushed_authorization_requests"] is False


def test_every_address_is_there(stand: Stand, said: dict[str, Any]) -> None:
    http = stand.app.test_client()
    for name in ENDPOINTS:
        path = urlsplit(said[name]).path
        assert said[name] == ISSUER + path
        got, posted = http.get(path, base_url=ISSUER).status_code, http.post(path, base_url=ISSUER).status_code
        assert (405 if name in POST_ONLY else got) == got and got not in (404, 500)
        assert (405 if name == "jwks_uri" else posted) == posted and posted not in (404, 500)


def test_both_places_hold_the_same(stand: Stand) -> None:
    http = stand.app.test_client()
    first, second = (http.get(path, base_url=ISSUER) for path in DISCOVERY_PATHS)

    assert "application/json" == first.mimetype
    assert first.data == second.data


OPEN = (*DISCOVERY_PATHS, "/jwks", "/token", "/userinfo", "/revoke", "/par")
CLOSED = ("/introspect", "/device_authorization", "/authorize", "/end_session", "/login")


@pytest.mark.parametrize("path", OPEN)
def test_a_page_of_another_origin_may_call(stand: Stand, path: str) -> None:
    http = stand.app.test_client()
    asked = {
        "Origin": "https://spa.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "dpop"
    }
    before = http.options(path, base_url=ISSUER, headers=asked)
    method = "GET" if path in (*DISCOVERY_PATHS, "/jwks") else "POST"

    assert 200 == before.status_code
    assert "*" == before.headers["Access-Control-Allow-Origin"]
    assert method in before.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "Content-Type", "DPoP"} == set(before.headers["Access-Control-Allow-Headers"].split(", "))
    # A refusal can be read, too; cookies are never sent along.
    answer = http.open(path, method=method, base_url=ISSUER, headers={"Origin": "https://spa.example"})
    assert "*" == answer.headers["Access-Control-Allow-Origin"]
    assert "DPoP-Nonce" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in {*before.headers.keys(), *answer.headers.keys()}


@pytest.mark.parametrize("path", CLOSED)
def test_other_places_are_closed_to_it(stand: Stand, path: str) -> None:
    http = stand.app.test_client()
    for method in ("GET", "POST", "OPTIONS"):
        answer = http.open(path, method=method, base_url=ISSUER, headers={"Origin": "https://spa.example"})
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-Allow")], method


def test_every_scope_and_no_other(said: dict[str, Any]) -> None:
    assert list(SCOPES) == said["scopes_supported"]


def test_a_signed_answer_of_the_userinfo_endpoint_is_no_hint(stand: Stand) -> None:
    trial = Trial(stand)
    told = trial.party.userinfo(trial.with_client(userinfo_signed_response_alg="ES256")["access_token"]).text
    answer = trial.answer(prompt="none", id_token_hint=told)
    stand.change("diary", userinfo_signed_response_alg=None)

    assert "error" in answer


def test_signed_then_encrypted_and_never_in_the_open(stand: Stand) -> None:
    trial = Trial(stand)
    wanted = {"userinfo_signed_response_alg": "PS256", "userinfo_encrypted_response_alg": "RSA-OAEP-256"}
    tokens = trial.with_client(**wanted, jwks=ENCRYPTION_KEYS)
    answer = trial.party.userinfo(tokens["access_token"])
    header, content = opened(answer.text, RSA, "RSA-OAEP-256", "A128CBC-HS256")
    assert ("JWT", "application/jwt", "no-store") == (header["cty"], answer.content_type, answer.headers["Cache-Control"])
    assert ("Соколова", "diary") == tuple(read_jwt(stand, content, "PS256")[name] for name in ("family_name", "aud"))

    stand.change("diary", jwks={}, jwks_uri="https://127.0.0.1/jwks")
    refused = trial.party.userinfo(tokens["access_token"])
    cleared = {"userinfo_signed_response_alg": None, "userinfo_encrypted_response_alg": None, "jwks_uri": None}
    stand.change("diary", **cleared)
    assert (400, "invalid_request") == (refused.status_code, refused.json["error"])
    assert "Соколова" not in refused.text
