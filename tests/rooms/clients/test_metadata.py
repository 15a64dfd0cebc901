"""Registrations that would be dangerous are refused with a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from broker.clients.addresses import BadAddress, require_address
from broker.clients.client import Client, ClientSecret
from broker.clients.metadata import require_sound
from broker.clients.refused import ClientRefused
from tests.rooms.clients.samples import APP, DIARY, ec_jwk, rsa_jwk, signed

SOUND_ADDRESSES = (
    "https://diary.example/callback",
    "https://diary.example",
    "https://diary.example:8443/a/b?tenant=7",
    "https://xn--e1aybc.xn--p1ai/cb",
    "https://192.0.2.7/cb",
    "http://127.0.0.1:8002/callback",
    "http://localhost/callback",
    "http://[::1]:8000/callback",
    "https://diary.example/%D0%B4",
    "https://diary.example/a..b/c...",
)
BAD_ADDRESSES = (
    "",
    "callback",
    "/callback",
    "//diary.example/callback",
    "https:/diary.example",
    "https:diary.example",
    "https://",
    "https:///callback",
    "http://diary.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://127.0.0.2/callback",
    "https://diary.example/callback#part",
    "https://diary.example/callback#",
    "https://user@diary.example/callback",
    "https://user:word@diary.example/callback",
    "https://diary.example@evil.example/callback",
    "https://diary.example\\@evil.example/callback",
    "https://diary.example/..\\callback",
    "https://diary.example/../callback",
    "https://diary.example/a/..",
    "https://diary.example/./callback",
    "https://diary.example/..;/callback",
    "https://diary.example/%2e%2e/callback",
    "https://diary.example/%252e%252e/callback",
    "https://diary.example/%2E./callback",
    "https://diary.example/a%2f..%2fcallback",
    "https://diary.example/a%5c..%5ccallback",
    "https://diary.example/%00",
    "https://diary.example/%0d%0aSet-Cookie:a=b",
    "https://diary.example/a%23b",
    "https://*.diary.example/callback",
    "https://diary.example/*",
    "https://diary.example/call back",
    "https://diary.example/callback\n",
    "https://дневник.рф/callback",
    "https://diary.example/дневник",
    "https://Diary.example/callback",
    "HTTPS://diary.example/callback",
    "https://diary..example/callback",
    "https://diary.example:0/callback",
    "https://diary.example:99999/callback",
    "https://diary.example:port/callback",
    "https://[::1/callback",
    "https://diary.example/callback?code=1",
    "https://diary.example/callback?a=1&state=",
    "https://diary.example/callback?iss=https://evil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "file:///etc/passwd",
    "ftp://diary.example/",
    "app:/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://diary.example/" + "a" * 2000,
)


@pytest.mark.parametrize("uri", SOUND_ADDRESSES)
@pytest.mark.parametrize("is_public", [False, True])
def test_a_plain_address_is_kept(uri: str, is_public: bool) -> None:
    require_address(uri, is_public=is_public)


@pytest.mark.parametrize("uri", BAD_ADDRESSES)
@pytest.mark.parametrize("is_public", [False, True])
def test_a_dangerous_address_is_refused(uri: str, is_public: bool) -> None:
    with pytest.raises(BadAddress):
        require_address(uri, is_public=is_public)


@pytest.mark.parametrize("uri", ["com.example.app:/callback", "ru.school-1.diary:/a/b"])
def test_a_private_use_scheme_is_for_public_clients(uri: str) -> None:
    require_address(uri, is_public=True)

    with pytest.raises(BadAddress, match="public"):
        require_address(uri, is_public=False)


@pytest.mark.parametrize(
    "uri", ["com.example.app://callback", "com.example.app:callback", "com.example.app:/../a", "com.example:"]
)
def test_a_private_use_address_has_one_slash(uri: str) -> None:
    with pytest.raises(BadAddress):
        require_address(uri, is_public=True)


@given(
    st.text(max_size=60)
    | st.sampled_from(SOUND_ADDRESSES + BAD_ADDRESSES).flatmap(lambda uri: st.text(max_size=8).map(uri.__add__))
)
def test_any_text_is_kept_or_refused_and_nothing_else(uri: str) -> None:
    try:
        require_address(uri, is_public=True)
    except BadAddress:
        return
    assert uri.isascii() and "#" not in uri and "\\" not in uri and "@" not in uri.split("/")[2 if "//" in uri else 0]


SOUND: tuple[Client, ...] = (
    DIARY,
    APP,
    replace(DIARY, grant_types=("authorization_code",)),
    replace(DIARY, token_endpoint_auth_method="client_secret_post", require_pkce=False),
    replace(DIARY, redirect_uris=("https://a.example/1", "https://a.example/2")),
    replace(DIARY, redirect_uris=("https://a.example/1", "https://b.example/2"), sector_identifier="a.example"),
    replace(DIARY, redirect_uris=("https://a.example/1", "https://b.example/2"), subject_type="public"),
    replace(DIARY, initiate_login_uri="https://diary.example/start"),
    replace(DIARY, default_region="29"),
    signed(ec_jwk()),
    signed(rsa_jwk()),
    signed(ec_jwk() | {"kid": "1", "use": "sig", "alg": "ES256"}, rsa_jwk() | {"kid": "2", "alg": "PS256"}),
)
PRIVATE_EC = ec_jwk() | {"d": "AAAA"}


@pytest.mark.parametrize("client", SOUND, ids=range(len(SOUND)))
def test_a_sound_registration_is_kept(client: Client) -> None:
    require_sound(client)


UNSOUND: tuple[tuple[Client, str], ...] = (
    (replace(DIARY, client_id=""), "client_id"),
    (replace(DIARY, client_id="два"), "client_id"),
    (replace(DIARY, client_id="a b"), "client_id"),
    (replace(DIARY, client_id="a" * 65), "client_id"),
    (replace(DIARY, client_name=""), "client_name"),
    (replace(DIARY, client_name="  "), "client_name"),
    (replace(DIARY, client_name=" Дневник"), "client_name"),
    (replace(DIARY, client_name="Дневник‮кинвенД"), "client_name"),
    (replace(DIARY, client_name="Дне​вник"), "client_name"),
    (replace(DIARY, client_name="Дневник\nДа"), "client_name"),
    (replace(DIARY, client_name_en="a" * 101), "client_name_en"),
    (replace(DIARY, organisation=""), "organisation"),
    (replace(DIARY, redirect_uris=()), "redirect_uris"),
    (replace(DIARY, redirect_uris=("http://diary.example/",)), r"redirect_uris\[0\]"),
    (replace(DIARY, redirect_uris=("https://a.example/", "https://a.example/#x")), r"redirect_uris\[1\]"),
    (replace(DIARY, redirect_uris=("https://a.example/",) * 2), "twice"),
    (replace(DIARY, redirect_uris=tuple(f"https://a.example/{n}" for n in range(21))), "20"),
    (replace(DIARY, redirect_uris=("com.example.app:/callback",)), "public"),
    (replace(DIARY, post_logout_redirect_uris=("javascript:alert(1)",)), "post_logout_redirect_uris"),
    (replace(DIARY, initiate_login_uri="http://diary.example/"), "initiate_login_uri"),
    (replace(APP, initiate_login_uri="com.example.app:/start"), "initiate_login_uri"),
    (replace(DIARY, token_endpoint_auth_method=""), "token_endpoint_auth_method"),
    (replace(DIARY, id_token_signed_response_alg="none"), "id_token_signed_response_alg"),
    (replace(DIARY, id_token_signed_response_alg="HS256"), "id_token_signed_response_alg"),
    (replace(DIARY, grant_types=("implicit",)), "grant_types"),
    (replace(DIARY, grant_types=("authorization_code", "password")), "grant_types"),
    (replace(DIARY, grant_types=("refresh_token",)), "grant_types"),
    (replace(DIARY, grant_types=()), "grant_types"),
    (replace(DIARY, scopes=()), "openid"),
    (replace(DIARY, scopes=("profile",)), "openid"),
    (replace(DIARY, scopes=("openid", "openid")), "scopes"),
    (replace(DIARY, scopes=("openid", "a b")), "scopes"),
    (replace(DIARY, roles=("Учитель",)), "roles"),
    (replace(DIARY, subject_type="global"), "subject_type"),
    (replace(DIARY, default_region="Москва"), "default_region"),
    (replace(DIARY, redirect_uris=("https://a.example/1", "https://b.example/2")), "sector_identifier"),
    (replace(DIARY, sector_identifier="https://a.example/"), "sector_identifier"),
    (replace(APP, require_pkce=False), "PKCE"),
    (replace(APP, secrets=(ClientSecret("0" * 64),)), "secret"),
    (replace(signed(ec_jwk()), secrets=(ClientSecret("0" * 64),)), "secret"),
    (replace(signed(), jwks={}), "jwks"),
    (signed(), "jwks"),
    (signed(*[ec_jwk() | {"kid": str(n)} for n in range(21)]), "jwks"),
    (signed(ec_jwk(), ec_jwk()), "kid"),
    (signed(*[ec_jwk() | {"kid": "same"}] * 2), "kid"),
    (signed("key"), r"keys\[0\]"),
    (signed({}), r"keys\[0\]"),
    (signed({"kty": "oct", "k": "c2VjcmV0"}), r"keys\[0\]"),
    (signed(PRIVATE_EC), r"keys\[0\]"),
    (signed(ec_jwk(ec.SECP384R1())), r"keys\[0\]"),
    (signed(ec_jwk() | {"use": "enc"}), r"keys\[0\]"),
    (signed(ec_jwk() | {"alg": "RS256"}), r"keys\[0\]"),
    (signed(rsa_jwk() | {"alg": "HS256"}), r"keys\[0\]"),
    (signed(rsa_jwk(1024)), r"keys\[0\]"),
    (signed(ec_jwk() | {"x": "AAAA"}), r"keys\[0\]"),
)


@pytest.mark.parametrize(("client", "named"), UNSOUND, ids=range(len(UNSOUND)))
def test_an_unsound_registration_is_refused_in_one_sentence(client: Client, named: str) -> None:
    with pytest.raises(ClientRefused, match=named) as refused:
        require_sound(client)

    text = str(refused.value)
    assert text.endswith(".") and "\n" not in text


@pytest.mark.parametrize("field", ["client_name", "redirect_uris", "scopes", "jwks"])
def test_an_empty_list_never_means_everything(field: str) -> None:
    empty: Any = {"jwks": {}, "client_name": ""}.get(field, ())
    client = replace(signed(ec_jwk()), **{field: empty})

    with pytest.raises(ClientRefused):
        require_sound(client)
    assert not replace(DIARY, redirect_uris=()).may_redirect_to("")


@pytest.mark.parametrize(
    "reasons",
    [
        {"snils": {"ru": "так надо", "en": "we need it"}},
        {"profile": {"ru": "так надо"}},
        {"profile": "так надо"},
        {"profile": {"ru": "так надо", "en": "we need it", "de": "weil"}},
        {"profile": {"ru": "так надо", "en": " "}},
        {"profile": {"ru": "так\u202eнадо", "en": "we need it"}},
        {"profile": {"ru": "т" * 141, "en": "we need it"}},
        {"profile": {"ru": 7, "en": "we need it"}},
    ],
)
def test_reasons_are_plain_words_about_what_may_be_asked(reasons: Any) -> None:
    sound = replace(DIARY, scopes=("openid", "profile"))
    require_sound(replace(sound, scope_reasons={"profile": {"ru": "так надо", "en": "we need it"}}))

    with pytest.raises(ClientRefused, match="scope_reasons"):
        require_sound(replace(sound, scope_reasons=reasons))
