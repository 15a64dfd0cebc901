"""broker init, broker staff add | list | role | remove | link: who guards the house, from the very first start."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from broker.console.cli.command import Answer, At, Command, bare_database, no_arguments
from broker.console.rights import Action
from broker.console.staff_actions import StaffDesk
from broker.console.start_actions import FirstStart
from broker.directory.document import STAFF_ROLES
from broker.directory.staff_store import StaffRoles
from broker.passkeys.store import PasskeyStore, StaffLinks


def _desk(at: At) -> StaffDesk:
    rooms = at.rooms()
    return StaffDesk(
        database=rooms.database,
        roles=StaffRoles(rooms.database),
        passkeys=PasskeyStore(rooms.database, at.outside),
        links=StaffLinks(rooms.database, at.outside),
        journal=rooms.journal,
        origin=at.settings.security.origin or at.settings.provider.issuer,
        two_people=rooms.emergency.two_people,
    )


def _init(_asked: Namespace, at: At) -> Answer:
    with bare_database(at) as database:
        prepared = FirstStart(at.settings.keys, at.outside).prepare(database)
    return {**prepared, **_desk(at).first_officer(at.actor)}


def _person(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")


def _person_and_role(parser: ArgumentParser) -> None:
    _person(parser)
    parser.add_argument("role", choices=STAFF_ROLES)


def _role_arguments(parser: ArgumentParser) -> None:
    _person_and_role(parser)
    parser.add_argument("--take", action="store_true", help="take the role away instead of giving it")


def _role(asked: Namespace, at: At) -> Answer:
    if asked.take:
        return _desk(at).remove(asked.person_id, asked.role, at.actor, officers_too=True)
    return _desk(at).add(asked.person_id, asked.role, at.actor)


COMMANDS = (
    Command(
        ("init", ""), "First start: master key, tables, keys, and a one-time link for the first officer", no_arguments, _init,
        Action.CHANGE_STAFF,
    ),
    Command(
        ("staff", "list"), "Everybody of the staff, their roles and passkeys", no_arguments,
        lambda _asked, at: _desk(at).all(), Action.SEE_STAFF,
    ),
    Command(
        ("staff", "add"), "Make somebody staff; prints a link for their first passkey, told once", _person_and_role,
        lambda asked, at: _desk(at).add(asked.person_id, asked.role, at.actor), Action.CHANGE_STAFF,
    ),
    Command(("staff", "role"), "Give somebody another role, or take one away", _role_arguments, _role, Action.CHANGE_STAFF),
    Command(
        ("staff", "remove"), "Take all roles and passkeys of somebody away", _person,
        lambda asked, at: _desk(at).remove(asked.person_id, "", at.actor, officers_too=True), Action.CHANGE_STAFF,
    ),
    Command(
        ("staff", "link"), "Another link for somebody of the staff without a passkey, told once", _person,
        lambda asked, at: _desk(at).new_link(asked.person_id, at.actor), Action.CHANGE_STAFF,
    ),
)  # fmt: skip
