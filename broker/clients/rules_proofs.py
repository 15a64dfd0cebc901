"""Rules of a registration about keys, certificates, algorithms and lives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from broker.clients.client import Client
from broker.clients.refused import ClientRefused
from broker.clients.words import (
    BY_CHAIN,
    BY_OWN_CERTIFICATE,
    ENCRYPTED_ANSWERS,
    OPTIONAL_CHOICES,
    SECRET_METHODS,
    SHARED_SECRET,
    SIGNED_ASSERTION,
    UNAUTHENTICATED,
)
from broker.foundation.certificates import is_subject_name
from broker.foundation.public_jwks import (
    MAX_KEYS,
    MIN_RSA_BITS,
    SIGNATURE_ALGORITHMS,
    encryption_jwk,
    fits,
    is_encryption_key,
    is_signature_key,
)

_TLS_NAMES = (
    "tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)  # fmt: skip
_SIGNED_BY_CLIENT = ("token_endpoint_auth_signing_alg", "request_object_signing_alg")
_DNS_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_VISIBLE = re.compile(r"[!-~]{1,500}", re.ASCII)
# Seconds. Tokens that cannot be taken back live an hour at most; a grant never longer than ninety days.
_LIVES = {"access_token_ttl": (60, 3600), "id_token_ttl": (60, 3600), "refresh_token_ttl": (300, 90 * 24 * 3600)}
_MAX_AGE = 365 * 24 * 3600


def require_combination(client: Client) -> None:
    method = client.token_endpoint_auth_method
    if method == UNAUTHENTICATED and not client.require_pkce:
        raise ClientRefused("require_pkce cannot be off for a client without authentication: it must use PKCE.")
    if client.secrets and method not in SECRET_METHODS:
        raise ClientRefused("token_endpoint_auth_method is one that has no secret, and there is one.")
    if client.dpop_bound_access_tokens and client.tls_client_certificate_bound_access_tokens:
        raise ClientRefused("dpop_bound_access_tokens excludes tls_client_certificate_bound_access_tokens.")
    allowed = {SIGNED_ASSERTION: SIGNATURE_ALGORITHMS, SHARED_SECRET: ("HS256",)}.get(method, ())
    if client.token_endpoint_auth_signing_alg not in (None, *allowed):
        choice = f"one of: {', '.join(allowed)}" if allowed else "empty for this token_endpoint_auth_method"
        raise ClientRefused(f"token_endpoint_auth_signing_alg must be {choice}.")


def require_keys(client: Client) -> None:
    if client.jwks and client.jwks_uri:
        raise ClientRefused("jwks excludes jwks_uri (RFC 7591 2).")
    if client.jwks:
        _require_key_set(client)
    for reason, needs in _needs_of_keys(client).items():
        if needs and not (client.jwks or client.jwks_uri):
            raise ClientRefused(f"jwks or jwks_uri must be there for {reason}.")
    if client.jwks:
        _require_use_of_keys(client, client.jwks["keys"])


def _require_use_of_keys(client: Client, keys: Sequence[Mapping[str, Any]]) -> None:
    """Keys by value say at once what they are good for: otherwise the first sign-in would fail, at its very end."""
    if _needs_signature(client) and not any(is_signature_key(key) for key in keys):
        raise ClientRefused("jwks must hold a key for signatures: jwks.keys[0] is none.")
    for field in _SIGNED_BY_CLIENT:
        algorithm = getattr(client, field)
        if algorithm in SIGNATURE_ALGORITHMS and not any(fits(key, algorithm) for key in keys):
            raise ClientRefused(f"jwks must hold a key that signs as {field} says: {algorithm}.")
    for answer in ENCRYPTED_ANSWERS:
        algorithm = getattr(client, f"{answer}_alg")
        if algorithm and encryption_jwk(keys, algorithm) is None:
            raise ClientRefused(f"jwks must hold a key to encrypt to as {answer}_alg says: {algorithm}.")


def require_encryption(client: Client) -> None:
    """A content encryption means nothing without an algorithm for its key (OpenID Connect Registration 2)."""
    for field in OPTIONAL_CHOICES:
        if field.endswith("_enc") and getattr(client, field) and not getattr(client, field.removesuffix("enc") + "alg"):
            raise ClientRefused(f"{field} needs {field.removesuffix('enc')}alg.")


def require_certificate_name(client: Client) -> None:
    """Exactly one name for a chain, none for anything else (RFC 8705 2.1.2)."""
    named = [field for field in _TLS_NAMES if getattr(client, field)]
    if client.token_endpoint_auth_method != BY_CHAIN:
        if named:
            raise ClientRefused(f"{named[0]} is for token_endpoint_auth_method tls_client_auth only.")
        return
    if len(named) != 1:
        raise ClientRefused("tls_client_auth_subject_dn or one of tls_client_auth_san_* must be there, and only one.")
    if not _is_name(named[0], getattr(client, named[0])):
        raise ClientRefused(f"{named[0]} is not written as such a name is.")


def require_lives(client: Client) -> None:
    for field, (least, most) in _LIVES.items():
        life: int | None = getattr(client, field)
        if life is not None and not least <= life <= most:
            raise ClientRefused(f"{field} must be between {least} and {most} seconds.")
    if client.default_max_age is not None and not 0 <= client.default_max_age <= _MAX_AGE:
        raise ClientRefused(f"default_max_age must be between 0 and {_MAX_AGE} seconds.")


def _needs_of_keys(client: Client) -> dict[str, bool]:
    return {
        f"token_endpoint_auth_method {client.token_endpoint_auth_method}": client.token_endpoint_auth_method
        in (SIGNED_ASSERTION, BY_OWN_CERTIFICATE),
        "require_signed_request_object": client.require_signed_request_object,
        "request_object_signing_alg": client.request_object_signing_alg is not None,
        "encrypted answers": any(getattr(client, f"{answer}_alg") for answer in ENCRYPTED_ANSWERS),
    }


def _needs_signature(client: Client) -> bool:
    return client.token_endpoint_auth_method in (SIGNED_ASSERTION, BY_OWN_CERTIFICATE) or client.require_signed_request_object


def _require_key_set(client: Client) -> None:
    keys = client.jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS:
        raise ClientRefused(f"jwks must hold 1 to {MAX_KEYS} public keys.")
    kids = [key.get("kid") for key in keys if isinstance(key, Mapping)]
    if len(keys) > 1 and (not all(isinstance(kid, str) for kid in kids) or len(set(kids)) != len(keys)):
        raise ClientRefused("jwks needs a kid of its own for every key when there are several.")
    for number, key in enumerate(keys):
        if not is_signature_key(key) and not is_encryption_key(key):
            raise ClientRefused(f"jwks.keys[{number}] is not a public key of ours: RSA of {MIN_RSA_BITS} bits, P-256 or Ed25519.")


def _is_name(field: str, value: str) -> bool:
    if len(value) > 500:
        return False
    if field == "tls_client_auth_subject_dn":
        return is_subject_name(value)
    if field == "tls_client_auth_san_dns":
        return _DNS_NAME.fullmatch(value) is not None
    if field == "tls_client_auth_san_ip":
        try:
            return bool(ip_address(value))
        except ValueError:
            return False
    return _VISIBLE.fullmatch(value) is not None
