"""What a request says of the tokens it wants: where they shall be used, for what, and with which key."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from broker.clients.client import Client
from broker.consent.details import BadDetails, Detail, details_of, wishes_of, written
from broker.provider.request.asking import Asking, CheckTools
from broker.provider.request.strict_json import BadJson, strict_json
from broker.provider.wire import refusal

_MAX_RESOURCES, _MAX_TOGETHER = 5, 2_000
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def require_registered_resources(unverified: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """Where tokens may be used: absolute addresses without a fragment that are registered for the client (RFC 8707 2).

    Raises:
        OAuth2Error: invalid_target.
    """
    found = tuple(dict.fromkeys(unverified))
    if len(found) > _MAX_RESOURCES or sum(len(resource) + 1 for resource in found) > _MAX_TOGETHER:
        raise refusal("invalid_target", "too many resources")
    for resource in found:
        if not _is_absolute(resource) or resource not in client.resources:
            raise refusal("invalid_target", "a resource is not registered for this client")
    return found


def require_registered_details(unverified_text: str, client: Client) -> tuple[Detail, ...]:
    """Authorization details of types that the client is registered for, at addresses that are (RFC 9396 2, 5).

    Raises:
        OAuth2Error: invalid_authorization_details.
    """
    try:
        details = details_of(strict_json(unverified_text))
    except BadJson as error:
        raise refusal("invalid_authorization_details", "authorization_details is not JSON") from error
    except BadDetails as error:
        raise refusal("invalid_authorization_details", str(error)) from error
    for detail in details:
        if detail.type not in client.authorization_details_types:
            raise refusal("invalid_authorization_details", "a type is not registered for this client")
        if any(location not in client.resources for location in detail.locations):
            raise refusal("invalid_authorization_details", "a location is not registered for this client")
    return details


def read_resources(asking: Asking, tools: CheckTools) -> None:
    """`resource` (RFC 8707 2), the one parameter that may be repeated."""
    asking.resources = require_registered_resources(asking.parameters.all("resource"), asking.known_client)


def read_details(asking: Asking, tools: CheckTools) -> None:
    """`authorization_details` (RFC 9396 2)."""
    text = asking.parameters.get("authorization_details")
    if text is None:
        return
    details = require_registered_details(text, asking.known_client)
    asking.authorization_details, asking.wishes = written(details), wishes_of(details)


def read_key(asking: Asking, tools: CheckTools) -> None:
    """`dpop_jkt` binds the code to a key before anybody has shown it (RFC 9449 10)."""
    thumbprint = asking.parameters.get("dpop_jkt")
    if thumbprint is None:
        return
    if not _THUMBPRINT.fullmatch(thumbprint):
        raise refusal("invalid_request", "dpop_jkt must be the SHA-256 thumbprint of a key")
    asking.dpop_jkt = thumbprint


def _is_absolute(resource: str) -> bool:
    try:
        parts = urlsplit(resource)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path) and "#" not in resource
