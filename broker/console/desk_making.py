"""The desks of the journal and of one person, made from the house: one way for the pages, the JSON API and the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from broker.audit.journal import Journal
from broker.audit.office import AuditOffice
from broker.audit.search_store import Search
from broker.cases.cases import Cases
from broker.clients.store import ClientStore
from broker.connectors.esia.settings import EsiaSettings
from broker.console.audit_actions import AuditActions
from broker.console.audit_desk import AuditDesk
from broker.console.people_actions import PauseDesk
from broker.console.planned_actions import PlannedDesk
from broker.console.policy_desk import PolicyDesk
from broker.console.story_actions import StoryDesk
from broker.console.upstream_actions import UpstreamDesk
from broker.custody.emergency import Emergency
from broker.directory.directory import Directory
from broker.directory.pauses import Pauses
from broker.foundation.outside import Outside
from broker.linking.everybody_store import EverybodyStore
from broker.linking.links import Links
from broker.messages.planned_store import PlannedWorks
from broker.policy.policies import Policies
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.vault import Vault


class UpstreamRooms(Protocol):
    """The part of the open house that looks at Gosuslugi."""

    @property
    def database(self) -> Database: ...
    @property
    def shelf(self) -> Shelf: ...
    @property
    def journal(self) -> Journal: ...


class PolicyRooms(Protocol):
    """The part of the open house that knows rules and people."""

    @property
    def database(self) -> Database: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def emergency(self) -> Emergency: ...


class DeskRooms(Protocol):
    """The part of the open house that the desks use."""

    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def clients(self) -> ClientStore: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def links(self) -> Links: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def pauses(self) -> Pauses: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def sign_out(self) -> SignOut: ...
    @property
    def cases(self) -> Cases: ...


def audit_desk(rooms: DeskRooms, office: AuditOffice, outside: Outside) -> AuditDesk:
    """What auditors do."""
    return AuditDesk(AuditActions(office, rooms.database, outside.now), office, rooms.directory, rooms.database)


def story_desk(rooms: DeskRooms, outside: Outside) -> StoryDesk:
    """What happened to one person, and what can be done."""
    return StoryDesk(
        database=rooms.database,
        directory=rooms.directory,
        everybody=EverybodyStore(rooms.database, rooms.directory.cards),
        links=rooms.links,
        policies=rooms.policies,
        cases=rooms.cases,
        clients=rooms.clients,
        sessions=rooms.sessions,
        journal=rooms.journal,
        search=Search(rooms.database, rooms.journal),
        pause_desk=PauseDesk(rooms.database, rooms.directory, rooms.pauses, rooms.sign_out),
        pairwise=rooms.vault.subjects.of,
        now=outside.now,
    )


def policy_desk(rooms: PolicyRooms, outside: Outside, files: Path) -> PolicyDesk:
    """The rules of regions; `files` is where they stand."""
    two_people = rooms.emergency.two_people
    return PolicyDesk(rooms.database, rooms.journal, outside, rooms.directory, rooms.policies, files, two_people)


def planned_desk(rooms: UpstreamRooms, outside: Outside, works: PlannedWorks, zone: str) -> PlannedDesk:
    """The switch "planned work"; `zone` is that of the house."""
    return PlannedDesk(rooms.database, rooms.journal, outside, works, zone)


def upstream_desk(
    rooms: UpstreamRooms, outside: Outside, settings: EsiaSettings, trouble_since: Callable[[], datetime | None]
) -> UpstreamDesk:
    """The connection to Gosuslugi. `trouble_since` is when people began to fail there, None for never."""
    search = Search(rooms.database, rooms.journal)
    return UpstreamDesk(settings, rooms.database, rooms.shelf, rooms.journal, search, outside, trouble_since)
