"""broker keys encryption | renew-encryption: the keys that services encrypt their requests to."""

from __future__ import annotations

from argparse import ArgumentParser

from broker.console import encryption_key_actions
from broker.console.cli.command import At, Command, no_arguments
from broker.tokens.decryption_keys import DecryptionKeys


def _keys(at: At) -> DecryptionKeys:
    rooms = at.rooms()
    return DecryptionKeys(rooms.vault.opener, rooms.database, rooms.journal, at.settings.tokens.decryption_key_life)


def _stolen(parser: ArgumentParser) -> None:
    parser.add_argument("--stolen", action="store_true", help="the keys before open nothing from now on")


COMMANDS = (
    Command(
        ("keys", "encryption"),
        "Keys that services encrypt their requests to",
        no_arguments,
        lambda _asked, at: encryption_key_actions.status(_keys(at)),
    ),
    Command(
        ("keys", "renew-encryption"),
        "New ones at once; the workers do it in time by themselves",
        _stolen,
        lambda asked, at: encryption_key_actions.renew(_keys(at), at.actor, is_stolen=asked.stolen),
    ),
)
