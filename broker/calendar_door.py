"""The calendar, furnished from the house: part of the composition root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from broker.audit.journal import Journal
from broker.clients.store import ClientStore
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import own_certificates
from broker.connectors.esia.tokens.held import ends_that_matter
from broker.console.rights import StaffRole
from broker.console.secret_care import open_care
from broker.custody.calendar import Calendar, DueDate, Source
from broker.custody.calendar_sources import (
    authorities_in,
    certificates_in,
    client_dates,
    master_key,
    opening_keys,
    pin_of,
    secret_keys,
    signing_keys,
)
from broker.custody.calendar_warnings import CalendarRounds, Voices
from broker.custody.secrets_open import CareTools
from broker.directory.staff_store import StaffRoles
from broker.foundation.outside import Outside
from broker.messages.outbox import Channel, Letter, Notices, Outbox
from broker.metrics.meters import Meters
from broker.provisioning.tokens_store import TokenStore
from broker.registration.tokens_store import InitialTokenStore, IssuerStore
from broker.storage.database import Database
from config.settings import Settings
from keys.vault import Vault

_TOLD = frozenset({StaffRole.SECURITY_OFFICER.value, StaffRole.AUDITOR.value})
_PAGE = "/admin/calendar"


class Dated(Protocol):
    """The part of the open house that the calendar needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def meters(self) -> Meters: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def clients(self) -> ClientStore: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def notices(self) -> Notices: ...


def calendar_of(house: Dated) -> Calendar:
    """Everything that ends or is due."""
    settings, database, now = house.settings, house.database, house.outside.now
    care = open_care(CareTools(database, house.vault, house.journal, house.outside), settings.keys, settings.tokens)
    sources: dict[str, Source] = {
        "signing_keys": lambda: signing_keys(house.vault.keeper.all(), settings.keys.sign_for),
        "secret_keys": partial(secret_keys, care),
        "master_key": lambda: master_key(care, database, house.journal, settings.keys.secret_age),
        "services": lambda: client_dates(house.clients.all(), now()),
        "registration": lambda: _registration(database, now()),
        "diaries": lambda: _diaries(database),
        "opening_keys": lambda: opening_keys(house.vault.opener.status(), settings.tokens.decryption_key_life),
    }
    if authorities := settings.mtls.authorities_file:
        sources["authorities"] = lambda: authorities_in(Path(authorities))
    if pin := settings.keys.pkcs11_pin_file or settings.keys.pkcs11_pin_credential:
        sources["module"] = lambda: pin_of(Path(pin), settings.keys.secret_age)
    if "esia" in settings.login.connectors:
        sources["esia"] = lambda: _esia(settings.esia)
    return Calendar(sources, now)


def calendar_rounds_of(house: Dated) -> CalendarRounds:
    """What warns of it."""
    settings = house.settings
    origin = settings.security.origin or settings.provider.issuer

    def tell_staff(dates: Sequence[DueDate], now: datetime) -> int:
        first = dates[0]
        told = {"n": str(len(dates)), "date": f"{first.at:%d.%m.%Y}", "link": origin + _PAGE}
        people = sorted({person_id for person_id, role in StaffRoles(house.database).all() if role in _TOLD})
        return sum(bool(house.notices.tell(person_id, "expiry_soon", **told)) for person_id in people)

    def tell_service(date: DueDate, now: datetime) -> int:
        client = house.clients.find(date.name)
        told = {"service": date.name, "date": f"{date.at:%d.%m.%Y}"}
        contacts = () if client is None else client.contacts
        for address in contacts:
            house.outbox.put(Letter("service_expiry", Channel.MAIL, address, "ru", None, told))
        return len(contacts)

    voices = Voices(tell_staff, tell_service, house.meters.set_expires)
    return CalendarRounds(calendar_of(house), house.database, house.journal, voices)


def _registration(database: Database, now: datetime) -> Iterator[DueDate]:
    for token in InitialTokenStore(database).all():
        if token.is_enabled and token.uses_left > 0 and token.ends_at > now:
            yield DueDate("initial_token", token.name, token.id, token.ends_at, token.made_at, ends=True)
    for issuer in IssuerStore(database).all():
        if issuer.is_enabled:
            yield from certificates_in(issuer.jwks, "statement_issuer", issuer.issuer)


def _diaries(database: Database) -> Iterator[DueDate]:
    for token in TokenStore(database).all():
        if token.is_enabled:
            yield DueDate("scim_token", token.name, token.id, token.ends_at, token.made_at, ends=True)


def _esia(settings: EsiaSettings) -> Iterator[DueDate]:
    """Raises ValueError where a file cannot be read."""
    settings.require_complete()
    for what, found in (("esia_own", own_certificates(settings)), ("esia_theirs", ends_that_matter(settings))):
        for one in found:
            yield DueDate(what, one.name, one.fingerprint, one.ends_at, one.since, ends=True)
