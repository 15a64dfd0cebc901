"""Invented relying parties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from broker.clients.client import Client
from broker.foundation.jose import public_jwk

DIARY = Client(
    client_id="diary",
    client_name="Дневник",
    client_name_en="Diary",
    organisation="Школьные сервисы",
    redirect_uris=("https://diary.example/callback",),
    post_logout_redirect_uris=("https://diary.example/bye",),
    grant_types=("authorization_code", "refresh_token"),
    scopes=("openid", "profile"),
)
APP = replace(
    DIARY,
    client_id="app",
    token_endpoint_auth_method="none",
    redirect_uris=("com.example.app:/callback",),
    post_logout_redirect_uris=(),
)


def ec_jwk(curve: ec.EllipticCurve | None = None) -> dict[str, Any]:
    return dict(public_jwk(ec.generate_private_key(curve or ec.SECP256R1()).public_key()))


def rsa_jwk(bits: int = 2048) -> dict[str, Any]:
    return dict(public_jwk(rsa.generate_private_key(65537, bits).public_key()))


def signed(*keys: Any) -> Client:
    """A client that authenticates with assertions signed by these keys."""
    return replace(DIARY, token_endpoint_auth_method="private_key_jwt", jwks={"keys": list(keys)})
