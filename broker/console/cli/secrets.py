"""broker secrets status | plan | rotate | tick | work | new-master | rotate-master"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from broker.console import secret_actions
from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.rights import Action
from broker.console.secret_care import open_care
from broker.custody.jobs_store import Job
from broker.custody.secrets_care import SecretCare
from broker.custody.secrets_open import CareTools

_BAR = 30


def _care(at: At) -> SecretCare:
    rooms = at.rooms()
    tools = CareTools(rooms.database, rooms.vault, rooms.journal, at.outside)
    return open_care(tools, at.settings.keys, at.settings.tokens)


def _purpose_argument(parser: ArgumentParser) -> None:
    parser.add_argument("purpose", metavar="PURPOSE", help="one of those that `broker secrets status` shows")


def _progress_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--progress", action="store_true", help="show a bar even if standard error is no terminal")


def _file_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--new-file", type=Path, required=True, metavar="FILE", help="where the new master key is")


def _work(asked: Namespace, at: At) -> Answer:
    show = asked.progress or sys.stderr.isatty()
    answer = secret_actions.work(_care(at), _bar if show else _silent)
    if show:
        print(file=sys.stderr)
    return answer


def _rotate_master(asked: Namespace, at: At) -> Answer:
    return secret_actions.change_master(_care(at), at.rooms().vault, asked.new_file, at.actor)


def _silent(_job: Job) -> None:
    """Nobody is looking."""


def _bar(job: Job) -> None:
    full = min(_BAR, _BAR * job.seen // max(job.total, 1))
    line = f"\r[{'#' * full}{'.' * (_BAR - full)}] {job.seen} of {job.total} {job.part:<32}"
    print(line, end="", file=sys.stderr, flush=True)


COMMANDS = (
    Command(
        ("secrets", "status"),
        "Secret keys and their states",
        no_arguments,
        lambda _asked, at: secret_actions.status(_care(at)),
        Action.SEE_KEYS,
    ),
    Command(
        ("secrets", "plan"),
        "What happens to them next",
        no_arguments,
        lambda _asked, at: secret_actions.plan(_care(at)),
        Action.SEE_KEYS,
    ),
    Command(
        ("secrets", "rotate"),
        "Begin the rotation of one purpose; the workers do the rest",
        _purpose_argument,
        lambda asked, at: secret_actions.rotate(_care(at), asked.purpose, at.actor),
        Action.MOVE_KEYS,
    ),
    Command(
        ("secrets", "tick"),
        "Take every step whose time has come; the workers do it by themselves",
        no_arguments,
        lambda _asked, at: secret_actions.tick(_care(at), at.actor),
        Action.MOVE_KEYS,
    ),
    Command(
        ("secrets", "work"),
        "Bring what lies under old keys under the present ones, now",
        _progress_argument,
        _work,
        Action.MOVE_KEYS,
    ),
    Command(
        ("secrets", "new-master"),
        "Write a fresh master key into a new file",
        _file_argument,
        lambda asked, at: secret_actions.new_master_file(asked.new_file, at.outside),
    ),
    Command(("secrets", "rotate-master"), "Bring all keys under another master key", _file_argument, _rotate_master),
)
