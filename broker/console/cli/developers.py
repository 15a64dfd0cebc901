"""broker developers add | entrust | list | remove"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.developer_actions import DeveloperDesk


def desk_of(at: At) -> DeveloperDesk:
    rooms = at.rooms()
    return DeveloperDesk(rooms.database, rooms.directory, rooms.clients, rooms.journal, at.outside)


def _person(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")


def _added(parser: ArgumentParser) -> None:
    _person(parser)
    parser.add_argument("organisation", help="for which they develop; people read it beside the name of a service")


def _entrusted(parser: ArgumentParser) -> None:
    parser.add_argument("client_id")
    parser.add_argument("organisation")


def _add(asked: Namespace, at: At) -> Answer:
    return desk_of(at).add(asked.person_id, asked.organisation, at.actor)


def _entrust(asked: Namespace, at: At) -> Answer:
    return desk_of(at).entrust(asked.client_id, asked.organisation, at.actor)


def _remove(asked: Namespace, at: At) -> Answer:
    return desk_of(at).remove(asked.person_id, at.actor)


COMMANDS = (
    Command(("developers", "add"), "Let somebody look after the services of an organisation", _added, _add),
    Command(("developers", "entrust"), "Give a service to the developers of an organisation", _entrusted, _entrust),
    Command(("developers", "list"), "All developers and their services", no_arguments, lambda _, at: desk_of(at).all()),
    Command(("developers", "remove"), "Take the right away", _person, _remove),
)
