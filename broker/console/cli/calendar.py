"""broker calendar: everything that ends or is due"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from broker.console import calendar_actions
from broker.console.cli.command import Answer, At, Command
from broker.console.rights import Action


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--ics", type=Path, metavar="FILE", help="write it into a new file that calendar programs read")


def _calendar(asked: Namespace, at: At) -> Answer:
    calendar = at.rooms().calendar
    return calendar_actions.write_ics(calendar, asked.ics) if asked.ics else calendar_actions.dates(calendar)


COMMANDS = (
    Command(
        ("calendar", ""),
        "Every date on which a key, a certificate, a secret or a token ends or is due to be changed",
        _arguments,
        _calendar,
        Action.SEE_CALENDAR,
    ),
)
