"""What services receive: the table behind the reference of causes, and how the sign-in test speaks with our own endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from broker.screens.causes import Cause


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one of our own endpoints; with `form` it is a POST."""

    path: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """Its answer. `body` is text, cut by nobody."""

    status: int
    body: str


Ask = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Received:
    """What a service receives for a cause. `error` is "" when the person stays on our page; `fix` is a key under `dev.fix`."""

    error: str
    http_status: int
    example: str
    fix: str


_BACK = "{address}?error={error}&state=af0ifjsldkj&iss={issuer}"
_REFRESH = '{{"error": "invalid_grant"}}'
# Causes that services are told by an error of their own standard: RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6, Unmet
# Authentication Requirements 1.0.
_TOLD: Mapping[int, tuple[str, int, str]] = {
    7005: ("access_denied", 302, _BACK),
    7006: ("login_required", 302, _BACK),
    7008: ("unmet_authentication_requirements", 302, _BACK),
    7004: ("invalid_request", 302, _BACK),
    7003: ("invalid_client", 401, '{{"error": "invalid_client"}}'),
    7001: ("invalid_client", 401, '{{"error": "invalid_client"}}'),
    9003: ("invalid_grant", 400, _REFRESH),
}
_FIX: Mapping[int, str] = MappingProxyType({
    7001: "unknown_client", 7002: "return_address", 7003: "paused", 7004: "bad_request", 7005: "denied", 7006: "silent",
    7008: "level", 7009: "role", 7010: "sign_out", 7012: "parent", 9003: "revoked", 9005: "logout",
})  # fmt: skip
# Who fixes it, by the first words of Cause.who_fixes.
_FIX_OF_WHO = (("Gosuslugi", "upstream"), ("service team", "ours"), ("time", "time"), ("school", "school"))


def received(cause: Cause, issuer: str) -> Received:
    """What a service receives for this cause, with an example message."""
    error, status, example = _TOLD.get(cause.code, ("", cause.http_status, _BACK))
    address = "https://service.example/callback"
    text = example.format(address=address, error=error or "interaction_required", issuer=issuer)
    start = "HTTP/1.1 302 Found\nLocation: " if example is _BACK else f"HTTP/1.1 {status}\nContent-Type: application/json\n\n"
    return Received(error, status, start + text, _fix_of(cause))


def _fix_of(cause: Cause) -> str:
    found = next((key for who, key in _FIX_OF_WHO if cause.who_fixes.startswith(who)), "person")
    return _FIX.get(cause.code, found)
