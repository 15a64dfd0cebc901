"""What the pages of developers work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.cases.cases import Cases
from broker.clients.client import Client
from broker.clients.developers_store import DeveloperStore
from broker.clients.store import ClientStore
from broker.console.client_actions import ClientDesk
from broker.console.developers.wire import Ask
from broker.foundation.outside import Outside
from broker.limits.limits import Limit, Limits
from broker.linking.standing import Standing
from broker.registration.amending import Amendments
from broker.registration.records_store import RecordStore
from broker.screens.developer_service_pages import ReadyLine
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.sessions.cookie import Cookies
from broker.sessions.store import Sessions
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.secrets.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Service:
    """The broker as a service meets it. `endpoints` are whole addresses by their names in discovery; `claims_of` what a scope
    releases; `has_real_people` is whether this deployment is the real one; `leave` gives the address that signs a browser out of
    the upstream, or None."""

    issuer: str
    endpoints: Mapping[str, str]
    scopes: Sequence[str]
    sensitive: Sequence[str]
    claims_of: Mapping[str, tuple[str, ...]]
    has_real_people: bool
    leave: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class DevRoom:
    """`subject` is what a client knows a person by; `ask` speaks HTTP with our own endpoints; `check` is the readiness check of a
    service, given the address at which it says who is in; `snippets` are examples by name, with the marks of snippets.py."""

    service: Service
    database: Database
    shelf: Shelf
    sealer: Sealer
    outside: Outside
    screens: Screens
    form_keys: FormKeys
    cookies: Cookies
    sessions: Sessions
    standing: Standing
    developers: DeveloperStore
    clients: ClientStore
    desk: ClientDesk
    amendments: Amendments
    records: RecordStore
    journal: Journal
    cases: Cases
    limits: Limits
    numbers: Limit
    subject: Callable[[Client, str], str]
    ask: Ask
    check: Callable[[Client, str, Actor], tuple[ReadyLine, ...]]
    snippets: Mapping[str, str] = field(default_factory=dict)
