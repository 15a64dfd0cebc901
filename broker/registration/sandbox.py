"""What anybody may register without asking: a sandbox on their own machine, for test people only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from broker.clients.addresses import LOOPBACK
from broker.clients.client import Client
from broker.clients.words import CLIENT_GRANT, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from broker.registration.names import imitates_state
from broker.registration.refusals import RegistrationRefused, unsound

# About children, and the number by which the state knows a person: nobody gets them before a registrar has looked.
SENSITIVE: Final = ("snils", "children")

_GRANTS: Final = frozenset({CODE_GRANT, REFRESH_GRANT, DEVICE_GRANT, CLIENT_GRANT})
# Whatever is named here is asked, framed, linked or sent to by us: a stranger names only the own machine.
_ADDRESSES: Final = (
    "post_logout_redirect_uris", "request_uris", "initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri",
    "jwks_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri",
)  # fmt: skip


def require_sandbox(client: Client, asked_scopes: Iterable[str]) -> None:
    """Refuse what a sandbox may not be.

    Raises:
        RegistrationRefused: with the first thing that is wrong.
    """
    if set(asked_scopes) & set(SENSITIVE):
        raise unsound(f"scope of a sandbox may not hold {' or '.join(SENSITIVE)}.")
    if set(client.grant_types) - _GRANTS:
        raise unsound(f"grant_types of a sandbox may hold: {', '.join(sorted(_GRANTS))}.")
    if not all(map(_is_loopback, client.redirect_uris)):
        raise RegistrationRefused("invalid_redirect_uri", "redirect_uris of a sandbox must be loopback addresses.")
    for field in _ADDRESSES:
        value = getattr(client, field)
        addresses = value if isinstance(value, tuple) else (value,) if value is not None else ()
        if not all(map(_is_loopback, addresses)):
            raise unsound(f"{field} of a sandbox must be a loopback address.")
    if imitates_state(client):
        raise unsound("client_name of a sandbox may not look like that of the state or mix alphabets in a word.")


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK
