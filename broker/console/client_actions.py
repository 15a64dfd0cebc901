"""Registering relying parties and changing them, each change with its event in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from broker.audit.catalogue import ClientAdded, ClientChanged, ClientDisabled, ClientSecretMade
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.key_sets import Fetch
from broker.clients.metadata import SECRET_METHODS
from broker.clients.refused import ClientRefused
from broker.clients.sector import sector_of_document
from broker.clients.store import ClientStore
from broker.console.refused import Refused
from broker.foundation.outside import Outside
from broker.storage.database import Database


@dataclass(frozen=True, slots=True)
class ClientDesk:
    """What the actions on clients need. `overlap` is how long an older secret lives on after a new one is made."""

    database: Database
    clients: ClientStore
    journal: Journal
    outside: Outside
    overlap: timedelta

    def add(self, client: Client, actor: Actor, *, with_secret: bool = True) -> Mapping[str, Any]:
        """Register a client; the answer holds `client_secret` when it has one, and nobody can read it again. Without
        `with_secret` it gets its first one later, by `new_secret`.

        Raises:
            Refused: the registration is not sound, or the identifier is taken.
        """
        try:
            with self.database.work():
                self.clients.add(client)
                self.journal.append(ClientAdded(client.client_id), actor)
                secret = self._first_secret(client, actor) if with_secret else {}
        except ClientRefused as refused:
            raise Refused(str(refused)) from None
        return {"client": described(self.get(client.client_id)), **secret}

    def replace(self, client: Client, actor: Actor) -> Mapping[str, Any]:
        """Change a registration as a whole; secrets and the pause have their own actions. Raises Refused when it is not sound."""
        try:
            with self.database.work():
                changed = self.clients.replace(client)
                self.journal.append(ClientChanged(client.client_id), actor)
        except ClientRefused as refused:
            raise Refused(str(refused)) from None
        return {"client": described(changed)}

    def all(self) -> Mapping[str, Any]:
        """Every client in short."""
        return {"clients": [_in_short(client) for client in self.clients.all()]}

    def show(self, client_id: str) -> Mapping[str, Any]:
        """One client as registered; secrets only as the instants at which they end. Raises Refused when there is none."""
        return {"client": described(self.get(client_id))}

    def set_enabled(self, client_id: str, enabled: bool, actor: Actor) -> Mapping[str, Any]:
        """Pause a client or let it in again; doing it twice is no error. Raises Refused when there is none."""
        if self.get(client_id).is_enabled != enabled:
            with self.database.work():
                self.clients.set_enabled(client_id, enabled)
                self.journal.append(ClientChanged(client_id) if enabled else ClientDisabled(client_id), actor)
        return {"client": _in_short(self.get(client_id))}

    def new_secret(self, client_id: str, actor: Actor, overlap: timedelta | None = None) -> Mapping[str, Any]:
        """A fresh secret; older ones end after `overlap`. Raises Refused when the client is unknown or has no secret."""
        try:
            with self.database.work():
                secret = self.clients.new_secret(client_id, self.outside, self.overlap if overlap is None else overlap)
                self.journal.append(ClientSecretMade(client_id), actor)
        except ClientRefused as refused:
            raise Refused(str(refused)) from None
        return {"client": described(self.get(client_id)), "client_secret": secret}

    def _first_secret(self, client: Client, actor: Actor) -> Mapping[str, str]:
        if client.token_endpoint_auth_method not in SECRET_METHODS:
            return {}
        secret = self.clients.new_secret(client.client_id, self.outside, timedelta(0))
        self.journal.append(ClientSecretMade(client.client_id), actor)
        return {"client_secret": secret}

    def with_sector(self, client: Client, uri: str, fetch: Fetch) -> Client:
        """The client with the sector that a document names (sector_identifier_uri). Raises Refused when it does not hold."""
        try:
            return replace(client, sector_identifier=sector_of_document(fetch, uri, client.redirect_uris))
        except ClientRefused as refused:
            raise Refused(str(refused)) from None

    def get(self, client_id: str) -> Client:
        """The client as it is in the database. Raises Refused when there is none."""
        # Not `find`: what staff are shown must not be a few seconds old.
        for client in self.clients.all():
            if client.client_id == client_id:
                return client
        raise Refused("There is no such client.")


def described(client: Client) -> dict[str, Any]:
    """The registration in the standards' own names. A secret's hash stays where it is."""
    found = asdict(client)
    found["secrets"] = [{"ends_at": secret.ends_at.isoformat() if secret.ends_at else None} for secret in client.secrets]
    return found


def _in_short(client: Client) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "client_name": client.client_name,
        "organisation": client.organisation,
        "is_enabled": client.is_enabled,
        "first_party": client.first_party,
    }
