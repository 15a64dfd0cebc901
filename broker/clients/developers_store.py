"""Who looks after which clients: developers of an organisation, and the clients that are the organisation's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from broker.clients.tables import DeveloperClientRow, DeveloperRow
from broker.storage.database import Database


@dataclass(frozen=True, slots=True)
class Developer:
    """A person and the one organisation they develop for."""

    person_id: str
    organisation: str
    made_at: datetime


class DeveloperStore:
    """Every change belongs into a unit of work with its event."""

    def __init__(self, database: Database):
        self._database = database

    def find(self, person_id: str) -> Developer | None:
        """The developer this person is, or None."""
        row = self._database.session.execute(select(*_COLUMNS).where(DeveloperRow.person_id == person_id)).first()
        return None if row is None else Developer(row.person_id, row.organisation, row.made_at)

    def all(self) -> tuple[Developer, ...]:
        """Every developer, by organisation."""
        rows = self._database.session.execute(select(*_COLUMNS).order_by(DeveloperRow.organisation, DeveloperRow.person_id))
        return tuple(Developer(row.person_id, row.organisation, row.made_at) for row in rows)

    def put(self, developer: Developer) -> None:
        """Make somebody a developer; who was one of another organisation is so no more."""
        self.remove(developer.person_id)
        values = {name: getattr(developer, name) for name in ("person_id", "organisation", "made_at")}
        self._database.session.execute(insert(DeveloperRow).values(**values))

    def remove(self, person_id: str) -> bool:
        """Take the right away; False if there was none."""
        return self._database.session.execute(delete(DeveloperRow).where(DeveloperRow.person_id == person_id)).rowcount == 1

    def clients_of(self, organisation: str) -> frozenset[str]:
        """The identifiers of an organisation's clients."""
        chosen = select(DeveloperClientRow.client_id).where(DeveloperClientRow.organisation == organisation)
        return frozenset(self._database.session.execute(chosen).scalars())

    def give(self, client_id: str, organisation: str) -> None:
        """From now on these developers look after this client, and no others."""
        self._database.session.execute(delete(DeveloperClientRow).where(DeveloperClientRow.client_id == client_id))
        self._database.session.execute(insert(DeveloperClientRow).values(client_id=client_id, organisation=organisation))


_COLUMNS = (DeveloperRow.person_id, DeveloperRow.organisation, DeveloperRow.made_at)
