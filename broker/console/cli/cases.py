"""broker cases list | show | close"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from broker.console.case_actions import REASONS, CaseDesk
from broker.console.cli.command import Answer, At, Command


def _region_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--region", required=True, help="two-digit code")


def _number_argument(parser: ArgumentParser) -> None:
    parser.add_argument("number", help="as the person reads it aloud, such as 4821-7730")


def _close_arguments(parser: ArgumentParser) -> None:
    _number_argument(parser)
    parser.add_argument("--why", choices=REASONS, required=True)


def _desk(at: At) -> CaseDesk:
    rooms = at.rooms()
    return CaseDesk(rooms.cases, rooms.directory)


def _close(asked: Namespace, at: At) -> Answer:
    return _desk(at).close(asked.number, asked.why, at.actor)


COMMANDS = (
    Command(
        ("cases", "list"), "Who could not get in, and waits", _region_argument, lambda asked, at: _desk(at).waiting(asked.region)
    ),
    Command(("cases", "show"), "One case, compared again", _number_argument, lambda asked, at: _desk(at).show(asked.number)),
    Command(("cases", "close"), "Close a case by hand", _close_arguments, _close),
)
