"""broker hsm status | init | adopt: the hardware module that signing keys live in."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from broker.console import hsm_actions
from broker.console.cli.command import Answer, At, Command, no_arguments
from keys.signing.key import KeyUse


def _adopt_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("label", help="of the private key in the module")
    parser.add_argument("--use", choices=[use.value for use in KeyUse], default=KeyUse.TOKENS.value, help="what it will sign")


def _adopt(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    return hsm_actions.adopt(rooms.vault, (rooms.database, rooms.journal), at.actor, (asked.label, asked.use))


def _init(_asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    return hsm_actions.bring_in(rooms.vault, (rooms.database, rooms.journal), at.actor)


COMMANDS = (
    Command(
        ("hsm", "status"),
        "What the hardware module offers and holds, and which keys it has lost",
        no_arguments,
        lambda _asked, at: hsm_actions.status(at.rooms().vault),
    ),
    Command(("hsm", "init"), "Announce a key in the module for every kind that has none there", no_arguments, _init),
    Command(("hsm", "adopt"), "Announce a key that was made in the module by other means", _adopt_arguments, _adopt),
)
