"""Tokens that are good only for who holds the key: from the authorization request to the resource, by DPoP and by certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2 import OAuth2Error
from flask import g, request
from werkzeug.test import TestResponse

from broker.provider.caller.dpop_nonce import Nonces
from broker.provider.caller.dpop_settings import NONCE_FOR, DpopSettings
from broker.provider.caller.sender import make_sender
from broker.provider.granting.exchange_grant import ACCESS_TOKEN, ExchangeGrant
from broker.tokens.access import Access
from tests.rooms.provider.machines import add, for_itself, fully
from tests.rooms.provider.stand import DIARY, ISSUER, KIOSK, Browser, RelyingParty, Stand, build
from tests.support.client_certificates import Made, make
from tests.support.clock import Clock
from tests.support.dpop import Holder

BEGAN = Clock().now() - timedelta(hours=1)
OWN, OTHER = make(BEGAN), make(BEGAN)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("senders"), Clock())
    fully(made)
    yield made
    made.rooms.database.close()


@pytest.fixture(scope="module")
def diary(stand: Stand) -> RelyingParty:
    return fully(stand)


@pytest.fixture
def diary_bound(stand: Stand) -> Iterator[RelyingParty]:
    yield fully(stand, dpop_bound_access_tokens=True)
    fully(stand, dpop_bound_access_tokens=False)


@pytest.fixture(scope="module")
def browser(stand: Stand) -> Browser:
    made = stand.browser()
    made.sign_in()
    return made


@pytest.fixture
def holder(stand: Stand) -> Holder:
    return Holder(ISSUER, stand.clock.now)


def redeemed(party: RelyingParty, code: str, holder: Holder | None, **more: Any) -> TestResponse:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": party.client.redirect_uris[0],
        "code_verifier": party.verifier,
    }  # fmt: skip
    proof = {} if holder is None else {"DPoP": holder.proof("POST", "/token")}
    return party.post("/token", form, headers=proof | more.pop("headers", {}), **more)


def bound_tokens(party: RelyingParty, browser: Browser, holder: Holder, **asked: Any) -> dict[str, Any]:
    answer = redeemed(party, party.code(browser, **asked), holder)
    assert (200, "DPoP") == (answer.status_code, answer.json.get("token_type")), answer.text
    found: dict[str, Any] = answer.json
    return found


def userinfo(stand: Stand, scheme: str, token: str, proof: str | None = None, method: str = "GET", **more: Any) -> TestResponse:
    headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": proof} if proof is not None else {})
    return stand.app.test_client().open("/userinfo", method=method, base_url=ISSUER, headers=headers, **more)


def told(answer: TestResponse) -> tuple[int, str | None]:
    return answer.status_code, answer.json["error"] if answer.data else None


def access_of(stand: Stand, token: str) -> Access:
    with stand.app.app_context():
        return stand.rooms.living.read(token).access


def test_the_whole_way_with_a_key(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder) -> None:
    tokens = bound_tokens(diary, browser, holder)
    token = tokens["access_token"]
    for method in ("GET", "POST"):
        answer = userinfo(stand, "DPoP", token, holder.proof(method, "/userinfo", token), method)
        assert (200, "Анна") == (answer.status_code, answer.json["given_name"])

    assert {"jkt": holder.thumbprint} == access_of(stand, token).confirmation.cnf


def test_a_bound_token_is_of_no_use_to_who_has_only_the_token(
    stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder
) -> None:
    token = bound_tokens(diary, browser, holder)["access_token"]
    thief = Holder(ISSUER, stand.clock.now)
    good = holder.proof("GET", "/userinfo", token)
    ways = {
        "as a bearer token": ("Bearer", None),
        "as a bearer token beside a good proof": ("Bearer", good),
        "without a proof": ("DPoP", None),
        "with the proof of another key": ("DPoP", thief.proof("GET", "/userinfo", token)),
        "with the proof of another request": ("DPoP", holder.proof("POST", "/userinfo", token)),
        "with a proof for another token": ("DPoP", holder.proof("GET", "/userinfo", "x")),
        "with a proof for no token": ("DPoP", holder.proof("GET", "/userinfo")),
        "with a proof of the token endpoint": ("DPoP", holder.proof("POST", "/token")),
        "with two proofs": ("DPoP", f"{holder.proof('GET', '/userinfo', token)}, {good}"),
    }
    for what, (scheme, proof) in ways.items():
        answer = userinfo(stand, scheme, token, proof)
        assert 401 == answer.status_code, what
        challenge = answer.headers.get_all("WWW-Authenticate")
        assert challenge[0].startswith(f'{scheme} error="invalid_'), (what, challenge)
        assert any(said.startswith("DPoP") and 'algs="PS256 ES256 EdDSA"' in said for said in challenge), (what, challenge)
    posted = stand.app.test_client().post("/userinfo", base_url=ISSUER, data={"access_token": token}, headers={"DPoP": good})
    assert (401, "invalid_token") == told(posted)
    # Nothing of this has cost its owner anything.
    assert 200 == userinfo(stand, "DPoP", token, good).status_code
    assert (401, "invalid_dpop_proof") == told(userinfo(stand, "DPoP", token, good))


def test_a_plain_token_gains_nothing_by_a_proof(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder) -> None:
    token = redeemed(diary, diary.code(browser), None).json["access_token"]

    assert (401, "invalid_token") == told(userinfo(stand, "DPoP", token, holder.proof("GET", "/userinfo", token)))
    assert 200 == userinfo(stand, "Bearer", token, holder.proof("GET", "/userinfo", token)).status_code
    assert 200 == userinfo(stand, "bearer", token).status_code


@pytest.mark.parametrize("scheme", ["dpop", "DPOP", "DPoP"])
def test_the_scheme_in_any_letters(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder, scheme: str) -> None:
    token = bound_tokens(diary, browser, holder)["access_token"]

    assert 200 == userinfo(stand, scheme, token, holder.proof("GET", "/userinfo", token)).status_code


def test_a_proof_that_does_not_hold_costs_no_code(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder) -> None:
    code = diary.code(browser)
    for proof in ("x", holder.proof("GET", "/token"), holder.proof("POST", "/token", nonce="x")):
        answer = diary.post("/token", {"grant_type": "authorization_code", "code": code}, headers={"DPoP": proof})
        assert (400, True) == (answer.status_code, answer.json["error"] in ("invalid_dpop_proof", "use_dpop_nonce"))

    assert 200 == redeemed(diary, code, holder).status_code


def test_a_proof_is_for_one_request_at_the_token_endpoint_too(stand: Stand, diary: RelyingParty, holder: Holder) -> None:
    proof = {"DPoP": holder.proof("POST", "/token")}
    form = {"grant_type": "client_credentials"}

    assert (200, 400) == tuple(diary.post("/token", form, headers=proof).status_code for _ in range(2))


def test_a_client_that_must_bind(stand: Stand, diary_bound: RelyingParty, browser: Browser, holder: Holder) -> None:
    code = diary_bound.code(browser)

    assert (400, "invalid_dpop_proof") == told(redeemed(diary_bound, code, None))
    assert (400, "invalid_dpop_proof") == told(for_itself(diary_bound))
    assert 200 == redeemed(diary_bound, code, holder).status_code


def test_a_code_for_one_key(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder) -> None:
    """dpop_jkt: whoever has stolen the code and the verifier has not stolen the key (RFC 9449 10)."""
    thief = Holder(ISSUER, stand.clock.now)

    for by in (None, thief):
        code = diary.code(browser, dpop_jkt=holder.thumbprint)
        assert (400, "invalid_grant") == told(redeemed(diary, code, by))
    assert 200 == redeemed(diary, diary.code(browser, dpop_jkt=holder.thumbprint), holder).status_code


def test_a_pushed_request_binds_its_code_to_the_key_of_its_proof(
    stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder
) -> None:
    def pushed(**changes: str) -> TestResponse:
        headers = {"DPoP": holder.proof("POST", "/par")}
        return diary.post("/par", diary.parameters(**changes), headers=headers)

    assert (400, "invalid_dpop_proof") == told(pushed(dpop_jkt=Holder(ISSUER, stand.clock.now).thumbprint))
    for by, status in ((None, 400), (Holder(ISSUER, stand.clock.now), 400), (holder, 200)):
        uri = pushed(dpop_jkt=holder.thumbprint).json["request_uri"] if by is holder else pushed().json["request_uri"]
        back = browser.get(f"/authorize?client_id=diary&request_uri={uri}").headers["Location"]
        code = back.partition("code=")[2].partition("&")[0]
        assert status == redeemed(diary, code, by).status_code
    proof = {"DPoP": holder.proof("POST", "/token")}
    assert (400, "invalid_dpop_proof") == told(diary.post("/par", diary.parameters(), headers=proof))


def test_refreshing_with_the_key_of_each_time(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder) -> None:
    """A client that proves itself otherwise may change its key; each access token is bound to that of its own request."""
    tokens = bound_tokens(diary, browser, holder)
    second = Holder(ISSUER, stand.clock.now)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    renewed = diary.post("/token", form, headers={"DPoP": second.proof("POST", "/token")}).json

    token = renewed["access_token"]
    assert {"jkt": second.thumbprint} == access_of(stand, token).confirmation.cnf
    assert (401, "invalid_token") == told(userinfo(stand, "DPoP", token, holder.proof("GET", "/userinfo", token)))


def test_a_public_client_refreshes_with_its_first_key_only(stand: Stand, browser: Browser, holder: Holder) -> None:
    kiosk = stand.relying_party(KIOSK)
    tokens = bound_tokens(kiosk, browser, holder)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    thief = {"DPoP": Holder(ISSUER, stand.clock.now).proof("POST", "/token")}

    for headers in ({}, thief):
        assert (400, "invalid_grant") == told(kiosk.post("/token", form, headers=headers))
    # The thief has not ended it either.
    assert 200 == kiosk.post("/token", form, headers={"DPoP": holder.proof("POST", "/token")}).status_code


def test_exchanging_needs_the_key_of_the_token(stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder) -> None:
    token = bound_tokens(diary, browser, holder)["access_token"]
    form = {"grant_type": ExchangeGrant.GRANT_TYPE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}

    for by, status in ((None, 400), (Holder(ISSUER, stand.clock.now), 400), (holder, 200)):
        proof = {} if by is None else {"DPoP": by.proof("POST", "/token")}
        assert status == diary.post("/token", form, headers=proof).status_code


@pytest.mark.parametrize(("nonce_for", "profile", "needed"), [
    ("nobody", "fapi2", False), ("fapi2", "", False), ("fapi2", "fapi2", True), ("everybody", "", True),
])  # fmt: skip
def test_whose_proofs_need_a_nonce(stand: Stand, holder: Holder, nonce_for: str, profile: str, needed: bool) -> None:
    sender = make_sender(replace(stand.rooms, dpop=DpopSettings(nonce_for=nonce_for)))
    client = replace(DIARY, profile=profile)
    assert ("nobody", "fapi2", "everybody") == NONCE_FOR

    def confirmed() -> str:
        headers = {"DPoP": holder.proof("POST", "/token")}
        with stand.app.test_request_context("/token", method="POST", base_url=ISSUER, headers=headers):
            try:
                return str(sender.of(request, client))
            except OAuth2Error as error:
                return f"{error.error} {g.dpop_nonce}"

    said = confirmed()
    assert needed == said.startswith("use_dpop_nonce ")
    holder.nonce = said.partition(" ")[2] or None
    assert f"jkt:{holder.thumbprint}" == confirmed()


def test_where_a_nonce_is_needed_it_is_offered_and_costs_nothing(
    stand: Stand, diary: RelyingParty, browser: Browser, holder: Holder
) -> None:
    # Nobody needs one here who has shown none; one that was shown must be ours.
    answer = diary.post(
        "/token", {"grant_type": "client_credentials"}, headers={"DPoP": holder.proof("POST", "/token", nonce="old")}
    )
    assert (400, "use_dpop_nonce") == told(answer)
    nonce = answer.headers["DPoP-Nonce"]
    assert nonce == Nonces(stand.rooms.vault.fingerprints, stand.clock.now, timedelta(minutes=5)).current()
    holder.nonce = nonce

    answer = diary.post("/token", {"grant_type": "client_credentials"}, headers={"DPoP": holder.proof("POST", "/token")})
    assert (200, None) == (answer.status_code, answer.headers.get("DPoP-Nonce"))
    token = bound_tokens(diary, browser, holder)["access_token"]
    holder.nonce = "old"
    refused = userinfo(stand, "DPoP", token, holder.proof("GET", "/userinfo", token))
    assert (401, "use_dpop_nonce", nonce) == (*told(refused), refused.headers["DPoP-Nonce"])
    assert refused.headers["WWW-Authenticate"].startswith('DPoP error="use_dpop_nonce"')


def by_certificate(shown: Made | None) -> dict[str, Any]:
    headers = {"Client-Cert": shown.rfc9440} if shown is not None else {}
    return {"headers": headers, "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}


@pytest.fixture(scope="module")
def tied(stand: Stand) -> RelyingParty:
    return add(stand, "tied", tls_client_certificate_bound_access_tokens=True, sector_identifier="tied.example.ru")


def test_the_whole_way_with_a_certificate(stand: Stand, tied: RelyingParty, browser: Browser, holder: Holder) -> None:
    code = tied.code(browser)
    assert (400, "invalid_request") == told(redeemed(tied, code, None, **by_certificate(None)))
    assert (400, "invalid_request") == told(redeemed(tied, code, holder, **by_certificate(OWN)))
    answer = redeemed(tied, code, None, **by_certificate(OWN))
    assert (200, "Bearer") == (answer.status_code, answer.json.get("token_type")), answer.text
    token = answer.json["access_token"]

    def seen(shown: Made | None, peer: str = "127.0.0.1", scheme: str = "Bearer", **headers: str) -> tuple[int, str | None]:
        given = {"Authorization": f"{scheme} {token}"} | ({"Client-Cert": shown.rfc9440} if shown else {}) | headers
        return told(stand.app.test_client().get("/userinfo", base_url=ISSUER, headers=given, environ_base={"REMOTE_ADDR": peer}))

    assert "x5t" == access_of(stand, token).confirmation.kind
    for refused in (seen(None), seen(OTHER), seen(OWN, peer="10.0.0.1"), seen(OWN, scheme="DPoP"),
                    seen(None, DPoP=holder.proof("GET", "/userinfo", token))):  # fmt: skip
        assert (401, "invalid_token") == refused
    http = stand.app.test_client()
    form: dict[str, Any] = {"data": {"access_token": token}, "headers": {"Client-Cert": OWN.rfc9440}}
    assert 200 == http.post("/userinfo", base_url=ISSUER, environ_base={"REMOTE_ADDR": "127.0.0.1"}, **form).status_code


def test_a_certificate_binds_nothing_for_who_has_not_asked_for_it(
    stand: Stand, diary: RelyingParty, browser: Browser
) -> None:
    token = redeemed(diary, diary.code(browser), None, **by_certificate(OWN)).json["access_token"]

    assert access_of(stand, token).confirmation is None
    assert 200 == userinfo(stand, "Bearer", token).status_code


def test_discovery_says_so(stand: Stand) -> None:
    found = stand.app.test_client().get("/.well-known/openid-configuration", base_url=ISSUER).json

    assert ["PS256", "ES256", "EdDSA"] == found["dpop_signing_alg_values_supported"]
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert f"{ISSUER}/introspect" == found["introspection_endpoint"]
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
