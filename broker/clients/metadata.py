"""What a registration must be like before we keep it (RFC 7591 2, OpenID Connect Registration 2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from broker.clients.addresses import BadAddress, require_address
from broker.clients.client import Client
from broker.foundation.jose import BadToken, key_of_jwk

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
SIGNED_ASSERTION, UNAUTHENTICATED = "private_key_jwt", "none"
AUTH_METHODS = (*SECRET_METHODS, SIGNED_ASSERTION, UNAUTHENTICATED)
GRANT_TYPES = ("authorization_code", "refresh_token")
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256")
SUBJECT_TYPES = ("pairwise", "public")

_MAX_REASON = 140
_MAX_NAME, _MAX_ADDRESSES, _MAX_KEYS = 100, 20, 10
_MIN_RSA_BITS = 2048
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{1,63}", re.ASCII)
_WORD = re.compile(r"[a-z][a-z0-9_.:-]{0,63}", re.ASCII)
_SECTOR = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.ASCII)


class ClientRefused(Exception):
    """A registration we do not keep. The text is one sentence that says what to change."""


def require_sound(client: Client) -> None:
    """Refuse a registration that is dangerous or contradicts itself.

    Raises:
        ClientRefused: with one sentence about the first thing that is wrong.
    """
    for check in CHECKS:
        check(client)


def is_client_id(unverified_text: str) -> bool:
    """Whether a client could be called so. What could not is never looked up: a database cannot even store all text."""
    return _CLIENT_ID.fullmatch(unverified_text) is not None


def _require_names(client: Client) -> None:
    if not is_client_id(client.client_id):
        raise ClientRefused("client_id must be 2 to 64 Latin letters, digits, dots, hyphens or underscores.")
    for field in ("client_name", "client_name_en", "organisation"):
        text: str = getattr(client, field)
        if not _is_plain(text, _MAX_NAME):
            raise ClientRefused(f"{field} must be 1 to {_MAX_NAME} visible signs without spaces around them.")


def _require_reasons(client: Client) -> None:
    """Somebody else's words on our page: plain, short, and about what the service may ask for at all."""
    for scope, texts in client.scope_reasons.items():
        if scope not in client.scopes or not isinstance(texts, Mapping) or set(texts) != {"ru", "en"}:
            raise ClientRefused("scope_reasons must hold, for scopes of the client, a text in ru and one in en.")
        if not all(isinstance(text, str) and _is_plain(text, _MAX_REASON) for text in texts.values()):
            raise ClientRefused(f"A text of scope_reasons must be 1 to {_MAX_REASON} visible signs without spaces around them.")


def _is_plain(text: str, longest: int) -> bool:
    # Invisible and direction-changing signs would let one service look like another on the consent page.
    hidden = any(unicodedata.category(sign).startswith(("C", "Zl", "Zp")) for sign in text)
    return bool(text.strip()) and text == text.strip() and len(text) <= longest and not hidden


def _require_known_words(client: Client) -> None:
    if client.token_endpoint_auth_method not in AUTH_METHODS:
        raise ClientRefused(f"token_endpoint_auth_method must be one of: {', '.join(AUTH_METHODS)}.")
    if client.id_token_signed_response_alg not in SIGNING_ALGORITHMS:
        raise ClientRefused(f"id_token_signed_response_alg must be one of: {', '.join(SIGNING_ALGORITHMS)}.")
    if client.subject_type not in SUBJECT_TYPES:
        raise ClientRefused(f"subject_type must be one of: {', '.join(SUBJECT_TYPES)}.")
    unknown = [grant for grant in client.grant_types if grant not in GRANT_TYPES]
    if unknown or "authorization_code" not in client.grant_types:
        raise ClientRefused("grant_types must hold authorization_code, and may hold refresh_token.")
    if "openid" not in client.scopes:
        raise ClientRefused("scopes must hold openid.")
    for field in ("scopes", "roles", "grant_types"):
        words: tuple[str, ...] = getattr(client, field)
        if len(set(words)) != len(words) or not all(_WORD.fullmatch(word) for word in words):
            raise ClientRefused(f"{field} must be different words of small Latin letters.")
    if client.default_region and not re.fullmatch(r"\d{2,3}", client.default_region, re.ASCII):
        raise ClientRefused("default_region must be the number of a region, or empty.")


def _require_addresses(client: Client) -> None:
    if not client.redirect_uris:
        raise ClientRefused("redirect_uris must hold at least one address.")
    if len(client.redirect_uris) + len(client.post_logout_redirect_uris) > _MAX_ADDRESSES:
        raise ClientRefused(f"A service may have {_MAX_ADDRESSES} addresses at most.")
    fields: dict[str, tuple[str, ...]] = {
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "initiate_login_uri": (client.initiate_login_uri,) if client.initiate_login_uri else (),
    }
    for field, uris in fields.items():
        if len(set(uris)) != len(uris):
            raise ClientRefused(f"{field} holds an address twice.")
        for number, uri in enumerate(uris):
            _require_address(client, f"{field}[{number}]", uri)


def _require_address(client: Client, place: str, uri: str) -> None:
    # A login is always initiated in a browser, at a web address (OpenID Connect Core 4).
    is_public = client.token_endpoint_auth_method == UNAUTHENTICATED and place != "initiate_login_uri[0]"
    try:
        require_address(uri, is_public=is_public)
    except BadAddress as problem:
        raise ClientRefused(f"{place} {problem}.") from None


def _require_combination(client: Client) -> None:
    is_public = client.token_endpoint_auth_method == UNAUTHENTICATED
    if is_public and not client.require_pkce:
        raise ClientRefused("A client without authentication must use PKCE: require_pkce cannot be off.")
    if client.secrets and client.token_endpoint_auth_method not in SECRET_METHODS:
        raise ClientRefused("A client of this token_endpoint_auth_method has no secret.")
    if client.jwks and client.token_endpoint_auth_method != SIGNED_ASSERTION:
        raise ClientRefused("jwks is for token_endpoint_auth_method private_key_jwt only.")


def _require_keys(client: Client) -> None:
    if client.token_endpoint_auth_method != SIGNED_ASSERTION:
        return
    keys = client.jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= _MAX_KEYS:
        raise ClientRefused(f"jwks must hold 1 to {_MAX_KEYS} public keys.")
    kids = [key.get("kid") for key in keys if isinstance(key, Mapping)]
    if len(keys) > 1 and (None in kids or len(set(kids)) != len(keys)):
        raise ClientRefused("Every key of jwks needs a kid of its own when there are several.")
    for number, key in enumerate(keys):
        if not isinstance(key, Mapping) or not _is_usable(key):
            raise ClientRefused(f"jwks.keys[{number}] is not a public signature key: RSA of {_MIN_RSA_BITS} bits, or P-256.")


def _is_usable(jwk: Mapping[str, Any]) -> bool:
    algorithms = ("ES256",) if jwk.get("kty") == "EC" else ("RS256", "PS256")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithms[0]) not in algorithms:
        return False
    try:
        key = key_of_jwk(jwk, algorithms[0])
    except BadToken:
        return False
    return bool(algorithms[0] == "ES256" or key.key_size >= _MIN_RSA_BITS)


def _require_one_sector(client: Client) -> None:
    """Pairwise subjects are made for a host; with several hosts it must be said which (OpenID Connect Core 8.1)."""
    if client.sector_identifier is not None and not _SECTOR.fullmatch(client.sector_identifier):
        raise ClientRefused("sector_identifier must be a host name.")
    sectors = {client.sector_of(uri) for uri in client.redirect_uris}
    if client.subject_type == "pairwise" and client.sector_identifier is None and len(sectors) > 1:
        raise ClientRefused("redirect_uris lie on several hosts, so sector_identifier must name one.")


CHECKS: tuple[Callable[[Client], None], ...] = (
    _require_names,
    _require_reasons,
    _require_known_words,
    _require_addresses,
    _require_combination,
    _require_keys,
    _require_one_sector,
)
