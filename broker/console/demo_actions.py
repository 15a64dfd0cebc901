"""The services of the demo: registered at the first start, given a new secret at every start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from broker.audit.event import Actor
from broker.clients.client import Client
from broker.clients.store import ClientStore
from broker.console.client_actions import ClientDesk
from broker.console.developer_actions import DeveloperDesk
from broker.console.refused import Refused


@dataclass(frozen=True, slots=True)
class DemoServices:
    """`document` holds `services`, each with the fields of a registration, and `developers` with their organisations; `addresses`
    says where each service runs, by client_id."""

    document: Mapping[str, Any]
    addresses: Mapping[str, str]

    def clients(self) -> tuple[Client, ...]:
        """The registrations. Raises Refused when an address or a field is missing or unknown."""
        try:
            return tuple(self._client(entry) for entry in self.document["services"])
        except (KeyError, TypeError):
            raise Refused("The services do not fit together with their addresses, or have fields that nobody knows.") from None

    def _client(self, entry: Mapping[str, Any]) -> Client:
        own_url = self.addresses[entry["client_id"]]
        fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
        return Client(
            **fields,
            redirect_uris=(own_url + "/callback",),
            post_logout_redirect_uris=(own_url + "/signed-out",),
            initiate_login_uri=own_url + "/sign-in",
            backchannel_logout_uri=own_url + "/back-channel-logout",
            backchannel_logout_session_required=True,
            # ES256 costs a third of RS256 to sign.
            id_token_signed_response_alg="ES256",  # noqa: S106 -- the name of an algorithm
        )


def seed_services(desk: ClientDesk, store: ClientStore, services: DemoServices, actor: Actor) -> Mapping[str, Any]:
    """Register the services or bring them up to date; returns their secrets, older ones being over at once."""
    known = {client.client_id: client for client in store.all()}
    secrets: dict[str, str] = {}
    for client in services.clients():
        kept = known.get(client.client_id)
        if kept is None:
            secrets[client.client_id] = str(desk.add(client, actor)["client_secret"])
            continue
        wanted = replace(client, secrets=kept.secrets, is_enabled=kept.is_enabled, version=kept.version)
        if wanted != kept:
            desk.replace(wanted, actor)
        # The services are told their secrets through their environment, so nothing has to be kept between two starts.
        secrets[client.client_id] = str(desk.new_secret(client.client_id, actor, timedelta(0))["client_secret"])
    return {"secrets": secrets}


def seed_developers(desk: DeveloperDesk, services: DemoServices, actor: Actor) -> None:
    """Make the demo's developers, and give them the services of their organisation."""
    for entry in services.document.get("developers", ()):
        desk.add(entry["person_id"], entry["organisation"], actor)
        for client in services.clients():
            if client.organisation == entry["organisation"]:
                desk.entrust(client.client_id, entry["organisation"], actor)
