"""A registration changed by somebody who looks after the service here: by the same rules as over HTTP (RFC 7592 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from broker.audit.catalogue import ClientChanged, ClientSecretMade
from broker.audit.event import Actor
from broker.clients.client import Client
from broker.clients.refused import ClientRefused
from broker.registration.fields import written
from broker.registration.records_store import Record
from broker.registration.refusals import of_client, unsound
from broker.registration.registrar import RETURNED, Registrar, names_of, needs_secret
from broker.registration.shaping import Terms, shaped

# On whose word: staff have entrusted the service to an organisation, and settle nothing in advance.
_BY_HAND: Final = "developer"


@dataclass(frozen=True, slots=True)
class Amended:
    """`secret` is empty unless the new method needs one; it is told once."""

    client: Client
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Amendments:
    """Changes some metadata and leaves the rest as it is."""

    registrar: Registrar

    def proposed(self, client: Client, changes: Mapping[str, Any]) -> Client:
        """The client as it would be. None takes a value away; what is sensitive waits as it does over HTTP.

        Raises:
            RegistrationRefused: it cannot be registered so.
        """
        record = self.registrar.records.find(client.client_id)
        said = record.said if record is not None else {}
        scope = " ".join((*client.scopes, *client.waiting_scopes))
        returned = {name: said[name] for name in RETURNED if name in said}
        whole = {**written(client), "scope": scope, **returned, **changes}
        metadata = {name: value for name, value in whole.items() if value is not None}
        start = client
        if client.environment == "sandbox" and client.sector_identifier is None:
            # People keep the `sub` by which this service knows them.
            start = replace(client, sector_identifier=client.sector)
        terms = _terms(record)
        made = shaped(start, metadata, terms, self.registrar.scopes, self.registrar.fetch)
        if names_of(made) != names_of(client) and self.registrar.name_waits(made, terms):
            raise unsound("client_name looks like the name of somebody else; a registrar can change it.")
        if client.first_party and not _hosts(made) <= _hosts(client):
            # People of a first-party service are asked for no permission, so where they are sent is for staff to say.
            raise unsound("redirect_uris of a first-party service stay on their hosts; a registrar can change it.")
        return replace(made, secrets=client.secrets)

    def make(self, client: Client, changes: Mapping[str, Any], actor: Actor) -> Amended:
        """Register it so, with its event; `client` is what the change was decided on.

        Raises:
            RegistrationRefused: as `proposed`, or somebody has changed the client since.
        """
        registrar, wanted = self.registrar, self.proposed(client, changes)
        try:
            with registrar.database.work():
                made = registrar.clients.replace(wanted)
                registrar.journal.append(ClientChanged(client.client_id), actor)
                secret = self._new_secret(made, actor) if needs_secret(client, made) else ""
        except ClientRefused as refused:
            raise of_client(refused) from None
        return Amended(made, secret)

    def _new_secret(self, client: Client, actor: Actor) -> str:
        secret = self.registrar.clients.new_secret(client.client_id, self.registrar.outside, timedelta(0))
        self.registrar.journal.append(ClientSecretMade(client.client_id), actor)
        return secret


def _hosts(client: Client) -> set[str]:
    return {client.sector_of(uri) for uri in client.redirect_uris}


def _terms(record: Record | None) -> Terms:
    if record is None:
        return Terms(_BY_HAND)
    said = record.said
    return Terms(record.way, record.by, said.get("preset", {}), said.get("stated", {}), said.get("sector_identifier_uri", ""))
