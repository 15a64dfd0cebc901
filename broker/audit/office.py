"""What is built over the journal: checkpoints, exports, search, retention, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from broker.audit.checkpoints import Checkpoints
from broker.audit.exports import Exports
from broker.audit.journal import Journal
from broker.audit.retention import Retention
from broker.audit.search_store import Search
from broker.audit.settings import AuditSettings
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.signing.ring import KeyRing


@dataclass(frozen=True, slots=True)
class AuditOffice:
    """Whatever auditors need beside the journal itself."""

    settings: AuditSettings
    journal: Journal
    checkpoints: Checkpoints
    exports: Exports
    search: Search
    retention: Retention


@dataclass(frozen=True, slots=True)
class AuditTools:
    """What the office is made from. `issuer` names the house in exports."""

    database: Database
    journal: Journal
    ring: KeyRing
    outside: Outside
    issuer: str


def open_audit_office(settings: AuditSettings, tools: AuditTools) -> AuditOffice:
    """The office over a journal."""
    now = tools.outside.now
    checkpoints = Checkpoints(tools.database, tools.journal, tools.ring, now)
    return AuditOffice(
        settings=settings,
        journal=tools.journal,
        checkpoints=checkpoints,
        exports=Exports(tools.journal, checkpoints, now, tools.issuer),
        search=Search(tools.database, tools.journal),
        retention=Retention(tools.database, tools.journal, checkpoints, now),
    )
