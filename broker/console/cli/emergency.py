"""broker emergency consequences | break-glass | status, keys revoke: a stolen key, at the machine itself.

Two people revoke a key at the console. Whoever sits here cannot show who they are, so from here it is always the broken glass.
"""

from __future__ import annotations

from argparse import ArgumentParser

from broker.console.cli.command import At, Command, no_arguments
from broker.console.emergency_actions import EmergencyDesk
from broker.console.rights import Action
from broker.custody.two_people import GROUNDS


def _desk(at: At) -> EmergencyDesk:
    return EmergencyDesk(at.rooms().emergency)


def _kid(parser: ArgumentParser) -> None:
    parser.add_argument("kid", help="the name of the key, as `broker keys status` shows it")


def _kid_and_grounds(parser: ArgumentParser) -> None:
    _kid(parser)
    parser.add_argument("--grounds", required=True, choices=GROUNDS)


COMMANDS = (
    Command(
        ("emergency", "consequences"),
        "What revoking a key would do now: sessions, people, services",
        _kid,
        lambda asked, at: _desk(at).consequences(asked.kid),
        Action.SEE_KEYS,
    ),
    Command(
        ("emergency", "break-glass"),
        "Revoke a stolen key at once, alone; every officer and auditor hears of it",
        _kid_and_grounds,
        lambda asked, at: _desk(at).break_glass(asked.kid, asked.grounds, at.actor),
        Action.BREAK_GLASS,
    ),
    Command(
        ("keys", "revoke"),
        "The same as `emergency break-glass`",
        _kid_and_grounds,
        lambda asked, at: _desk(at).break_glass(asked.kid, asked.grounds, at.actor),
        Action.BREAK_GLASS,
    ),
    Command(
        ("emergency", "status"),
        "What waits for a second person; what became of every revocation, and which services have not answered",
        no_arguments,
        lambda _asked, at: _desk(at).status(),
        Action.SEE_KEYS,
    ),
)
