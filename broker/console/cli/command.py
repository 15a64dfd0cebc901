"""What one command of the command line is, and what it is given."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.cases.cases import Cases
from broker.clients.store import ClientStore
from broker.consent.store import Consents
from broker.console.rights import Action
from broker.console.upkeep_actions import Upkeep
from broker.custody.calendar import Calendar
from broker.custody.emergency import Emergency
from broker.custody.key_office import KeyOffice
from broker.deliveries.queue import Queue
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.pauses import Pauses
from broker.directory.school_cards import Schools
from broker.foundation.fetch import Fetcher
from broker.foundation.outside import Outside
from broker.linking.links import Links
from broker.messages.courier import Courier
from broker.messages.outbox import Notices, Outbox
from broker.messages.planned_store import PlannedWorks
from broker.messages.rounds import Couriers
from broker.policy.policies import Policies
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.signout.untie import Untying
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from broker.tokens.envelope import Envelopes
from broker.tokens.rehearsal_wire import Wire
from keys.vault import Vault

Answer = Mapping[str, Any]


class Rooms(Protocol):
    """The part of the open house that commands use; the composition root offers more."""

    @property
    def database(self) -> Database: ...
    @property
    def shelf(self) -> Shelf: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def clients(self) -> ClientStore: ...
    @property
    def fetcher(self) -> Fetcher: ...
    @property
    def envelopes(self) -> Envelopes: ...
    @property
    def rehearsal_wire(self) -> Wire: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def links(self) -> Links: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def schools(self) -> Schools: ...
    @property
    def untying(self) -> Untying: ...
    @property
    def pauses(self) -> Pauses: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def sign_out(self) -> SignOut: ...
    @property
    def planned(self) -> PlannedWorks: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def emergency(self) -> Emergency: ...
    @property
    def key_office(self) -> KeyOffice: ...
    @property
    def deliveries(self) -> Queue: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def courier(self) -> Courier: ...
    @property
    def app(self) -> Flask: ...
    def new_upkeep(self) -> Upkeep: ...
    def new_couriers(self) -> Couriers: ...


@dataclass(frozen=True, slots=True)
class At:
    """Where a command runs. `settings` are those of config/load.py; `rooms` opens the house, for commands that need it."""

    settings: Any
    outside: Outside
    actor: Actor
    rooms: Callable[[], Rooms]


@dataclass(frozen=True, slots=True)
class Command:
    """`words` as typed after `broker`, the second "" for a command of one word; `run` returns what `--json` prints, or raises
    Refused. `action` is what the table of rights is asked about, for whoever sits at the machine."""

    words: tuple[str, str]
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, At], Answer]
    action: Action = Action.OPERATE


def no_arguments(_parser: ArgumentParser) -> None:
    """For commands that need none."""


@contextmanager
def bare_database(at: At) -> Iterator[Database]:
    """The database alone, for what comes before its tables: the rest of the house cannot open without them."""
    app = Flask("broker")
    database = Database(app, at.settings.storage)
    try:
        with app.app_context():
            yield database
    finally:
        database.close()
