"""On what terms a token is issued: who showed a key, what it is for, on whose behalf."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.clients.client import Client
from broker.provider.carried import CarriedRequest
from broker.provider.wire import refusal
from broker.tokens.confirmation import Confirmation

SenderOf = Callable[[Client], Confirmation | None]
"""What the request at hand has proven to hold for a client: a key, a certificate, or None; raises OAuth2Error (RFC 9449 5)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request whose sender has been looked at. Made by `sender_of` only; every token is issued on it."""

    confirmation: Confirmation | None


@dataclass(frozen=True, slots=True)
class Terms:
    """`audience` are resources, none for the issuer alone; `actors` and `ends_at` come from an exchange; `form` is a form of
    access tokens other than the client's own. `asked_details` is the parameter of the token request (RFC 9396 6), `details` what
    the token holds, as JSON.
    """

    sent: Sent
    audience: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    ends_at: datetime | None = None
    form: str = ""
    asked_details: str | None = None
    details: tuple[Mapping[str, object], ...] = ()


def sender_of(client: Client, find: SenderOf) -> Sent:
    """The sender, before anything is spent: a proof that must be made anew costs no code (RFC 9449 8).

    Raises:
        OAuth2Error: a bad proof, or none from a client whose tokens must be bound (RFC 9449 5.2, RFC 8705 3.4).
    """
    found = find(client)
    kind = found.kind if found is not None else ""
    if client.dpop_bound_access_tokens and kind != "jkt":
        raise refusal("invalid_dpop_proof", "this client must send a DPoP proof")
    if client.tls_client_certificate_bound_access_tokens and kind != "x5t":
        raise refusal("invalid_request", "this client must send its certificate")
    return Sent(found)


def is_bound_to(kept: str, sent: Sent) -> bool:
    """Whether something bound to the key that `kept` names, "" for none, was sent by who holds it."""
    return not kept or hmac.compare_digest(kept, str(sent.confirmation or ""))


def asked_details(request: CarriedRequest) -> str | None:
    """The authorization details that a token request names (RFC 9396 6); None for none, as is usual."""
    return request.form.get("authorization_details")


def audience_of(asked: tuple[str, ...], granted: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """What a token will be for: the resources asked for, else those that were granted, else the issuer alone, which is ().

    A grant without resources leaves open which of the client's it is used for. What was taken from the client since counts no
    more.

    Raises:
        OAuth2Error: invalid_target, something was asked for that was not granted, or nothing of it is left (RFC 8707 2.2).
    """
    if not asked and not granted:
        return ()
    allowed = tuple(resource for resource in granted or client.resources if resource in client.resources)
    wanted = tuple(dict.fromkeys(asked)) or (allowed if granted else ())
    if any(resource not in allowed for resource in wanted) or (granted and not wanted):
        raise refusal("invalid_target", "a resource was not granted")
    return wanted
