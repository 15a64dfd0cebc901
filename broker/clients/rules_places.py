"""Rules of a registration about addresses: where browsers are sent, where we ask, what tokens are for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from broker.clients.addresses import LOOPBACK, BadAddress, require_address
from broker.clients.client import Client
from broker.clients.refused import ClientRefused
from broker.clients.words import CODE_GRANT, UNAUTHENTICATED

_MAX_ADDRESSES = 20
_SECTOR = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.ASCII)
_RESOURCE = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+", re.ASCII)
# Lists first; a single address is a list of none or one.
_LISTS = ("redirect_uris", "post_logout_redirect_uris", "request_uris")
_SINGLE = (
    "initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri", "jwks_uri", "client_uri", "logo_uri", "policy_uri",
    "tos_uri",
)  # fmt: skip
# Only where a browser goes back to an app may the scheme be the app's own (RFC 8252 7.1).
_TO_AN_APP = ("redirect_uris", "post_logout_redirect_uris")


def require_addresses(client: Client) -> None:
    if CODE_GRANT in client.grant_types and not client.redirect_uris:
        raise ClientRefused("redirect_uris must hold at least one address.")
    if sum(len(getattr(client, field)) for field in _LISTS) > _MAX_ADDRESSES:
        raise ClientRefused(f"redirect_uris and the other lists may hold {_MAX_ADDRESSES} addresses at most.")
    for field in _LISTS:
        uris: tuple[str, ...] = getattr(client, field)
        if len(set(uris)) != len(uris):
            raise ClientRefused(f"{field} holds an address twice.")
        for number, uri in enumerate(uris):
            _require_address(client, field, f"{field}[{number}]", uri)
    for field in _SINGLE:
        found: str | None = getattr(client, field)
        if found is not None:
            _require_address(client, field, field, found)


def require_front_channel(client: Client) -> None:
    """Otherwise our page would load a frame of anybody's (OpenID Connect Front-Channel Logout 2)."""
    if client.frontchannel_logout_uri is None:
        return
    if _origin(client.frontchannel_logout_uri) not in {_origin(uri) for uri in client.redirect_uris}:
        raise ClientRefused("frontchannel_logout_uri must have scheme, host and port of one of redirect_uris.")


def require_one_sector(client: Client) -> None:
    """Pairwise subjects are made for a host; with several hosts it must be said which (OpenID Connect Core 8.1)."""
    if client.sector_identifier is not None and not _SECTOR.fullmatch(client.sector_identifier):
        raise ClientRefused("sector_identifier must be a host name.")
    sectors = {client.sector_of(uri) for uri in client.redirect_uris}
    if client.subject_type == "pairwise" and client.sector_identifier is None and len(sectors) != 1:
        many = "lie on several hosts" if sectors else "are none"
        raise ClientRefused(f"redirect_uris {many}, so sector_identifier must name one, or subject_type be public.")


def require_resources(client: Client) -> None:
    """What tokens are for: absolute addresses without a fragment (RFC 8707 2)."""
    for field in ("resources", "audiences"):
        found: tuple[str, ...] = getattr(client, field)
        if len(found) > _MAX_ADDRESSES or len(set(found)) != len(found):
            raise ClientRefused(f"{field} must be at most {_MAX_ADDRESSES} different addresses.")
        if not all(len(uri) <= 500 and _RESOURCE.fullmatch(uri) and "#" not in uri for uri in found):
            raise ClientRefused(f"{field} must be absolute addresses without a fragment.")


def require_no_loopback(client: Client) -> None:
    """In production an address of the person's own machine is for sandboxes and for apps on that machine (RFC 8252 7.3).

    Raises:
        ClientRefused: a service of production would send people's codes to whatever listens there.
    """
    if client.environment == "sandbox" or client.token_endpoint_auth_method == UNAUTHENTICATED:
        return
    for field in (*_LISTS, *_SINGLE):
        value = getattr(client, field)
        for uri in value if isinstance(value, tuple) else (value or "",):
            if urlsplit(uri).hostname in LOOPBACK:
                raise ClientRefused(f"{field} may be a loopback address only in environment sandbox.")


def _require_address(client: Client, field: str, place: str, uri: str) -> None:
    is_public = client.token_endpoint_auth_method == UNAUTHENTICATED and field in _TO_AN_APP
    if field == "request_uris":
        # It may end with the digest of what lies there (OpenID Connect Core 6.2).
        uri = uri.partition("#")[0]
    try:
        require_address(uri, is_public=is_public)
    except BadAddress as problem:
        raise ClientRefused(f"{place} {problem}.") from None


def _origin(uri: str) -> tuple[str, str, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
