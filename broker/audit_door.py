"""The office over the journal, furnished from the house: part of the composition root."""

from __future__ import annotations

from typing import Protocol

from broker.audit.journal import Journal
from broker.audit.office import AuditOffice, AuditTools, open_audit_office
from broker.foundation.outside import Outside
from broker.storage.database import Database
from config.settings import Settings
from keys.vault import Vault


class AuditRooms(Protocol):
    """What the house has built by then."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def outside(self) -> Outside: ...


def audit_office_of(rooms: AuditRooms) -> AuditOffice:
    """Checkpoints, exports, search and retention over the journal of a house."""
    tools = AuditTools(rooms.database, rooms.journal, rooms.vault.audit_ring, rooms.outside, rooms.settings.provider.issuer)
    return open_audit_office(rooms.settings.audit, tools)
