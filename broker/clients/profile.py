"""The strict bundle of the financial-grade profile, as one switch of a registration (FAPI 2.0 Security Profile 5.3.2)."""

from __future__ import annotations

from dataclasses import replace

from broker.clients.client import Client
from broker.clients.refused import ClientRefused

FAPI2 = "fapi2"
PROFILES = ("", FAPI2)
# FAPI 2.0 5.4.1: PS256, ES256, or EdDSA with Ed25519; RSASSA-PKCS1-v1_5 is not among them.
FAPI_ALGORITHMS = ("PS256", "ES256", "EdDSA")
FAPI_AUTH_METHODS = ("private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth")


def as_fapi2(client: Client) -> Client:
    """The client with every switch of the profile on: PAR, PKCE, a constrained sender, an algorithm of the profile.

    What has two good values is left alone when it has one of them. Nothing is mended that was said otherwise on purpose: how the
    client authenticates, its addresses.

    Raises:
        ClientRefused: the rest of the registration contradicts the profile.
    """
    bound = client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens
    strict = replace(
        client,
        profile=FAPI2,
        require_pkce=True,
        require_pushed_authorization_requests=True,
        dpop_bound_access_tokens=client.dpop_bound_access_tokens or not bound,
        id_token_signed_response_alg=_strict(client.id_token_signed_response_alg) or "ES256",
    )
    require_fapi2(strict)
    return strict


def require_fapi2(client: Client) -> None:
    """Refuse a registration that calls itself strict and is not.

    Raises:
        ClientRefused: with one sentence about the first contradiction.
    """
    if client.profile != FAPI2:
        return
    if client.token_endpoint_auth_method not in FAPI_AUTH_METHODS:
        raise ClientRefused(f"profile fapi2 needs a token_endpoint_auth_method among: {', '.join(FAPI_AUTH_METHODS)}.")
    for field in ("require_pkce", "require_pushed_authorization_requests"):
        if not getattr(client, field):
            raise ClientRefused(f"profile fapi2 needs {field}.")
    if not (client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens):
        raise ClientRefused("profile fapi2 needs dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens.")
    for field in _ALGORITHM_FIELDS:
        chosen = getattr(client, field)
        if chosen is not None and not _strict(chosen):
            raise ClientRefused(f"profile fapi2 needs {field} to be one of: {', '.join(FAPI_ALGORITHMS)}.")
    for uri in client.redirect_uris:
        # FAPI 2.0 5.3.2.2, item 8: https, with loopback of native apps only, which cannot be here without authentication.
        if not uri.startswith("https://") and client.environment != "sandbox":
            raise ClientRefused("profile fapi2 needs redirect_uris that begin with https.")


_ALGORITHM_FIELDS = (
    "id_token_signed_response_alg",
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
)


def _strict(algorithm: str) -> str:
    return algorithm if algorithm in FAPI_ALGORITHMS else ""
