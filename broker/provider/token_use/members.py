"""What is told of a token that is active (RFC 7662 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from broker.clients.client import Client
from broker.consent.details import Detail, good_at, known_as, read
from broker.directory.person import Child
from broker.tokens.acr import acr_of
from broker.tokens.authorization import Authorization, Grant
from broker.tokens.living import Living
from broker.tokens.signed_access import acting, id_of


@dataclass(frozen=True, slots=True)
class Telling:
    """`subject(client, person_id)` is what a client knows a person by, `children_of` a parent's pupils under the same names."""

    issuer: str
    subject: Callable[[Client, str], str]
    children_of: Callable[[Client, str], tuple[tuple[str, Child], ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and whom the person gave the permission to: the same, or a service that the token is shown to."""

    asking: Client
    given_to: Client


def of_access(living: Living, asked: Asked, telling: Telling) -> dict[str, object]:
    """The members for one access token. `sub` is the person as *who asks* knows them: a service recognises its own users, and two
    services cannot compare theirs (OpenID Connect Core 8.1). Of a token without a person it is the client (RFC 9068 2.2)."""
    access, client = living.access, living.client
    bound = access.confirmation
    members: dict[str, object] = {
        "active": True,
        "iss": telling.issuer,
        "aud": access.audience[0] if len(access.audience) == 1 else list(access.audience) or telling.issuer,
        "client_id": client.client_id,
        "sub": client.client_id,
        # What has been taken from the client since is worth nothing any more.
        "scope": " ".join([scope for scope in access.scopes if scope in client.scopes]),
        "token_type": bound.token_type if bound is not None else "Bearer",
        "iat": int(access.issued_at.timestamp()),
        "exp": int(access.expires_at.timestamp()),
        "jti": id_of(access),
    }
    if bound is not None:
        members["cnf"] = bound.cnf
    if access.actors:
        members["act"] = acting(access.actors)
    if living.grant is not None:
        members |= _about_person(living.grant.authorization, asked, telling)
    return members


def of_refresh(grant: Grant, asking: Client, ends_at: datetime, telling: Telling) -> dict[str, object]:
    """The members for a client's own refresh token."""
    about = grant.authorization
    return {
        "active": True,
        "iss": telling.issuer,
        "client_id": about.client_id,
        "scope": " ".join(scope for scope in about.scopes if scope in asking.scopes),
        "iat": int(grant.refreshed_at.timestamp()),
        "exp": int(ends_at.timestamp()),
    } | _about_person(about, Asked(asking, asking), telling)


def _about_person(about: Authorization, asked: Asked, telling: Telling) -> dict[str, object]:
    members: dict[str, object] = {
        "sub": telling.subject(asked.asking, about.person_id),
        # What a resource needs to demand a surer or a later sign-in (RFC 9470 6.2).
        "acr": acr_of(about.connector, about.level),
        "auth_time": int(about.authenticated_at.timestamp()),
    }
    if about.amr:
        members["amr"] = list(about.amr)
    if about.authorization_details and (found := [detail.plain() for detail in _details(about, asked, telling)]):
        members["authorization_details"] = found
    return members


def _details(about: Authorization, asked: Asked, telling: Telling) -> Iterable[Detail]:
    """What the person allowed, of it what concerns who asks (RFC 9396 9.2), children named as they know them."""
    details, asking = read(about.authorization_details), asked.asking
    if asking.client_id == asked.given_to.client_id:
        return details
    children = telling.children_of(asked.given_to, about.person_id) if any(detail.children for detail in details) else ()
    names = {sub: telling.subject(asking, child.person_id) for sub, child in children}
    return known_as(good_at(details, (asking.client_id, *asking.audiences)), names)
