"""The door of the console of security staff, furnished from the house; beside doors.py, which holds the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from broker.audit_door import audit_office_of
from broker.clients.developers_store import DeveloperStore
from broker.console.client_actions import ClientDesk
from broker.console.desk_making import audit_desk, planned_desk, policy_desk, story_desk, upstream_desk
from broker.console.doctor_actions import KeptDoctor, doctor_desk
from broker.console.emergency_actions import EmergencyDesk
from broker.console.key_actions import KeyActions
from broker.console.overview_actions import OverviewDesk, pulse_of, worst
from broker.console.registration_actions import RegistrationDesk
from broker.console.secret_care import open_care
from broker.console.security.room import SecurityRoom
from broker.console.staff_actions import StaffDesk
from broker.console.staff_by_two import StaffByTwo
from broker.custody.calendar import stage
from broker.custody.secrets_open import CareTools
from broker.directory.staff_store import StaffRoles
from broker.doors import Street
from broker.house import House
from broker.passkeys.ceremonies import Ceremonies
from broker.passkeys.presence import Presence
from broker.passkeys.store import PasskeyStore, StaffLinks
from broker.passkeys.wire import Site
from broker.provider.caller.sender import make_sender
from broker.provider.rooms import ProviderRooms
from broker.provider.token_use.resource_door import ResourceDoor
from broker.registration.approvals import Approvals, Issuers
from broker.registration.initial_tokens import InitialTokens
from broker.tokens.scopes import STAFF_SCOPES

_PLANNED_FOR: Final = timedelta(days=365)


def security_room(house: House, street: Street) -> SecurityRoom:
    """What the console works with."""
    settings = house.settings
    issuer, origin = settings.provider.issuer, settings.security.origin or settings.provider.issuer
    site = Site(urlsplit(origin).hostname or "", _origin_of(origin), settings.screens.brand("ru"))

    def trouble_since() -> datetime | None:
        return next(filter(None, map(street.health.trouble_since, street.connectors)), None)

    registration = registration_desk(house)
    return SecurityRoom(
        settings=settings.security,
        issuer=issuer,
        origin=origin,
        database=house.database,
        shelf=house.shelf,
        sealer=house.vault.sealer,
        outside=house.outside,
        screens=street.screens,
        form_keys=street.form_keys,
        cookies=street.cookies,
        sessions=house.sessions,
        standing=street.standing,
        directory=house.directory,
        journal=house.journal,
        ceremonies=Ceremonies(house.database, house.shelf, house.outside, house.journal, site),
        presence=Presence(house.shelf, house.outside, settings.security.signed_in_within),
        staff=staff_desk(house),
        officers=StaffByTwo(staff_desk(house)),
        clients=ClientDesk(house.database, house.clients, house.journal, house.outside, settings.clients.secret_overlap),
        registration=registration,
        overview=overview_desk(house, registration, street),
        keys=KeyActions(house.vault, house.key_office, house.outside.now),
        secrets=open_care(CareTools(house.database, house.vault, house.journal, house.outside), settings.keys, settings.tokens),
        calendar=house.calendar,
        emergency=EmergencyDesk(house.emergency),
        audit=audit_desk(house, audit_office_of(house), house.outside),
        stories=story_desk(house, house.outside),
        upstream=replace(
            upstream_desk(house, house.outside, settings.esia, trouble_since), told=lambda: street.health.told("esia")
        ),
        policy=policy_desk(house, house.outside, Path(settings.regions_directory)),
        planned=planned_desk(house, house.outside, house.planned, settings.screens.zone),
        doctor=KeptDoctor(doctor_desk(settings, house.outside), house.database, house.shelf, house.journal),
        trouble_since=trouble_since,
    )


def token_door(rooms: ProviderRooms) -> ResourceDoor:
    """What opens for programs of staff."""
    return ResourceDoor(rooms.settings.issuer, STAFF_SCOPES[0], rooms.living, make_sender(rooms))


def registration_desk(house: House) -> RegistrationDesk:
    """What registrars do."""
    return RegistrationDesk(
        InitialTokens(house.database, house.journal, house.outside),
        Issuers(house.database, house.journal, house.outside),
        Approvals(house.database, house.clients, house.journal),
        DeveloperStore(house.database),
    )


def staff_desk(house: House) -> StaffDesk:
    """Who is staff, as the console and the command line change it."""
    return StaffDesk(
        database=house.database,
        roles=StaffRoles(house.database),
        passkeys=PasskeyStore(house.database, house.outside),
        links=StaffLinks(house.database, house.outside),
        journal=house.journal,
        origin=house.settings.security.origin or house.settings.provider.issuer,
        two_people=house.emergency.two_people,
    )


def overview_desk(house: House, registration: RegistrationDesk, street: Street) -> OverviewDesk:
    """What needs attention."""

    def dates() -> tuple[int, int]:
        now, found = house.outside.now(), house.calendar.look().all
        near = sum(one.at > now and stage(one, now) is not None for one in found)
        return near, sum(one.at <= now for one in found)

    return OverviewDesk(
        journal=house.journal,
        shelf=house.shelf,
        outside=house.outside,
        waiting=lambda: len(registration.waiting()["waiting"]),
        trouble_since=lambda: next(filter(None, map(street.health.trouble_since, street.connectors)), None),
        next_key_change=lambda: _next_key_change(house),
        upstream=lambda: worst(pulse_of(street.health.told(name)) for name in street.connectors),
        dates=dates,
    )


def _next_key_change(house: House) -> datetime | None:
    """The first planned move of a signing key within a year; one that is due already is in the past."""
    now = house.outside.now()
    moves = (*house.vault.keeper.due(now), *house.vault.keeper.plan(now, now + _PLANNED_FOR))
    return min((move.at for move in moves), default=None)


def _origin_of(address: str) -> str:
    """The origin as a browser writes it: without a path, and without the port that goes without saying (RFC 6454 6.2)."""
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")
