"""What a person's own pages need, as one value made by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from broker.audit.journal import Journal
from broker.cases.numbers import Numbers
from broker.clients.store import ClientStore
from broker.consent.asked_store import Askings
from broker.consent.store import Consents
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.phone_codes import PhoneCodes
from broker.directory.recovery import Recovery
from broker.foundation.outside import Outside
from broker.limits.guesses import Guesses
from broker.limits.limits import Limits
from broker.limits.settings import LimitSettings
from broker.linking.links import Links
from broker.linking.standing import Standing
from broker.messages.delays import Delays
from broker.messages.outbox import Notices, Outbox
from broker.policy.policies import Policies
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.screens.values import RegionName
from broker.sessions.cookie import Cookies
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.signout.untie import Untying
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from broker.tokens.store import Grants


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """Where a person's own things are kept."""

    clients: ClientStore
    directory: Directory
    links: Links
    consents: Consents
    askings: Askings
    credentials: Credentials
    contacts: Contacts
    sessions: Sessions
    grants: Grants
    policies: Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """The actions that reach beyond one room, and what is said about them."""

    journal: Journal
    sign_out: SignOut
    untying: Untying
    outbox: Outbox
    notices: Notices
    delays: Delays
    recovery: Recovery
    phone_codes: PhoneCodes
    limits: Limits
    tries: LimitSettings
    guesses: Guesses
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRoom:
    """`sign_out_url` is where sign-out begins, `upstream_recovery_url` where a Gosuslugi password is changed.

    `back_url(browser)` is where a sign-in that was left for a recovery goes on, "" when none was; `allow_connect(session_id)` is
    a word for `/login?connect=`, with which a fresh session connects Gosuslugi.

    `issuer` is our own address without a slash at the end. `even_time` is how long a request that may concern somebody takes at
    least, and `pause` waits for the given seconds. `titles` are what people call other upstreams than Gosuslugi.
    """

    issuer: str
    database: Database
    shelf: Shelf
    outside: Outside
    standing: Standing
    cookies: Cookies
    belongings: Belongings
    changing: Changing
    screens: Screens
    form_keys: FormKeys
    sign_out_url: str
    upstream_recovery_url: str
    back_url: Callable[[str], str]
    allow_connect: Callable[[str], str]
    even_time: timedelta
    pause: Callable[[float], object]
    titles: Mapping[str, RegionName] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        """Every session there is."""
        return self.belongings.sessions
