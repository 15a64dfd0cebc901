"""The door of the school's console, furnished from the house; beside doors.py, which holds the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Thread

from broker.console.school.room import SchoolRoom
from broker.console.school_access import AccessDesk, AccessRooms
from broker.console.school_cases import CaseDesk
from broker.console.school_duplicates import DuplicateDesk
from broker.console.school_rosters import RosterDesk
from broker.directory.duplicates import Duplicates
from broker.directory.roster_import import Rosters
from broker.doors import Street
from broker.house import House
from broker.limits.limits import Limit
from broker.upstream_door import titles_of

# Where an invitation is opened; what the sheets and their picture say.
FIRST_SIGN_IN = "/first"
# The count of case numbers that led a member of staff to nothing.
CASE_NUMBERS = "case_numbers"


def school_room(house: House, street: Street) -> SchoolRoom:
    """What the console works with."""

    def trouble_since() -> datetime | None:
        return next(filter(None, map(street.health.trouble_since, street.connectors)), None)

    return SchoolRoom(
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
        schools=house.schools,
        cases=case_desk(house),
        access=access_desk(house),
        rosters=roster_desk(house),
        duplicates=duplicate_desk(house),
        invitations=house.invitations,
        zone_of=lambda region: house.policies.of_region(region).zone_info,
        trouble_since=trouble_since,
        first_url=house.settings.provider.issuer + FIRST_SIGN_IN,
    )


def roster_desk(house: House) -> RosterDesk:
    """Lists; a thread of this process looks and writes while the page tells how far it is."""

    def start(task: Callable[[], None]) -> None:
        def run() -> None:
            with house.app.app_context():
                task()

        Thread(target=run, name="roster", daemon=True).start()

    return RosterDesk(house.database, house.shelf, house.vault.sealer, house.outside, rosters_of(house), start)


def rosters_of(house: House) -> Rosters:
    """Lists of any scope, as the console and the command line read them."""
    return Rosters(house.database, house.directory, house.schools.changes, house.journal, house.outside)


def duplicate_desk(house: House) -> DuplicateDesk:
    """Two cards, one person."""
    duplicates = Duplicates(house.database, house.directory.cards, house.vault.sealer, house.outside)
    return DuplicateDesk(
        database=house.database,
        duplicates=duplicates,
        links=house.links,
        untying=house.untying,
        sign_out=house.sign_out,
        invitations=house.invitations,
        pauses=house.pauses,
        consents=house.consents,
        cases=house.cases,
        notices=house.notices,
        journal=house.journal,
        policy_version=house.policies.version,
    )


def case_desk(house: House) -> CaseDesk:
    """Cases of one school at a time."""
    limits = house.settings.limits
    numbers = Limit(CASE_NUMBERS, limits.case_numbers_per_staff, limits.case_numbers_within)
    return CaseDesk(house.database, house.cases, house.notices, house.limits, numbers)


def access_desk(house: House) -> AccessDesk:
    """Ways in, as the console and the command line change them."""
    titles = titles_of(house.settings)
    rooms = AccessRooms(
        database=house.database,
        shelf=house.shelf,
        outside=house.outside,
        links=house.links,
        untying=house.untying,
        sessions=house.sessions,
        sign_out=house.sign_out,
        guesses=house.guesses,
        invitations=house.invitations,
        pauses=house.pauses,
        notices=house.notices,
        sealer=house.vault.sealer,
        title_of=lambda connector: title.ru if (title := titles.get(connector)) is not None else None,
    )
    return AccessDesk(rooms)
