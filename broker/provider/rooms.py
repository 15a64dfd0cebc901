"""Everything the OpenID Provider speaks to, as one value made by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.key_sets import KeySets
from broker.clients.store import ClientStore
from broker.consent.store import Consents
from broker.deliveries.queue import Queue
from broker.directory.directory import Directory
from broker.foundation.fetch import Fetcher
from broker.foundation.outside import Outside
from broker.limits.limits import Limits
from broker.limits.settings import LimitSettings
from broker.linking.standing import Standing
from broker.login.desk import LoginDesk
from broker.policy.policies import Policies
from broker.provider.caller.certificate import Certificates, no_certificates
from broker.provider.caller.dpop_settings import DpopSettings
from broker.provider.settings import ProviderSettings
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.screens.values import RegionName
from broker.sessions.cookie import Cookies
from broker.sessions.store import Sessions
from broker.signals.event_tokens import EventTokens
from broker.signals.store import Streams
from broker.signout.sign_out import SignOut
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from broker.tokens.access import AccessTokens
from broker.tokens.codes import Codes
from broker.tokens.device_codes import DeviceCodes
from broker.tokens.envelope import Envelopes
from broker.tokens.living import LivingTokens
from broker.tokens.mint import Mint
from broker.tokens.settings import TokenSettings
from broker.tokens.store import Grants
from keys.vault import Vault


def _unseen(*_seen: object) -> None:
    """For houses where nobody takes note."""


def _gosuslugi(_connector: str) -> None:
    """For houses without another upstream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRooms:
    """`saw_fetch(place)` is told who fetches the key set, `saw_client(place, client)` who gets tokens where; neither may fail.
    `jwks_max_age` is how long the key set may be kept (keys.jwks_max_age). `upstream_logout(connector, return_url)` gives the
    address where a person can sign out of that upstream too, or None; so is `registration_endpoint` where nobody can register.
    `upstream_title(connector)` is what people call one, None for Gosuslugi, which the texts know by name."""

    settings: ProviderSettings
    outside: Outside
    database: Database
    shelf: Shelf
    vault: Vault
    jwks_max_age: timedelta
    journal: Journal
    clients: ClientStore
    fetcher: Fetcher
    certificates: Certificates = field(default_factory=no_certificates)
    dpop: DpopSettings = field(default_factory=DpopSettings)
    key_sets: KeySets
    policies: Policies
    directory: Directory
    standing: Standing
    consents: Consents
    sessions: Sessions
    cookies: Cookies
    grants: Grants
    codes: Codes
    device_codes: DeviceCodes
    living: LivingTokens
    token_settings: TokenSettings
    limits: Limits
    tries: LimitSettings
    access: AccessTokens
    envelopes: Envelopes
    mint: Mint
    sign_out: SignOut
    deliveries: Queue
    streams: Streams
    event_tokens: EventTokens
    desk: LoginDesk
    screens: Screens
    form_keys: FormKeys
    upstream_logout: Callable[[str, str], str | None]
    upstream_title: Callable[[str], RegionName | None] = _gosuslugi
    registration_endpoint: str | None = None
    saw_fetch: Callable[[str], None] = _unseen
    saw_client: Callable[[str, Client], None] = _unseen
