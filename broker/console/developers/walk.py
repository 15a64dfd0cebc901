"""D4: a sign-in of an invented person, in which we play the service ourselves over our own endpoints.

The service's own key is nowhere here, so a twin of the service stands in for it: the same data, the same numbers of people, no
key, and only one place that codes can go to, which is ours.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from broker.audit.event import Actor
from broker.clients.client import Client
from broker.console.developers.invented import region_of
from broker.console.developers.room import DevRoom, Service
from broker.foundation.encoding import b64url, canonical_json, digest
from broker.foundation.outside import Outside
from broker.screens.developer_service_pages import Message
from broker.storage.shelf import Shelf
from keys.secrets.sealing import Sealer

WALK: Final = "dev.walk"
RESULT: Final = "dev.walked"
KEPT_FOR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Walk:
    """What has to come back as it went out. `client_id` is the service that is tested, `person` the invented login."""

    client_id: str
    person: str
    state: str
    nonce: str
    verifier: str
    began_at: str

    def __repr__(self) -> str:
        return f"Walk(client_id={self.client_id!r}, person={self.person!r})"


@dataclass(frozen=True, slots=True)
class Walked:
    """How it went. `step` is where it stopped, "" when it passed."""

    client_id: str
    messages: tuple[Message, ...]
    step: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Walks:
    """Walks that are under way and results, sealed and short-lived: they hold claims, if only of invented people."""

    shelf: Shelf
    sealer: Sealer
    outside: Outside

    def begin(self, client: Client, person: str) -> Walk:
        token = self.outside.token
        walk = Walk(client.client_id, person, token(), token(), token(), self.outside.now().isoformat())
        self._put(WALK, walk.state, [walk.client_id, walk.person, walk.state, walk.nonce, walk.verifier, walk.began_at])
        return walk

    def find(self, state: str) -> Walk | None:
        """The walk that is under way; it stays."""
        found = self.shelf.get(WALK, digest(state))
        return Walk(*self._open(WALK, state, found)) if found is not None else None

    def take(self, state: str) -> Walk | None:
        """The walk, for the one answer that ends it."""
        found = self.shelf.take(WALK, digest(state))
        return Walk(*self._open(WALK, state, found)) if found is not None else None

    def end(self, state: str, walked: Walked) -> None:
        lines = [[one.step_key, one.text, one.problem_key, one.cause] for one in walked.messages]
        self._put(RESULT, state, [walked.client_id, lines, walked.step, walked.cause])

    def result(self, state: str) -> Walked | None:
        """How a walk went; None while it goes on, and when it was too long ago."""
        found = self.shelf.get(RESULT, digest(state))
        if found is None:
            return None
        client_id, lines, step, cause = self._open(RESULT, state, found)
        return Walked(client_id, tuple(Message(*line) for line in lines), step, cause)

    def _put(self, kind: str, state: str, said: list[Any]) -> None:
        sealed = self.sealer.seal(canonical_json(said), f"{kind}:{digest(state)}")
        self.shelf.put(kind, digest(state), sealed, KEPT_FOR)

    def _open(self, kind: str, state: str, sealed: bytes) -> Any:
        return json.loads(self.sealer.unseal(sealed, f"{kind}:{digest(state)}"))


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))


def return_address(service: Service, client_id: str) -> str:
    """The one place to which a test sends its code."""
    return f"{service.issuer}/dev/{client_id}/test/callback"


def twin_of(service: Service, client: Client) -> Client:
    """The stand-in of a service: what a person meets is the same, what needs the service's own key is left out."""
    return Client(
        client_id=f"test.{digest(client.client_id)[:40]}",
        client_name=client.client_name,
        client_name_en=client.client_name_en,
        organisation=client.organisation,
        redirect_uris=(return_address(service, client.client_id),),
        token_endpoint_auth_method="none",  # noqa: S106 -- the name of a method
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        scopes=tuple(scope for scope in client.scopes if scope in service.scopes and scope != "offline_access"),
        subject_type=client.subject_type,
        # The number by which the service itself will know the person.
        sector_identifier=client.sector,
        default_region=client.default_region,
        roles=client.roles,
        default_acr_values=client.default_acr_values,
        minimum_acr_value=client.minimum_acr_value,
        scope_reasons={scope: said for scope, said in client.scope_reasons.items() if scope in client.scopes},
        environment="sandbox",
    )


def settle_twin(room: DevRoom, client: Client, actor: Actor) -> Client:
    """The twin as registered, brought up to date with the service. Raises Refused when it is not sound."""
    wanted = twin_of(room.service, client)
    known = room.clients.latest(wanted.client_id)
    if known is None:
        room.desk.add(wanted, actor)
    elif replace(wanted, version=known.version, is_enabled=known.is_enabled) != known:
        room.desk.replace(replace(wanted, version=known.version, is_enabled=known.is_enabled), actor)
    return wanted


def request_of(walk: Walk, twin: Client) -> dict[str, str]:
    """The authorization request of the walk (OpenID Connect Core 3.1.2.1), with PKCE (RFC 7636 4.3)."""
    return {
        "response_type": "code",
        "client_id": twin.client_id,
        "redirect_uri": twin.redirect_uris[0],
        "scope": " ".join(twin.scopes),
        "state": walk.state,
        "nonce": walk.nonce,
        "code_challenge": b64url(bytes.fromhex(digest(walk.verifier))),
        "code_challenge_method": "S256",
        # Whoever is signed in here is the developer; the invented person comes instead.
        "prompt": "login",
        "region": region_of(walk.person),
    }


def request_url(service: Service, walk: Walk, twin: Client) -> str:
    """Where the browser is sent."""
    return f"{service.endpoints['authorization_endpoint']}?{urlencode(request_of(walk, twin))}"
