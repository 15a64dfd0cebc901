"""Who may look after services: developers of an organisation, and the services that are given to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.audit.catalogue_services import ClientEntrusted, DeveloperAdded, DeveloperRemoved
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.developers_store import Developer, DeveloperStore
from broker.clients.store import ClientStore
from broker.console.refused import Refused
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.storage.database import Database

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class DeveloperDesk:
    """What the actions need."""

    database: Database
    directory: Directory
    clients: ClientStore
    journal: Journal
    outside: Outside

    def add(self, person_id: str, organisation: str, actor: Actor) -> Mapping[str, Any]:
        """Make somebody a developer of an organisation. Raises Refused when there is no such person or no name."""
        _require_name(organisation)
        if self.directory.find_person(person_id) is None:
            raise Refused("There is no such person.")
        with self.database.work():
            self._store.put(Developer(person_id, organisation, self.outside.now()))
            self.journal.append(DeveloperAdded(person_id), actor)
        return {"developer": {"person_id": person_id, "organisation": organisation}}

    def remove(self, person_id: str, actor: Actor) -> Mapping[str, Any]:
        """Take the right away. Raises Refused when there was none."""
        with self.database.work():
            if not self._store.remove(person_id):
                raise Refused("This person is no developer.")
            self.journal.append(DeveloperRemoved(person_id), actor)
        return {"removed": person_id}

    def entrust(self, client_id: str, organisation: str, actor: Actor) -> Mapping[str, Any]:
        """Give a service to the developers of an organisation, and to no others. Raises Refused when there is no such service."""
        _require_name(organisation)
        if self.clients.latest(client_id) is None:
            raise Refused("There is no such client.")
        with self.database.work():
            self._store.give(client_id, organisation)
            self.journal.append(ClientEntrusted(client_id), actor)
        return {"client_id": client_id, "organisation": organisation}

    def all(self) -> Mapping[str, Any]:
        """Every developer, with the services of their organisation."""
        found = self._store.all()
        clients = {one.organisation: sorted(self._store.clients_of(one.organisation)) for one in found}
        rows = [{"person_id": one.person_id, "organisation": one.organisation} for one in found]
        return {"developers": [{**row, "clients": clients[row["organisation"]]} for row in rows]}

    @property
    def _store(self) -> DeveloperStore:
        return DeveloperStore(self.database)


def _require_name(organisation: str) -> None:
    is_plain = organisation == organisation.strip() and organisation.isprintable()
    if not is_plain or not 1 <= len(organisation) <= _LONGEST:
        raise Refused(f"The organisation must be 1 to {_LONGEST} visible signs without spaces around them.")
