"""The rooms and doors a login speaks to, as one value made by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.cases.cases import Cases
from broker.cases.numbers import Numbers
from broker.clients.store import ClientStore
from broker.connectors.port import Connector
from broker.consent.asked_store import Askings
from broker.consent.store import Consents
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.phone_codes import PhoneCodes
from broker.foundation.outside import Outside
from broker.limits.guesses import Guesses
from broker.limits.limits import Limits
from broker.limits.settings import LimitSettings
from broker.linking.changes import Changes
from broker.linking.keepsake_store import Keepsakes
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.standing import Standing
from broker.linking.sync import Synchronise
from broker.login.attempts import Attempts
from broker.login.drafts import Drafts
from broker.login.errands import Errands
from broker.login.proofs import Proofs
from broker.login.settings import LoginSettings
from broker.login.upstream_health import UpstreamHealth
from broker.messages.delays import Delays
from broker.messages.outbox import Notices, Outbox
from broker.messages.planned_store import PlannedWorks
from broker.policy.policies import Policies
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.screens.values import RegionName
from broker.sessions.cookie import Cookies
from broker.sessions.known import KnownDevices
from broker.sessions.store import Sessions
from broker.storage.database import Database
from keys.secrets.subjects import PairwiseSubjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """`issuer` is our own address without a slash at the end; `connectors` are those in use, by name; `titles` what
    people call them, without those that the texts call Gosuslugi.

    `tries` says how often a secret may be tried. `end_session(session_id, cause, actor)` is the one path on which a session ends,
    with everything that hangs on it; `end_others(person_id, kept_session_id, cause, actor, connector)` ends a person's.
    `keepsakes` is None where no upstream is asked again. `places` are pages of ours by the name that `/login?next=` knows them
    by.
    """

    settings: LoginSettings
    issuer: str
    outside: Outside
    database: Database
    journal: Journal
    attempts: Attempts
    proofs: Proofs
    errands: Errands
    form_keys: FormKeys
    screens: Screens
    cookies: Cookies
    connectors: Mapping[str, Connector]
    titles: Mapping[str, RegionName] = field(default_factory=dict)
    health: UpstreamHealth
    policies: Policies
    clients: ClientStore
    directory: Directory
    links: Links
    matcher: Matcher
    synchronise: Synchronise
    changes: Changes
    standing: Standing
    consents: Consents
    askings: Askings
    sessions: Sessions
    subjects: PairwiseSubjects
    limits: Limits
    tries: LimitSettings
    guesses: Guesses
    known: KnownDevices
    numbers: Numbers
    credentials: Credentials
    invitations: Invitations
    contacts: Contacts
    phone_codes: PhoneCodes
    drafts: Drafts
    cases: Cases
    outbox: Outbox
    notices: Notices
    delays: Delays
    planned: PlannedWorks
    places: Mapping[str, str]
    keepsakes: Keepsakes | None = None
    end_session: Callable[[str, str, Actor], object]
    end_others: Callable[[str, str, str, Actor, str | None], object]

    @property
    def host(self) -> str:
        """Our host, for texts that name it; never taken from a request."""
        return urlsplit(self.issuer).netloc

    def return_url(self, connector: str) -> str:
        """Where an upstream sends the browser back to; registered there."""
        return f"{self.issuer}/login/return/{connector}"
