"""broker schools list | show, broker people export | unlink, and lists for `broker people import`"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.refused import Refused
from broker.console.roster_actions import RosterActions
from broker.directory.person import Role, School
from broker.directory.roster_import import Rosters
from broker.directory.school_person import NotHere, holds
from broker.screens.texts import Texts
from broker.signout.untie import UntieCause


def import_list(asked: Namespace, at: At) -> Answer:
    """`broker people import` of a CSV or XLSX file."""
    shown = sys.stderr.isatty()

    def progress(word: str, done: int) -> None:
        if shown:
            print(f"\r{done} lines {word}", end="", file=sys.stderr, flush=True)

    try:
        return actions_of(at).import_list(asked.file, asked.school, at.actor, progress, is_dry_run=asked.dry_run)
    finally:
        if shown:
            print(file=sys.stderr)


def actions_of(at: At) -> RosterActions:
    rooms = at.rooms()
    rosters = Rosters(rooms.database, rooms.directory, rooms.schools.changes, rooms.journal, at.outside)
    return RosterActions(rosters, rooms.schools, at.outside, Texts())


def _list(_asked: Namespace, at: At) -> Answer:
    return {"schools": [_described(school) for school in at.rooms().directory.schools()]}


def _described(school: School) -> dict[str, object]:
    return {
        "id": school.id,
        "region": school.region,
        "name": school.name_ru,
        "is_open": school.is_open,
        "has_contact": school.contact is not None,
    }


def _show_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("school_id")


def _show(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    try:
        cards = rooms.schools.cards(asked.school_id)
    except NotHere:
        raise Refused("There is no such school.") from None
    people = cards.people()
    roles = Counter(
        place.role.value for one in people for place in one.person.memberships if holds(place, cards.today)
    )
    changed_at = rooms.schools.changes.last_at(cards.school.id, "contacts")
    contact = cards.school.contact
    return {
        **_described(cards.school),
        "people": len(people),
        "roles": dict(sorted(roles.items())),
        "administrators": [one.id for one in people if one.has_role(Role.SCHOOL_ADMINISTRATOR, cards.today)],
        "without_snils": sum(one.has_role(Role.PUPIL, cards.today) and not one.person.snils for one in people),
        "open_cases": len(rooms.cases.of_people(cards.ids())),
        "contact": [contact.days, contact.hours, contact.room, contact.phone] if contact else None,
        "contact_changed_at": changed_at.isoformat() if changed_at else None,
    }


def _export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a name that ends in .csv or .xlsx")
    parser.add_argument("--school", help="one school; without it, every school")


def _export(asked: Namespace, at: At) -> Answer:
    everything = tuple(school.id for school in at.rooms().directory.schools())
    return actions_of(at).export_list(asked.file, (asked.school,) if asked.school else everything, at.actor)


def _unlink_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")


def _unlink(asked: Namespace, at: At) -> Answer:
    """For the region's support: where a school has only one administrator, or the card is not the school's to change."""
    if at.rooms().untying.untie(asked.person_id, UntieCause.SECURITY, at.actor) is None:
        raise Refused("This person has no link.")
    return {"person": asked.person_id, "linked": False}


COMMANDS = (
    Command(("schools", "list"), "Every school of the directory", no_arguments, _list),
    Command(("schools", "show"), "One school: people, administrators, contacts, open cases", _show_arguments, _show),
    Command(("people", "export"), "People of one or every school as CSV or XLSX", _export_arguments, _export),
    Command(("people", "unlink"), "Take somebody's Gosuslugi link, sessions and grants included", _unlink_arguments, _unlink),
)
