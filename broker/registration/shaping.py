"""From what a service says of itself to the client that is registered: whose word counts, what is added, what has to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from broker.clients.addresses import LOOPBACK
from broker.clients.client import Client
from broker.clients.key_sets import Fetch
from broker.clients.metadata import require_sound
from broker.clients.profile import FAPI2, as_fapi2
from broker.clients.refused import ClientRefused
from broker.clients.sector import sector_of_document
from broker.clients.words import CODE_GRANT, DEVICE_GRANT
from broker.registration.fields import OURS, require_responses, text_of, with_metadata
from broker.registration.reading import Metadata
from broker.registration.records_store import OPEN
from broker.registration.refusals import RegistrationRefused, of_client, unsound
from broker.registration.sandbox import SENSITIVE, require_sandbox

_SECTOR = "sector_identifier_uri"
_PERSON_GRANTS = frozenset({CODE_GRANT, DEVICE_GRANT})


@dataclass(frozen=True, slots=True)
class KnownScopes:
    """`of_people` are what a person can permit, `of_services` what a service can be given for itself."""

    of_people: tuple[str, ...]
    of_services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms somebody registers: `way` is one of records_store, `preset` are fields of the client that staff have settled,
    `stated` metadata of a software statement. Both are stronger than the service's own word (RFC 7591 2.3). `sector_uri` is the
    sector document that named all addresses of the client when it was read last."""

    way: str
    by: str = ""
    preset: Mapping[str, Any] = field(default_factory=dict)
    stated: Mapping[str, Any] = field(default_factory=dict)
    sector_uri: str = ""


def blank(client_id: str, terms: Terms) -> Client:
    """Nothing but an identifier."""
    environment = "sandbox" if terms.way == OPEN else "production"
    return Client(
        client_id=client_id, client_name="", client_name_en="", organisation="", redirect_uris=(), environment=environment
    )


def shaped(current: Client, metadata: Metadata, terms: Terms, known: KnownScopes, fetch: Fetch) -> Client:
    """The client as it will be registered. `current` is what it is now, or blank.

    Raises:
        RegistrationRefused: it cannot be registered so.
    """
    merged = _merged(metadata, terms.stated)
    kept = {name: getattr(current, name) for name in OURS}
    start = replace(blank(current.client_id, terms), **(kept | {"waiting_scopes": (), "secrets": ()}))
    client = with_metadata(start, merged)
    asked = client.scopes if "scope" in merged else tuple(scope for scope in known.of_people if scope not in SENSITIVE)
    client = replace(client, scopes=_scopes(client, asked, known, terms.way))
    client = _with_preset(client, terms.preset)
    require_responses(merged, client)
    _require_application_type(merged, client)
    if terms.way == OPEN:
        require_sandbox(client, asked)
    try:
        is_read = bool(terms.sector_uri) and terms.sector_uri == text_of(merged, _SECTOR)
        client = client if is_read and _adds_nothing(client, current) else _with_sector(client, current, merged, fetch)
        client = as_fapi2(client) if client.profile == FAPI2 else client
        client = _with_waiting(client, current, terms)
        require_sound(client)
    except ClientRefused as refused:
        raise of_client(refused) from None
    return client


def _merged(metadata: Metadata, stated: Metadata) -> Metadata:
    """What is stated is so in every language: another one of the service's own would be shown beside it (RFC 7591 2.2, 2.3)."""
    settled = {name.partition("#")[0] for name in stated}
    return {name: value for name, value in metadata.items() if name.partition("#")[0] not in settled} | dict(stated)


def _scopes(client: Client, asked: tuple[str, ...], known: KnownScopes, way: str) -> tuple[str, ...]:
    """Those of the asked that exist; whoever asks for people asks for openid."""
    exist = known.of_people if way == OPEN else (*known.of_people, *known.of_services)
    found = tuple(scope for scope in asked if scope in exist)
    needs_openid = bool(_PERSON_GRANTS & set(client.grant_types)) and "openid" not in found
    return ("openid", *found) if needs_openid else found


def _with_preset(client: Client, preset: Mapping[str, Any]) -> Client:
    settled: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in preset.items()}
    return replace(client, **settled)


def _adds_nothing(client: Client, current: Client) -> bool:
    """Whether the document has named every address already: it is asked for new ones only, so that a service whose document is
    out of reach for an hour can still change its name, and never gets an address that the document does not name."""
    return current.sector_identifier is not None and set(client.redirect_uris) <= set(current.redirect_uris)


def _with_sector(client: Client, current: Client, merged: Metadata, fetch: Fetch) -> Client:
    uri = text_of(merged, _SECTOR)
    if uri:
        return replace(client, sector_identifier=sector_of_document(fetch, uri, client.redirect_uris))
    if client.sector_identifier is None and (not client.redirect_uris or client.environment == "sandbox"):
        # A machine of one's own is no host that several services could share.
        return replace(client, sector_identifier=current.client_id)
    return client


def _with_waiting(client: Client, current: Client, terms: Terms) -> Client:
    """What is sensitive waits, unless a registrar has approved it for these hosts or with the token."""
    approved = set(terms.preset.get("scopes", ()))
    if _hosts(client) <= _hosts(current):
        approved |= set(current.scopes)
    waiting = tuple(scope for scope in client.scopes if scope in SENSITIVE and scope not in approved)
    return replace(client, scopes=tuple(scope for scope in client.scopes if scope not in waiting), waiting_scopes=waiting)


def _hosts(client: Client) -> set[str]:
    return {client.sector_of(uri) for uri in client.redirect_uris}


def _require_application_type(merged: Metadata, client: Client) -> None:
    """A native application has addresses on its own device (OpenID Connect Registration 2), whoever says that it is one."""
    if merged.get("application_type") == "native" and not all(map(_is_of_device, client.redirect_uris)):
        raise RegistrationRefused("invalid_redirect_uri", "redirect_uris of a native application must lie on its own device.")
    if _SECTOR in merged and not text_of(merged, _SECTOR):
        raise unsound("sector_identifier_uri must not be empty.")


def _is_of_device(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return parts.scheme == "http" and parts.hostname in LOOPBACK
    return "." in parts.scheme
