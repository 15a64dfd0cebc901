"""The house: every room that keeps, knows or does something, furnished and without doors to the street."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask

from broker.audit.journal import Journal
from broker.calendar_door import calendar_of
from broker.cases.cases import Cases
from broker.cases.numbers import Numbers
from broker.chores import chores_of
from broker.clients.key_sets import KeySets
from broker.clients.shared_secrets import SharedSecrets
from broker.clients.store import ClientStore, HouseRules
from broker.consent.asked_store import Askings
from broker.consent.store import Consents
from broker.console.backup_actions import require_finished
from broker.console.upkeep_actions import Upkeep
from broker.custody.calendar import Calendar
from broker.custody.emergency import Emergency
from broker.custody.key_office import KeyOffice, KeyTools, open_key_office
from broker.deliveries.postman import Postman
from broker.deliveries.queue import Queue
from broker.delivery_office import DeliveryOffice, DeliveryTools, open_delivery_office
from broker.directory.card_changes import CardChanges
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.pauses import Pauses
from broker.directory.phone_codes import PhoneCodes
from broker.directory.recovery import Recovery
from broker.directory.school_cards import Schools
from broker.emergency_door import emergency_of
from broker.first_keys import make_keys
from broker.foundation.fetch import Fetcher
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import Outside, real_outside
from broker.limits.guesses import Guesses
from broker.limits.limits import Limits
from broker.linking.links import Links
from broker.linking.sync import Synchronise
from broker.messages.courier import Courier
from broker.messages.delays import Delays
from broker.messages.outbox import Channel, Notices, Outbox
from broker.messages.planned_store import PlannedWorks
from broker.messages.rounds import Couriers, Rounds, nothing_else
from broker.metrics.meters import Meters
from broker.policy.policies import Policies, load_policies
from broker.post_office import confirmed_addresses, ways_of
from broker.provider.rehearsed import rehearsal_wire
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.signout.untie import Untying
from broker.storage.database import Database
from broker.storage.open_shelf import open_shelf
from broker.storage.shelf import Shelf
from broker.tokens.envelope import Envelopes
from broker.tokens.rehearsal_wire import Wire
from broker.tokens.store import Grants
from config.reality import people_are_real
from config.settings import Settings
from keys.vault import Vault, open_vault


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The rooms, furnished and without doors to the street: what the command line and tests work in."""

    settings: Settings
    app: Flask
    outside: Outside
    meters: Meters
    database: Database
    shelf: Shelf
    vault: Vault
    journal: Journal
    clients: ClientStore
    fetcher: Fetcher
    key_sets: KeySets
    directory: Directory
    policies: Policies
    links: Links
    synchronise: Synchronise
    sessions: Sessions
    consents: Consents
    askings: Askings
    grants: Grants
    sign_out: SignOut
    untying: Untying
    limits: Limits
    guesses: Guesses
    numbers: Numbers
    outbox: Outbox
    notices: Notices
    delays: Delays
    planned: PlannedWorks
    courier: Courier
    office: DeliveryOffice
    cases: Cases
    credentials: Credentials
    invitations: Invitations
    pauses: Pauses
    contacts: Contacts
    recovery: Recovery
    schools: Schools
    phone_codes: PhoneCodes
    key_office: KeyOffice

    @property
    def envelopes(self) -> Envelopes:
        """What signs and encrypts for clients."""
        return self.office.tools.envelopes

    @property
    def rehearsal_wire(self) -> Wire:
        """How the readiness check reads requests and answers them."""
        return rehearsal_wire(self, self.settings.provider, self.settings.tokens.decryption_key_life)

    @property
    def emergency(self) -> Emergency:
        """Two people and a stolen key."""
        return emergency_of(self)

    @property
    def calendar(self) -> Calendar:
        """Everything that ends or is due."""
        return calendar_of(self)

    @property
    def deliveries(self) -> Queue:
        """What services have still to be told."""
        return self.office.queue

    def new_postman(self) -> Postman:
        """Who carries deliveries by hand."""
        return self.office.new_postman(self.office.new_ways())

    def new_couriers(self, besides: Callable[[], bool] = nothing_else) -> Couriers:
        """Those that go round by themselves, one for each way out. `besides` is other small work between the rounds of one."""
        found = []
        for channel in Channel:
            ways = replace(ways_of(self.settings, self.outside), channels=frozenset({channel}))
            courier = Courier(self.database, self.vault.sealer, self.journal, self.outside, ways)
            more = besides if channel is Channel.MAIL else nothing_else
            found.append(Rounds(courier, self.outbox.bell_of(channel), self.outside, self.app.app_context, more))
        return Couriers([*found, *self.office.rounds(self.app.app_context)])

    def new_upkeep(self) -> Upkeep:
        """What removes old rows; it remembers what it has done today."""
        return Upkeep(self.database, self.journal, self.shelf, self.outside.now, chores_of(self))


def open_house(settings: Settings, outside: Outside | None = None) -> House:
    """Build every room that keeps or knows something. The tables must be there (`broker db upgrade`).

    Makes the keys that are missing, so a first start needs no further step.

    Raises:
        ValueError, PolicyFilesBroken: a setting or a region file is wrong; one sentence that names it.
    """
    house = _furnished(settings, _ground(settings, outside or real_outside(HttpSender(settings.http))))
    with house.app.app_context():
        require_finished(house.database)
        make_keys(house)
    return house


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every other room stands on."""

    app: Flask
    outside: Outside
    meters: Meters
    database: Database
    vault: Vault
    journal: Journal
    shelf: Shelf


def _ground(settings: Settings, outside: Outside) -> _Ground:
    app = Flask("broker", static_folder=None, template_folder=None)
    database = Database(app, settings.storage)
    vault = open_vault(settings.keys, database, outside)
    meters = Meters(settings.metrics)
    journal = Journal(database, vault.fingerprints, outside, meters.count_event)
    return _Ground(app, outside, meters, database, vault, journal, open_shelf(settings.shelf, database, outside.now))


@dataclass(frozen=True, slots=True)
class _Known:
    """Rooms that other rooms are made from."""

    sessions: Sessions
    grants: Grants
    directory: Directory
    contacts: Contacts
    links: Links
    sign_out: SignOut
    limits: Limits
    cases: Cases
    outbox: Outbox
    policies: Policies
    fetcher: Fetcher


def _known(settings: Settings, ground: _Ground) -> _Known:
    database, outside, journal = ground.database, ground.outside, ground.journal
    prints, sealer = ground.vault.fingerprints, ground.vault.sealer
    sessions = Sessions(database, outside, settings.sessions)
    grants = Grants(database, outside, sessions, prints, settings.tokens)
    return _Known(
        sessions=sessions,
        grants=grants,
        directory=Directory(database, sealer, prints, outside.now),
        contacts=Contacts(database, sealer, prints, journal, outside),
        links=Links(database, sealer, prints, journal, outside),
        sign_out=SignOut(database, sessions, grants, journal),
        limits=Limits(database, prints, outside.now),
        cases=Cases(database, prints, journal, outside),
        outbox=Outbox(database, sealer, outside, settings.messages),
        policies=load_policies(settings.regions_directory),
        fetcher=Fetcher(settings.http),
    )


def _furnished(settings: Settings, ground: _Ground) -> House:
    database, outside, journal = ground.database, ground.outside, ground.journal
    prints, sealer, known = ground.vault.fingerprints, ground.vault.sealer, _known(settings, ground)
    clients = _clients(settings, ground)
    key_sets = KeySets(known.fetcher.fetch, outside.now, settings.clients)
    return House(
        settings=settings,
        app=ground.app,
        outside=outside,
        meters=ground.meters,
        database=database,
        shelf=ground.shelf,
        vault=ground.vault,
        journal=journal,
        clients=clients,
        fetcher=known.fetcher,
        key_sets=key_sets,
        directory=known.directory,
        policies=known.policies,
        links=known.links,
        synchronise=Synchronise(known.directory, known.contacts, journal),
        sessions=known.sessions,
        consents=Consents(database, outside, settings.consent),
        askings=Askings(database, outside, settings.consent),
        grants=known.grants,
        sign_out=known.sign_out,
        untying=Untying(database, known.links, (known.sessions, known.grants), known.sign_out),
        guesses=Guesses(known.limits, settings.limits),
        notices=Notices(known.outbox, confirmed_addresses(known.contacts)),
        delays=Delays(database, settings.messages, outside.now),
        planned=PlannedWorks(database, outside, settings.screens.planned),
        office=_office(settings, ground, known, clients, key_sets),
        courier=Courier(database, sealer, journal, outside, ways_of(settings, outside)),
        numbers=Numbers(known.cases, ground.shelf, prints, outside.now),
        credentials=Credentials(database, known.directory, journal, outside),
        invitations=Invitations(database, prints, known.directory, journal, outside),
        pauses=Pauses(database, journal, outside),
        contacts=known.contacts, limits=known.limits, cases=known.cases, outbox=known.outbox,
        schools=_schools(ground, known.directory, known.policies),
        recovery=Recovery(ground.shelf, sealer, prints, (known.directory, known.contacts), outside),
        phone_codes=PhoneCodes(ground.shelf, sealer, prints, outside),
        key_office=open_key_office(KeyTools(database, ground.vault, journal, outside, clients.find), settings.custody),
    )  # fmt: skip


def _clients(settings: Settings, ground: _Ground) -> ClientStore:
    own, shared = settings.clients, SharedSecrets(ground.vault.sealer)
    rules = HouseRules(own.loopback_addresses, sandboxes=not people_are_real(settings))
    return ClientStore(ground.database, ground.outside.now, own.cache_for, shared, rules)


def _office(settings: Settings, ground: _Ground, known: _Known, clients: ClientStore, key_sets: KeySets) -> DeliveryOffice:
    consents = Consents(ground.database, ground.outside, settings.consent)
    envelopes = Envelopes(settings.provider.issuer, ground.vault.ring, key_sets)
    tools = DeliveryTools(
        settings=settings, database=ground.database, vault=ground.vault, journal=ground.journal, outside=ground.outside,
        envelopes=envelopes, clients=clients, sessions=known.sessions, consents=consents,
    )  # fmt: skip
    return open_delivery_office(tools)


def _schools(ground: _Ground, directory: Directory, policies: Policies) -> Schools:
    """The cards of one school at a time; a day is that of the school's region."""
    changes = CardChanges(ground.database, ground.vault.sealer, ground.journal, ground.outside)
    now, of = ground.outside.now, policies.of_region
    return Schools(ground.database, directory, changes, ground.outside, lambda region: of(region).local_day(now()))
