"""A client that signs: its key, its JWKS, and request objects that are right unless a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from broker.foundation.jose import public_jwk, sign
from tests.rooms.provider.stand import DIARY, ISSUER, RelyingParty, Stand

KEY = ec.generate_private_key(ec.SECP256R1())
STRANGER = ec.generate_private_key(ec.SECP256R1())
JWKS = {"keys": [{**public_jwk(KEY.public_key()), "kid": "k1", "use": "sig", "alg": "ES256"}]}
CLIENT = replace(
    DIARY, client_id="signer", redirect_uris=("https://signer.example.ru/cb",), post_logout_redirect_uris=(), jwks=JWKS,
    sector_identifier="signer.example.ru",
)  # fmt: skip


def signer(stand: Stand, **changes: Any) -> RelyingParty:
    """A client with a key, registered past the rules that are not asked about here."""
    client = replace(CLIENT, **changes)
    with stand.app.app_context():
        stand.rooms.clients.add(client)
        if client.token_endpoint_auth_method.startswith("client_secret"):
            stand.secrets[client.client_id] = stand.rooms.clients.new_secret(client.client_id, stand.rooms.outside, timedelta(0))
    return RelyingParty(stand, client)


def claims_of(party: RelyingParty, **changes: Any) -> dict[str, Any]:
    """The claims of an object; None leaves one out."""
    now = int(party.stand.clock.now().timestamp())
    about = {"iss": party.client.client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, "jti": party.verifier}
    whole = {**party.parameters(), **about, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def signed(party: RelyingParty, header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    """A request object."""
    whole = {"alg": "ES256", "kid": "k1", "typ": "oauth-authz-req+jwt"} | (header or {})
    return sign(claims_of(party, **changes), key, {name: value for name, value in whole.items() if value is not None})
