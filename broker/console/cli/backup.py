"""broker backup FILE, broker restore FILE: a copy of the house under a passphrase, and its return."""

from __future__ import annotations

import getpass
import stat
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from broker.console import backup_actions
from broker.console.backup_actions import LockedFile, Restoring, Wanted
from broker.console.cli.command import Answer, At, Command, bare_database
from broker.console.refused import Refused
from broker.console.rights import Action
from keys.master import read_secret_file


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="holds the passphrase, mode 600; without it you are asked for it"
    )


def _restore_arguments(parser: ArgumentParser) -> None:
    _arguments(parser)
    parser.add_argument("--check", action="store_true", help="only read the backup to its end and say what it holds")
    parser.add_argument("--replace", default="", metavar="NAME", help="the name of the database: everything in it goes")
    parser.add_argument("--revoked", nargs="+", default=[], metavar="KID", help="keys that were revoked after the backup")


def _passphrase(asked: Namespace, *, is_new: bool) -> str:
    if asked.passphrase_file is not None:
        try:
            return read_secret_file(asked.passphrase_file, "--passphrase-file", stat.S_IRWXG | stat.S_IRWXO).strip()
        except ValueError as error:
            raise Refused(f"{error}.") from None
    if not sys.stdin.isatty():
        raise Refused("There is no terminal to ask for the passphrase: name a --passphrase-file.")
    typed = getpass.getpass("Passphrase of the backup: ")
    if is_new and getpass.getpass("Once more: ") != typed:
        raise Refused("The two are not the same.")
    return typed


def _backup(asked: Namespace, at: At) -> Answer:
    file, rooms = LockedFile(asked.file, _passphrase(asked, is_new=True)), at.rooms()
    return backup_actions.make_backup((rooms.database, rooms.journal), at.outside, file, at.actor)


def _restore(asked: Namespace, at: At) -> Answer:
    file = LockedFile(asked.file, _passphrase(asked, is_new=False))
    if asked.check:
        return backup_actions.check(file)
    # Not the house: it does not open before its tables are there, and would make keys of its own in an empty database.
    with bare_database(at) as database:
        wanted = Wanted(asked.replace, tuple(asked.revoked))
        return Restoring(database, at.settings.keys, at.outside).restore(file, wanted, at.actor)


COMMANDS = (
    Command(
        ("backup", ""), "Write an encrypted copy of the database into a new file, while everything runs", _arguments,
        _backup,
    ),
    Command(
        ("restore", ""), "Bring a backup back into an empty database; nothing given out before can be used again",
        _restore_arguments, _restore, Action.RESTORE,
    ),
)  # fmt: skip
