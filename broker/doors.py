"""The rooms with doors to the street, each furnished from the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from broker.account.email_routes import EmailRoom
from broker.account.room import AccountRoom, Belongings, Changing
from broker.audit.rounds import AuditRounds
from broker.audit_door import audit_office_of
from broker.calendar_door import calendar_rounds_of
from broker.connectors.port import Connector
from broker.console.secret_care import open_care
from broker.custody.secrets_open import CareTools
from broker.emergency_door import fallout_of
from broker.house import House
from broker.linking.matcher import Matcher
from broker.linking.standing import Standing
from broker.linking.sync import Synchronise
from broker.login.attempts import Attempts
from broker.login.desk import LoginDesk
from broker.login.drafts import Drafts
from broker.login.errands import Errands
from broker.login.neighbours import Neighbours
from broker.login.proofs import Proofs
from broker.login.upstream_health import UpstreamHealth
from broker.provider.caller.certificate import Certificates
from broker.provider.documents import ENDPOINTS
from broker.provider.rooms import ProviderRooms
from broker.registration.routes import PATH
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.sessions.cookie import Cookies
from broker.sessions.known import KnownDevices
from broker.sessions.live_store import LiveSessions
from broker.sessions.run_out_store import RunOutSessions
from broker.signout.new_day import NewDay
from broker.signout.run_out import RunOut
from broker.tokens.access import AccessTokens
from broker.tokens.codes import Codes
from broker.tokens.device_codes import DeviceCodes
from broker.tokens.going_on_store import GoingOn
from broker.tokens.living import LivingTokens
from broker.tokens.mint import Mint
from broker.tokens.signed_access import SignedAccess
from broker.upstream_door import changes_of, connectors_of, health_of, hearing_keepsakes_of, looking_of, titles_of

# Where `/login?next=<name>` may end: pages of a person's own and of the school.
PLACES: Mapping[str, str] = {
    "profile": "/me",
    "password": "/me/password",
    "login": "/me/login",
    "phone": "/me/phone",
    "email": "/me/email",
    "unlink": "/me/unlink",
    "permissions": "/me/permissions",
    "devices": "/me/devices",
    "school": "/school",
    "developers": "/dev",
    "security": "/admin",
    "security_again": "/admin/again",
}

# A form that may make a letter takes so long, whether it does or not (screens.md 1.1 E19): longer than writing five letters.
EVEN_TIME = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Street:
    """What every HTTP room shares."""

    screens: Screens
    form_keys: FormKeys
    cookies: Cookies
    connectors: Mapping[str, Connector]
    standing: Standing
    health: UpstreamHealth


def street_of(house: House) -> Street:
    settings = house.settings
    connectors = connectors_of(house)
    return Street(
        screens=Screens(settings.screens),
        form_keys=FormKeys(house.shelf, house.outside),
        cookies=Cookies(settings.provider.issuer),
        connectors=connectors,
        standing=Standing(house.directory, house.links, house.policies, connectors, house.outside.now),
        health=health_of(house),
    )


def login_room(house: House, street: Street) -> Neighbours:
    settings = house.settings
    return Neighbours(
        settings=settings.login,
        issuer=settings.provider.issuer,
        outside=house.outside,
        database=house.database,
        journal=house.journal,
        attempts=Attempts(house.shelf, house.vault.sealer, house.outside, settings.login),
        proofs=Proofs(house.shelf, settings.login.restart_within),
        errands=_errands(house),
        form_keys=street.form_keys,
        screens=street.screens,
        cookies=street.cookies,
        connectors=street.connectors,
        titles=titles_of(settings),
        health=street.health,
        policies=house.policies,
        clients=house.clients,
        directory=house.directory,
        links=house.links,
        matcher=Matcher(house.directory, house.links, house.policies, house.outside.now),
        synchronise=Synchronise(house.directory, house.contacts, house.journal),
        changes=changes_of(house), keepsakes=hearing_keepsakes_of(house),
        standing=street.standing,
        consents=house.consents,
        askings=house.askings,
        sessions=house.sessions,
        subjects=house.vault.subjects,
        limits=house.limits,
        tries=settings.limits,
        guesses=house.guesses,
        known=KnownDevices(house.vault.fingerprints, house.outside),
        numbers=house.numbers,
        credentials=house.credentials,
        invitations=house.invitations,
        contacts=house.contacts,
        phone_codes=house.phone_codes,
        drafts=Drafts(house.shelf, house.vault.sealer),
        cases=house.cases,
        outbox=house.outbox, notices=house.notices, delays=house.delays, planned=house.planned,
        places=PLACES,
        end_session=house.sign_out.end_session,
        end_others=house.sign_out.end_others,
    )  # fmt: skip


def provider_room(house: House, street: Street, login: Neighbours) -> ProviderRooms:
    settings, vault = house.settings, house.vault
    access = AccessTokens(vault.fingerprints, house.outside.now, SignedAccess(settings.provider.issuer, vault.ring))
    return ProviderRooms(
        settings=settings.provider,
        outside=house.outside,
        database=house.database,
        shelf=house.shelf,
        vault=vault,
        jwks_max_age=settings.keys.jwks_max_age,
        journal=house.journal,
        fetcher=house.fetcher,
        certificates=Certificates(settings.mtls),
        dpop=settings.dpop,
        key_sets=house.key_sets,
        clients=house.clients,
        policies=house.policies,
        directory=house.directory,
        standing=street.standing,
        consents=house.consents,
        sessions=house.sessions,
        cookies=street.cookies,
        grants=house.grants,
        codes=Codes(house.shelf, house.outside, settings.tokens),
        device_codes=DeviceCodes(house.shelf, house.outside, settings.tokens),
        living=LivingTokens(access, house.grants.find, house.clients.find, house.shelf, house.outside.now),
        token_settings=settings.tokens,
        limits=house.limits,
        tries=settings.limits,
        access=access,
        envelopes=house.envelopes,
        mint=Mint(house.envelopes, vault, house.outside, access, settings.tokens),
        sign_out=house.sign_out,
        deliveries=house.deliveries,
        streams=house.office.streams,
        event_tokens=house.office.event_tokens,
        desk=LoginDesk(login),
        screens=street.screens,
        form_keys=street.form_keys,
        upstream_title=titles_of(settings).get,
        upstream_logout=lambda connector, url: found.logout_url(url) if (found := street.connectors.get(connector)) else None,
        registration_endpoint=settings.provider.issuer + PATH if settings.registration.enabled else None,
        saw_fetch=house.key_office.sightings.fetched,
        saw_client=house.key_office.sightings.asked,
    )


def account_room(house: House, street: Street) -> AccountRoom:
    errands = _errands(house)
    return AccountRoom(
        issuer=house.settings.provider.issuer,
        database=house.database,
        shelf=house.shelf,
        outside=house.outside,
        standing=street.standing,
        cookies=street.cookies,
        belongings=_belongings(house),
        changing=_changing(house),
        screens=street.screens,
        form_keys=street.form_keys,
        sign_out_url=ENDPOINTS["end_session_endpoint"],
        upstream_recovery_url=f"{house.settings.esia.base_url}/login/recovery",
        back_url=errands.back_url,
        allow_connect=errands.allow_connect,
        even_time=EVEN_TIME,
        pause=Event().wait,
        titles=titles_of(house.settings),
    )


def _errands(house: House) -> Errands:
    return Errands(house.shelf, house.outside, house.settings.login.restart_within)


def email_room(house: House, street: Street) -> EmailRoom:
    return EmailRoom(
        issuer=house.settings.provider.issuer,
        zone=house.settings.screens.zone,
        outside=house.outside,
        database=house.database,
        contacts=house.contacts,
        outbox=house.outbox,
        delays=house.delays,
        limits=house.limits,
        tries=house.settings.limits,
        screens=street.screens,
        form_keys=street.form_keys,
    )


def _belongings(house: House) -> Belongings:
    return Belongings(
        clients=house.clients,
        directory=house.directory,
        links=house.links,
        consents=house.consents,
        askings=house.askings,
        credentials=house.credentials,
        contacts=house.contacts,
        sessions=house.sessions,
        grants=house.grants,
        policies=house.policies,
    )


def _changing(house: House) -> Changing:
    return Changing(
        journal=house.journal,
        sign_out=house.sign_out,
        untying=house.untying,
        outbox=house.outbox,
        notices=house.notices,
        delays=house.delays,
        recovery=house.recovery,
        phone_codes=house.phone_codes,
        limits=house.limits,
        tries=house.settings.limits,
        guesses=house.guesses,
        numbers=house.numbers,
    )


def besides_letters(house: House) -> Callable[[], bool]:
    """The small work of a worker between two letters: removing what is old, looking who may not be here any more, and telling
    services of sessions that ran out."""
    house.key_office.rounds.show_to(house.meters.set_keys)
    upkeep = house.new_upkeep()
    names, now = house.settings.login.connectors, house.outside.now
    standing = Standing(house.directory, house.links, house.policies, names, now)
    new_day = NewDay(LiveSessions(house.database, now), standing, house.sign_out, house.policies, house.shelf)
    lost = RunOutSessions(house.database, now, house.settings.sessions)
    tools = CareTools(house.database, house.vault, house.journal, house.outside)
    care = open_care(tools, house.settings.keys, house.settings.tokens)
    run_out = RunOut(lost, house.sessions, GoingOn(house.database, now), house.journal, house.shelf)

    looking = looking_of(house)
    steps = (
        AuditRounds(audit_office_of(house), now), house.key_office.rounds, fallout_of(house), upkeep, new_day, run_out, care,
        calendar_rounds_of(house),
    )  # fmt: skip

    def step() -> bool:
        # Every one of them, also after one that has more to do.
        return sum(one.step() for one in steps) + sum(one.step() for one in looking) > 0

    return step
