"""Rules of a registration about names and words that people read or that are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from broker.clients.client import Client
from broker.clients.profile import PROFILES
from broker.clients.refused import ClientRefused
from broker.clients.words import (
    CHOICES,
    CLIENT_GRANT,
    CODE_GRANT,
    DEVICE_GRANT,
    EXCHANGE_GRANT,
    GRANT_TYPES,
    OPTIONAL_CHOICES,
    REFRESH_GRANT,
    UNAUTHENTICATED,
)

_MAX_NAME, _MAX_REASON, _MAX_WORDS, _MAX_CONTACTS = 100, 140, 50, 10
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{1,63}", re.ASCII)
_WORD = re.compile(r"[a-z][a-z0-9_.:-]{0,63}", re.ASCII)
_VISIBLE = re.compile(r"[!-~]{1,255}", re.ASCII)
_CONTACT = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", re.ASCII)


def is_client_id(unverified_text: str) -> bool:
    """Whether a client could be called so. What could not is never looked up: a database cannot even store all text."""
    return _CLIENT_ID.fullmatch(unverified_text) is not None


def require_names(client: Client) -> None:
    if not is_client_id(client.client_id):
        raise ClientRefused("client_id must be 2 to 64 Latin letters, digits, dots, hyphens or underscores.")
    for field in ("client_name", "client_name_en", "organisation"):
        if not _is_plain(getattr(client, field), _MAX_NAME):
            raise ClientRefused(f"{field} must be 1 to {_MAX_NAME} visible signs without spaces around them.")
    for field in ("software_id", "software_version"):
        value: str | None = getattr(client, field)
        if value is not None and not _VISIBLE.fullmatch(value):
            raise ClientRefused(f"{field} must be 1 to 255 visible ASCII signs.")
    if len(client.contacts) > _MAX_CONTACTS or not all(_is_contact(contact) for contact in client.contacts):
        raise ClientRefused(f"contacts must be at most {_MAX_CONTACTS} e-mail addresses.")


def require_reasons(client: Client) -> None:
    """Somebody else's words on our page: plain, short, and about what the service may ask for at all."""
    for scope, texts in client.scope_reasons.items():
        if scope not in (*client.scopes, *client.waiting_scopes) or not isinstance(texts, Mapping) or set(texts) != {"ru", "en"}:
            raise ClientRefused("scope_reasons must hold, for scopes of the client, a text in ru and one in en.")
        if not all(isinstance(text, str) and _is_plain(text, _MAX_REASON) for text in texts.values()):
            raise ClientRefused(f"scope_reasons must hold texts of 1 to {_MAX_REASON} visible signs without spaces around them.")


def require_known_words(client: Client) -> None:
    for field, words in CHOICES.items():
        if getattr(client, field) not in words:
            raise ClientRefused(f"{field} must be one of: {', '.join(words)}.")
    for field, words in OPTIONAL_CHOICES.items():
        if getattr(client, field) not in (None, *words):
            raise ClientRefused(f"{field} must be empty{' or one of: ' if words else ''}{', '.join(words)}.")
    if client.profile not in PROFILES:
        raise ClientRefused("profile must be empty or fapi2.")
    for field in ("scopes", "roles", "grant_types", "waiting_scopes"):
        words = getattr(client, field)
        if len(words) > _MAX_WORDS or len(set(words)) != len(words) or not all(_WORD.fullmatch(word) for word in words):
            raise ClientRefused(f"{field} must be different words of small Latin letters.")
    for field in ("authorization_details_types", "default_acr_values"):
        values: tuple[str, ...] = getattr(client, field)
        if len(values) > _MAX_WORDS or len(set(values)) != len(values) or not all(_VISIBLE.fullmatch(value) for value in values):
            raise ClientRefused(f"{field} must be different words of visible ASCII signs.")
    if client.default_region and not re.fullmatch(r"\d{2,3}", client.default_region, re.ASCII):
        raise ClientRefused("default_region must be the number of a region, or empty.")


def require_grants(client: Client) -> None:
    grants = set(client.grant_types)
    if not grants or grants - set(GRANT_TYPES):
        raise ClientRefused(f"grant_types must be one or more of: {', '.join(GRANT_TYPES)}.")
    by_person = grants & {CODE_GRANT, DEVICE_GRANT}
    if REFRESH_GRANT in grants and not by_person:
        raise ClientRefused("grant_types may hold refresh_token only beside authorization_code or device_code.")
    # RFC 6749 4.4: only confidential clients; an exchange without authentication would be open to whoever holds a token.
    if client.token_endpoint_auth_method == UNAUTHENTICATED and grants & {CLIENT_GRANT, EXCHANGE_GRANT}:
        raise ClientRefused("grant_types of a client without authentication may not hold client_credentials or token-exchange.")
    if by_person and "openid" not in client.scopes:
        raise ClientRefused("scopes must hold openid.")
    if set(client.waiting_scopes) & set(client.scopes):
        raise ClientRefused("waiting_scopes may not hold what scopes holds already.")


def _is_contact(text: str) -> bool:
    return len(text) <= 254 and _CONTACT.fullmatch(text) is not None


def _is_plain(text: str, longest: int) -> bool:
    # Invisible and direction-changing signs would let one service look like another on the consent page.
    hidden = any(unicodedata.category(sign).startswith(("C", "Zl", "Zp")) for sign in text)
    return bool(text.strip()) and text == text.strip() and len(text) <= longest and not hidden
