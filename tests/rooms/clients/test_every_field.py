"""Every other field of a registration: what is kept, and what is refused in a sentence that begins with the field."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from broker.clients.client import Client
from broker.clients.metadata import require_sound
from broker.clients.profile import FAPI_AUTH_METHODS, as_fapi2
from broker.clients.refused import ClientRefused
from broker.clients.rules_places import require_no_loopback
from broker.clients.words import AUTH_METHODS, CLIENT_GRANT, CODE_GRANT, DEVICE_GRANT, EXCHANGE_GRANT, REFRESH_GRANT
from tests.rooms.clients.samples import APP, DIARY, ec_jwk, rsa_jwk, signed

KEYS = {"keys": [ec_jwk()]}
SIGNED = signed(ec_jwk())
CHAIN = replace(DIARY, token_endpoint_auth_method="tls_client_auth", tls_client_auth_subject_dn="CN=diary,C=RU")
OWN = replace(DIARY, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=KEYS)
MACHINE = replace(
    DIARY, grant_types=(CLIENT_GRANT,), scopes=(), redirect_uris=(), post_logout_redirect_uris=(), subject_type="public"
)

SOUND: tuple[tuple[Client, dict[str, Any]], ...] = (
    (MACHINE, {}),
    (MACHINE, {"grant_types": (CLIENT_GRANT, EXCHANGE_GRANT)}),
    (DIARY, {"grant_types": (CODE_GRANT, REFRESH_GRANT, CLIENT_GRANT, DEVICE_GRANT, EXCHANGE_GRANT)}),
    (DIARY, {"grant_types": (DEVICE_GRANT, REFRESH_GRANT), "redirect_uris": (), "sector_identifier": "diary.example"}),
    (APP, {"grant_types": (CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT)}),
    (DIARY, {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256"}),
    (SIGNED, {"token_endpoint_auth_signing_alg": "ES256"}),
    (SIGNED, {"jwks": {}, "jwks_uri": "https://diary.example/jwks", "token_endpoint_auth_signing_alg": "EdDSA"}),
    (SIGNED, {"jwks": {}, "jwks_uri": "https://diary.example/jwks"}),
    (DIARY, {"jwks": KEYS, "request_object_signing_alg": "ES256", "require_signed_request_object": True}),
    (DIARY, {"jwks": {"keys": [rsa_jwk() | {"use": "enc"}]}, "id_token_encrypted_response_alg": "RSA-OAEP",
             "id_token_encrypted_response_enc": "A256GCM"}),
    (CHAIN, {}),
    (CHAIN, {"tls_client_auth_subject_dn": None, "tls_client_auth_san_ip": "2001:db8::7"}),
    (OWN, {"tls_client_certificate_bound_access_tokens": True}),
    (DIARY, {"backchannel_logout_uri": "https://elsewhere.example/out", "frontchannel_logout_uri": "https://diary.example/out"}),
    (DIARY, {"request_uris": ("https://diary.example/request#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM",)}),
    (DIARY, {"resources": ("https://marks.example/", "urn:marks"), "audiences": ("https://diary.example",)}),
    (DIARY, {"access_token_ttl": 60, "id_token_ttl": 3600, "refresh_token_ttl": 300, "default_max_age": 0}),
    (DIARY, {"contacts": ("ops@diary.example",), "client_uri": "https://diary.example/", "software_id": "a-b.c"}),
    (DIARY, {"waiting_scopes": ("snils",), "environment": "sandbox", "access_token_format": "jwt"}),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(SOUND)))
def test_a_sound_field_is_kept(number: int) -> None:
    client, changes = SOUND[number]
    require_sound(replace(client, **changes))


REFUSED: tuple[tuple[Client, str, Any], ...] = (
    *((DIARY, "grant_types", value) for value in ((), ("implicit",), ("password",), (REFRESH_GRANT,))),
    (DIARY, "grant_types", (REFRESH_GRANT, CLIENT_GRANT)),
    (APP, "grant_types", (CODE_GRANT, CLIENT_GRANT)),
    (APP, "grant_types", (CODE_GRANT, EXCHANGE_GRANT)),
    *((DIARY, f"{what}_signed_response_alg", alg) for what in ("authorization", "userinfo", "introspection", "id_token")
      for alg in ("none", "HS256", "ES384")),
    *((replace(DIARY, jwks=KEYS), "request_object_signing_alg", alg) for alg in ("none", "HS256", "RS512")),
    *((SIGNED, "token_endpoint_auth_signing_alg", alg) for alg in ("none", "HS256", "RS512", "")),
    (DIARY, "token_endpoint_auth_signing_alg", "ES256"),
    (replace(DIARY, token_endpoint_auth_method="client_secret_jwt"), "token_endpoint_auth_signing_alg", "RS256"),
    *((replace(DIARY, jwks=KEYS), f"{what}_encrypted_response_alg", alg) for what in ("authorization", "userinfo", "id_token")
      for alg in ("RSA1_5", "dir")),
    (DIARY, "userinfo_encrypted_response_enc", "A256GCM"),
    *((DIARY, "request_object_encryption_alg", alg) for alg in ("A128KW", "RSA1_5", "dir")),
    (DIARY, "request_object_encryption_enc", "A128GCM"),
    (DIARY, "profile", "fapi1"),
    (DIARY, "environment", "test"),
    (DIARY, "access_token_format", "JWT"),
    (SIGNED, "jwks_uri", "https://diary.example/jwks"),
    (DIARY, "jwks_uri", "http://diary.example/jwks"),
    *((DIARY, field, "http://diary.example/x") for field in
      ("backchannel_logout_uri", "frontchannel_logout_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri")),
    (DIARY, "backchannel_logout_uri", "https://diary.example/x#y"),
    *((DIARY, "frontchannel_logout_uri", uri) for uri in
      ("https://evil.example/out", "https://diary.example:8443/out", "http://localhost/out", "https://diary.example.evil.example/")),
    (DIARY, "request_uris", ("http://diary.example/request",)),
    (DIARY, "request_uris", ("com.example.app:/request",)),
    *((DIARY, field, value) for field in ("resources", "audiences")
      for value in (("marks",), ("https://a.example/#b",), ("https://a b",))),
    *((DIARY, field, value) for field in ("access_token_ttl", "id_token_ttl") for value in (0, 59, 3601, -1)),
    (DIARY, "refresh_token_ttl", 91 * 24 * 3600),
    (DIARY, "default_max_age", -1),
    (DIARY, "contacts", ("nobody",)),
    (DIARY, "contacts", ("a@b.example",) * 11),
    (DIARY, "software_id", "а"),
    (DIARY, "waiting_scopes", ("openid",)),
    (DIARY, "authorization_details_types", ("a b",)),
    (DIARY, "default_acr_values", ("",)),
    (DIARY, "minimum_acr_value", "urn:school-signin:diary:password"),
    (DIARY, "tls_client_auth_san_dns", "diary.example"),
    (CHAIN, "tls_client_auth_subject_dn", "diary"),
    (replace(CHAIN, tls_client_auth_subject_dn=None), "tls_client_auth_san_ip", "diary.example"),
    (replace(CHAIN, tls_client_auth_subject_dn=None), "tls_client_auth_san_dns", "*.diary.example"),
    (replace(DIARY, dpop_bound_access_tokens=True), "tls_client_certificate_bound_access_tokens", True),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_wrong_field_is_refused_by_its_name(number: int) -> None:
    client, field, value = REFUSED[number]
    # Nothing else is wrong with it; a chain whose name is being changed has none for the moment.
    if client.token_endpoint_auth_method != "tls_client_auth":
        require_sound(client)

    with pytest.raises(ClientRefused) as refused:
        require_sound(replace(client, **{field: value}))
    known = {entry.name for entry in fields(Client)}
    assert refused.value.field in known and str(refused.value).endswith(".")
    assert field in str(refused.value) or field.partition("_")[0] in refused.value.field


@pytest.mark.parametrize("more", [{"tls_client_auth_san_dns": "diary.example"}, {"tls_client_auth_subject_dn": None}])
def test_a_chain_has_exactly_one_name(more: dict[str, Any]) -> None:
    with pytest.raises(ClientRefused, match="only one"):
        require_sound(replace(CHAIN, **more))


@pytest.mark.parametrize(("client", "reason"), [
    (replace(SIGNED, jwks={}), "private_key_jwt"), (replace(OWN, jwks={}), "self_signed_tls_client_auth"),
    (replace(DIARY, require_signed_request_object=True), "require_signed_request_object"),
    (replace(DIARY, request_object_signing_alg="ES256"), "request_object_signing_alg"),
    (replace(DIARY, userinfo_encrypted_response_alg="ECDH-ES"), "encrypted"),
])  # fmt: skip
def test_what_needs_keys_is_refused_without(client: Client, reason: str) -> None:
    with pytest.raises(ClientRefused, match=f"jwks or jwks_uri .*{reason}"):
        require_sound(client)


@pytest.mark.parametrize("changes", [
    {"token_endpoint_auth_signing_alg": "PS256"}, {"token_endpoint_auth_signing_alg": "EdDSA"},
    {"request_object_signing_alg": "RS256"}, {"id_token_encrypted_response_alg": "RSA-OAEP-256"},
    {"userinfo_encrypted_response_alg": "RSA-OAEP"},
    {"authorization_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [ec_jwk() | {"use": "sig"}]}},
    {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [ec_jwk() | {"alg": "ES256"}]}},
], ids=lambda changes: next(iter(changes)))  # fmt: skip
def test_keys_by_value_are_good_for_what_is_registered(changes: dict[str, Any]) -> None:
    """Otherwise the registration would look sound and no sign-in could end well."""
    with pytest.raises(ClientRefused, match="jwks must hold a key") as refused:
        require_sound(replace(SIGNED, **changes))
    assert next(name for name in changes if name != "jwks") in str(refused.value)


STRICT = as_fapi2(SIGNED)


def test_the_strict_bundle_is_sound() -> None:
    for client in (STRICT, as_fapi2(CHAIN), as_fapi2(OWN), as_fapi2(replace(SIGNED, id_token_signed_response_alg="PS256"))):
        require_sound(client)
    assert as_fapi2(STRICT) == STRICT


@pytest.mark.parametrize("changes", [
    {"require_pkce": False}, {"require_pushed_authorization_requests": False}, {"dpop_bound_access_tokens": False},
    {"id_token_signed_response_alg": "RS256"}, {"token_endpoint_auth_signing_alg": "RS256"},
    {"request_object_signing_alg": "RS256"}, {"authorization_signed_response_alg": "RS256"},
    {"redirect_uris": ("http://localhost/cb",)},
    *({"token_endpoint_auth_method": method, "jwks": {}} for method in AUTH_METHODS if method not in FAPI_AUTH_METHODS),
], ids=str)  # fmt: skip
def test_a_contradiction_to_the_profile_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ClientRefused, match="profile fapi2"):
        require_sound(replace(STRICT, **changes))


def test_the_profile_mends_switches_but_not_how_a_client_proves_itself() -> None:
    with pytest.raises(ClientRefused, match="token_endpoint_auth_method"):
        require_sound(as_fapi2(DIARY))


@pytest.mark.parametrize("field", ["redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri", "jwks_uri"])
def test_loopback_is_for_sandboxes_and_apps(field: str) -> None:
    uri = "http://127.0.0.1:8002/x"
    changes: dict[str, Any] = {field: (uri,) if field.endswith("s") else uri}
    client = replace(DIARY, **changes)

    with pytest.raises(ClientRefused, match=field):
        require_no_loopback(client)
    require_no_loopback(replace(client, environment="sandbox"))
    require_no_loopback(replace(APP, redirect_uris=(uri,)))
    require_no_loopback(DIARY)
