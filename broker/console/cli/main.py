"""`broker`: 0 when done, 1 when refused with one sentence on standard error, 2 when typed wrongly."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from broker.audit.event import Actor
from broker.console.cli import (
    audit,
    backup,
    calendar,
    cases,
    clients,
    deliveries,
    demo,
    developers,
    emergency,
    encryption_keys,
    esia,
    hsm,
    keys,
    messages,
    mock_esia,
    operations,
    people,
    policy,
    provisioning,
    registration,
    schools,
    secrets,
    simulate,
    staff,
    upstream,
)
from broker.console.cli.command import At, Command, Rooms
from broker.console.cli.text import as_text
from broker.console.refused import Refused
from broker.console.rights import NotAllowedTo, StaffRole, require_right
from broker.foundation.http_send import HttpSender
from broker.foundation.jose import SignerSilent
from broker.foundation.outside import real_outside
from broker.house import open_house
from broker.policy.policies import PolicyFilesBroken
from config.load import SettingsError, load_settings

COMMANDS: tuple[Command, ...] = (
    *calendar.COMMANDS,
    *clients.COMMANDS,
    *developers.COMMANDS,
    *deliveries.COMMANDS,
    *registration.COMMANDS,
    *people.COMMANDS,
    *schools.COMMANDS,
    *cases.COMMANDS,
    *policy.COMMANDS,
    *simulate.COMMANDS,
    *staff.COMMANDS,
    *upstream.COMMANDS,
    *messages.COMMANDS,
    *provisioning.COMMANDS,
    *secrets.COMMANDS,
    *esia.COMMANDS,
    *operations.COMMANDS,
    *audit.COMMANDS,
    *backup.COMMANDS,
    *encryption_keys.COMMANDS,
    *emergency.COMMANDS,
    *keys.COMMANDS,
    *hsm.COMMANDS,
    *demo.COMMANDS,
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; `words` default to the command line's."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == [mock_esia.WORD]:
        return mock_esia.become_mock_esia(words[1:])
    asked = _parser().parse_args(keys.kids_last(words))
    try:
        answer = _run(asked)
    except (Refused, SettingsError, NotAllowedTo) as refused:
        if isinstance(refused, Refused) and refused.answer is not None:
            print(_worded(asked, refused.answer))
        print(str(refused), file=sys.stderr)
        return 1
    except SignerSilent as silent:
        print(f"Nothing was signed, so nothing was done: {silent.reason}.", file=sys.stderr)
        return 1
    except Exception as unexpected:
        if asked.debug:
            raise
        # A database error quotes the values of its statement, so its text must not reach a terminal or a log.
        kind = type(unexpected).__name__
        print(
            f"Something went wrong ({kind}). Is the database up to date (broker db upgrade)? --debug shows more.", file=sys.stderr
        )
        return 1
    print(_worded(asked, answer))
    return 0


def _worded(asked: argparse.Namespace, answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2, default=str) if asked.json else as_text(answer)


def _run(asked: argparse.Namespace) -> Any:
    require_right((StaffRole.OPERATOR.value,), asked.command.action)
    settings = load_settings()
    # A roster of a whole region may take its time.
    settings = replace(settings, storage=settings.storage.unhurried())
    outside = real_outside(HttpSender(settings.http))
    with ExitStack() as stack:
        at = At(settings, outside, Actor("cli", _operator()), _opened_once(stack, settings))
        return asked.command.run(asked, at)


def _opened_once(stack: ExitStack, settings: Any) -> Callable[[], Rooms]:
    """Opens the house at the first call; a command that needs no database never touches it."""
    opened: list[Rooms] = []

    def rooms() -> Rooms:
        if not opened:
            opened.append(stack.enter_context(_house(settings)))
        return opened[0]

    return rooms


@contextmanager
def _house(settings: Any) -> Iterator[Rooms]:
    try:
        house = open_house(settings)
    except (ValueError, PolicyFilesBroken) as broken:
        raise Refused(str(broken)) from broken
    try:
        with house.app.app_context():
            yield house
    finally:
        # The last to leave an SQLite file brings its journal into it.
        house.database.close()


def _operator() -> str:
    """Who is at the terminal, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="broker",
        description="Школьный вход (School Sign-in): the command line of staff.",
        epilog=f"broker {mock_esia.WORD} runs a stand-in for ESIA; it has options of its own.",
    )
    parser.set_defaults(json=False, debug=False)
    rooms = parser.add_subparsers(metavar="WHAT", required=True)
    groups: dict[str, Any] = {}
    for command in COMMANDS:
        room, verb = command.words
        if not verb:
            _add_command(rooms.add_parser(room, help=command.help, description=command.help), command)
            continue
        if room not in groups:
            titles = [one.words[1] for one in COMMANDS if one.words[0] == room]
            group = rooms.add_parser(room, help=", ".join(titles))
            groups[room] = group.add_subparsers(metavar="DO", required=True)
        _add_command(groups[room].add_parser(verb, help=command.help, description=command.help), command)
    return parser


def _add_command(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--debug", action="store_true", help="show where an unexpected error comes from")
    parser.set_defaults(command=command)
    command.arguments(parser)


if __name__ == "__main__":
    sys.exit(main())
