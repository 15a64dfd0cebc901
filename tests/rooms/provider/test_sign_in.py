"""From the authorization request to claims: what a relying party that does everything right gets."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import jwt
import pytest
from sqlalchemy import event

from broker.provider.documents import ENDPOINTS
from tests.rooms.provider.stand import ANNA, DIARY, ISSUER, KIOSK, OLYMP, Browser, RelyingParty, Stand, answer_of


def id_token_of(stand: Stand, tokens: dict[str, str], audience: str) -> dict[str, object]:
    """Verified as a client would: by the published key, with the algorithm it registered."""
    keys = {key["kid"]: key for key in stand.app.test_client().get("/jwks", base_url=ISSUER).json["keys"]}
    header = jwt.get_unverified_header(tokens["id_token"])
    options = {"verify_exp": False, "verify_iat": False}
    key = jwt.PyJWK(keys[header["kid"]], header["alg"]).key
    claims: dict[str, object] = jwt.decode(tokens["id_token"], key, [header["alg"]], audience=audience, options=options)
    return claims | {"alg": header["alg"]}


@pytest.mark.parametrize("client", [DIARY, OLYMP, KIOSK], ids=lambda client: client.client_id)
def test_a_live_session_gives_a_code_at_once_and_tokens_for_it(stand: Stand, browser: Browser, client: object) -> None:
    party = stand.relying_party(client)
    party.consent()
    answer = party.authorize(browser)
    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith(party.client.redirect_uris[0])
    assert {"state": "st-1", "iss": ISSUER} == {name: answer_of(answer)[name] for name in ("state", "iss")}
    assert "no-store" == answer.headers["Cache-Control"]

    tokens = party.redeem(answer_of(answer)["code"])
    assert "no-store" == tokens.headers["Cache-Control"]
    assert ("Bearer", 600) == (tokens.json["token_type"], tokens.json["expires_in"])
    assert "openid profile offline_access" == tokens.json["scope"]
    claims = id_token_of(stand, tokens.json, party.client.client_id)
    now = int(stand.clock.at.timestamp())
    assert (ISSUER, "n-1", now, now, now + 600) == tuple(claims[name] for name in ("iss", "nonce", "auth_time", "iat", "exp"))
    assert ("urn:school-signin:esia:confirmed", ["pwd"]) == (claims["acr"], claims["amr"])
    assert party.client.id_token_signed_response_alg == claims["alg"]
    half = hashlib.sha256(tokens.json["access_token"].encode()).digest()[:16]
    assert base64.urlsafe_b64encode(half).rstrip(b"=").decode() == claims["at_hash"]
    # With the code flow the claims of scopes come from the UserInfo Endpoint.
    assert "name" not in claims
    info = party.userinfo(tokens.json["access_token"]).json
    assert (claims["sub"], "Соколова Анна Игоревна") == (info["sub"], info["name"])


def test_two_clients_know_one_person_by_different_names(stand: Stand, browser: Browser) -> None:
    subjects = set()
    for client in (DIARY, OLYMP, KIOSK):
        party = stand.relying_party(client)
        party.consent()
        subjects.add(id_token_of(stand, party.tokens(browser), client.client_id)["sub"])

    assert 3 == len(subjects)
    assert ANNA in subjects  # the kiosk is registered for public subjects


SCOPE_CLAIMS = {
    "profile": {"name", "family_name", "given_name", "middle_name", "birthdate", "gender"},
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
    "snils": {"snils"},
    "school": {"school", "diary_roles", "region"},
    "children": {"children"},
}


@pytest.mark.parametrize("scope", SCOPE_CLAIMS)
def test_a_scope_opens_its_claims_and_no_others(browser: Browser, diary: RelyingParty, scope: str) -> None:
    tokens = diary.tokens(browser, scope=f"openid {scope}")

    assert {"sub"} | SCOPE_CLAIMS[scope] == set(diary.userinfo(tokens["access_token"]).json)


def test_a_parent_sees_children_under_names_of_this_client(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser, scope="openid children")
    (child,) = diary.userinfo(tokens["access_token"]).json["children"]

    with stand.app.app_context():
        assert stand.rooms.mint.subject(DIARY, "petr") == child["sub"]
    assert ("5А", True) == (child["class"], "Пётр" in child["name"])


def test_single_claims_go_where_they_were_asked(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    claims = {"id_token": {"email": None, "unknown": None}, "userinfo": {"snils": {"essential": True}}}
    tokens = diary.tokens(browser, scope="openid", claims=json.dumps(claims))

    assert "anna@example.org" == id_token_of(stand, tokens, "diary")["email"]
    assert {"sub", "snils"} == set(diary.userinfo(tokens["access_token"]).json)


def test_form_post_and_the_address_of_an_app(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    page = diary.authorize(browser, response_mode="form_post")

    assert 200 == page.status_code
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    assert ("st-1", ISSUER) == (fields["state"], fields["iss"])
    assert 200 == diary.redeem(fields["code"]).status_code
    refused = answer_of(stand.relying_party(KIOSK).authorize(browser, response_mode="form_post"))
    assert "invalid_request" == refused["error"]


def test_a_request_may_come_as_a_form(browser: Browser, diary: RelyingParty) -> None:
    answer = browser.post("/authorize", diary.parameters())

    assert 303 == answer.status_code
    assert "code" in answer_of(answer)


def test_a_form_from_another_site_finds_its_session_by_a_detour(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """SameSite=Lax keeps the cookies away from a cross-site POST; the GET that follows has them."""
    detour = stand.browser().post("/authorize", diary.parameters(id_token_hint="x.y.z"))
    assert 303 == detour.status_code
    assert detour.headers["Location"].startswith("/authorize?parked=")
    assert "client_id" not in detour.headers["Location"]

    assert "code" in answer_of(browser.get(detour.headers["Location"]))
    assert 410 == browser.get("/authorize?parked=nonsense").status_code
    stand.clock.advance(timedelta(minutes=5))
    assert 410 == browser.get(detour.headers["Location"]).status_code


def test_without_a_session_the_login_begins_and_comes_back_with_a_code(stand: Stand, diary: RelyingParty) -> None:
    browser = stand.browser()
    begun = diary.authorize(browser)
    assert 303 == begun.status_code
    assert begun.headers["Location"].startswith("/login/")
    assert begun.headers["Set-Cookie"].startswith("browser-8000=")
    browser.sign_in()
    onward = browser.get(begun.headers["Location"])
    while onward.headers.get("Location", "").startswith("/"):
        address = onward.headers["Location"]
        onward = browser.get(address)
    assert address.startswith("/authorize/resume?attempt=")

    assert 200 == diary.redeem(answer_of(onward)["code"]).status_code
    again = browser.get(address)
    assert 409 == again.status_code
    assert "1003" in again.text


def test_a_client_paused_during_the_sign_in_gets_nothing(stand: Stand, diary: RelyingParty) -> None:
    browser = stand.browser()
    begun = diary.authorize(browser)
    browser.sign_in()
    onward = browser.get(begun.headers["Location"])
    while not onward.headers["Location"].startswith("/authorize/resume"):
        onward = browser.get(onward.headers["Location"])
    with stand.app.app_context():
        stand.rooms.clients.set_enabled("diary", False)
    stopped = browser.get(onward.headers["Location"])

    assert (403, True) == (stopped.status_code, "7003" in stopped.text)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none", "max_age": "0"}, "login_required"),
        ({"prompt": "none", "scope": "openid email"}, "consent_required"),
    ],
)
def test_without_a_page_the_client_is_told_what_would_be_needed(
    stand: Stand, browser: Browser, changes: dict[str, str], error: str
) -> None:
    party = stand.relying_party(OLYMP)
    party.consent()
    stand.clock.advance(timedelta(seconds=1))

    assert {"error": error, "state": "st-1", "iss": ISSUER}.items() <= answer_of(party.authorize(browser, **changes)).items()
    assert "code" in answer_of(party.authorize(browser, prompt="none"))


def test_prompt_none_without_a_session(stand: Stand, diary: RelyingParty) -> None:
    assert "login_required" == answer_of(diary.authorize(stand.browser(), prompt="none"))["error"]


def test_an_id_token_hint_says_who_is_expected(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    hint = diary.tokens(browser)["id_token"]
    stand.clock.advance(timedelta(minutes=20))

    assert "code" in answer_of(diary.authorize(browser, prompt="none", id_token_hint=hint))
    boris = stand.browser()
    boris.sign_in("boris")
    assert "login_required" == answer_of(diary.authorize(boris, prompt="none", id_token_hint=hint))["error"]
    assert diary.authorize(boris, id_token_hint=hint).headers["Location"].startswith("/login/")
    forged = hint[:-2] + ("AA" if hint[-2:] != "AA" else "BB")
    assert "login_required" == answer_of(diary.authorize(browser, prompt="none", id_token_hint=forged))["error"]


def test_userinfo_may_be_posted(browser: Browser, diary: RelyingParty) -> None:
    token = diary.tokens(browser)["access_token"]

    assert 200 == diary.http.post("/userinfo", base_url=ISSUER, data={"access_token": token}).status_code
    assert 200 == diary.http.post("/userinfo", base_url=ISSUER, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize(
    ("options", "status", "error"),
    [
        ({}, 401, None),
        ({"headers": {"Authorization": "Basic eDp5"}}, 401, None),
        ({"headers": {"Authorization": "Bearer x"}}, 401, "invalid_token"),
        ({"headers": {"Authorization": "Bearer x y"}}, 400, "invalid_request"),
        ({"headers": {"Authorization": "Bearer x"}, "data": {"access_token": "x"}}, 400, "invalid_request"),
        ({"data": {"access_token": ["x", "y"]}}, 400, "invalid_request"),
        ({"json": {"access_token": "x"}}, 400, "invalid_request"),
        ({"query_string": {"access_token": "x"}}, 401, None),
    ],
)
def test_userinfo_refuses_by_the_book(stand: Stand, options: dict[str, object], status: int, error: str | None) -> None:
    answer = stand.app.test_client().post("/userinfo", base_url=ISSUER, **options)

    assert status == answer.status_code
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge == "Bearer" if error is None else challenge.startswith(f'Bearer error="{error}"')


def test_discovery_lists_only_what_answers(stand: Stand) -> None:
    http = stand.app.test_client()
    found = http.get("/.well-known/openid-configuration", base_url=ISSUER)
    assert ISSUER == found.json["issuer"]
    addresses = {name: value for name, value in found.json.items() if name.endswith(("_endpoint", "_uri"))}
    assert set(ENDPOINTS) <= set(addresses)
    for address in addresses.values():
        answers = {http.open(urlsplit(address).path, method=method, base_url=ISSUER).status_code for method in ("GET", "POST")}
        assert answers != {404}, address
    assert {"RS256", "PS256", "ES256"} <= set(found.json["id_token_signing_alg_values_supported"])


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
def test_public_documents_are_cached(stand: Stand, path: str) -> None:
    http = stand.app.test_client()
    first = http.get(path, base_url=ISSUER)
    again = http.get(path, base_url=ISSUER, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"].startswith("public, max-age=")
    assert (304, b"") == (again.status_code, again.data)


def test_no_private_key_is_published(stand: Stand) -> None:
    keys = stand.app.test_client().get("/jwks", base_url=ISSUER).json["keys"]

    assert keys
    assert not any({"d", "p", "q", "k"} & set(key) for key in keys)


def test_the_hot_path_reads_little(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    """A repeat sign-in is what the first of September is made of: hold the count of statements, clients being known."""
    diary.tokens(browser)
    counted: list[str] = []
    for engine in stand.rooms.database._engines:
        event.listen(engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    code = diary.code(browser)
    authorize = [text for text in counted if "FROM client" not in text]
    diary.redeem(code)
    token = [text for text in counted if "FROM client" not in text][len(authorize) :]

    assert 2 == len(authorize), authorize
    assert 7 == len(token), token
    assert 1 == sum(text.startswith("BEGIN") for text in token)


def test_query_survives_in_a_registered_address(stand: Stand, browser: Browser) -> None:
    party = stand.relying_party(OLYMP)
    party.consent()

    assert party.authorize(browser).headers["Location"].startswith("https://olymp.example.ru/cb?from=school&code=")
    assert urlencode({"iss": ISSUER}) in party.authorize(browser).headers["Location"]
