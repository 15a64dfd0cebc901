"""broker keys status | plan | tick | rotate | announce | promote | retire | destroy | report"""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.key_actions import KeyActions, keys_in, shown_move, verify_report
from broker.console.refused import Refused
from broker.console.rights import Action
from keys.signing.key import Family, KeyUse

# A SHA-256 in base64url.
_HYPHENED = re.compile(r"-[A-Za-z0-9_-]{42}", re.ASCII)
_A_YEAR = timedelta(days=365)
_ALGORITHMS = [name for family in Family for name in family.algorithms]


def kids_last(words: Sequence[str]) -> list[str]:
    """The words of a command line so that a kid which begins with a hyphen, as one in 64 does, is not taken for an option."""
    kids = [word for word in words if _HYPHENED.fullmatch(word)]
    return [word for word in words if word not in kids] + (["--", *kids] if kids else [])


def _actions(at: At) -> KeyActions:
    rooms = at.rooms()
    return KeyActions(rooms.vault, rooms.key_office, at.outside.now)


def _until_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="the last day (UTC); a year from now if not said")


def _kid_argument(parser: ArgumentParser) -> None:
    parser.add_argument("kid", help="as `broker keys status` shows it")


def _algorithm_argument(parser: ArgumentParser) -> None:
    parser.add_argument("algorithm", choices=_ALGORITHMS, help="RS256 and PS256 share one key")
    parser.add_argument("--use", choices=[use.value for use in KeyUse], default=KeyUse.TOKENS.value, help="what the key signs")


def _override_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--override", action="store_true", help="even if an active service has not fetched the key")
    parser.add_argument("--reason", default="", help="why; needed with --override, written into the journal")


def _rotate_arguments(parser: ArgumentParser) -> None:
    _algorithm_argument(parser)
    _override_argument(parser)


def _promote_arguments(parser: ArgumentParser) -> None:
    _kid_argument(parser)
    _override_argument(parser)


def _report_arguments(parser: ArgumentParser) -> None:
    _kid_argument(parser)
    parser.add_argument("--file", type=Path, help="write the signed report into a new file")
    parser.add_argument("--verify", type=Path, metavar="FILE", help="read a signed report and say whether it is ours")
    parser.add_argument("--keys", type=Path, metavar="JWKS", help="our public keys (/audit/jwks.json): verify without the house")


def _why(asked: Namespace) -> str:
    reason = str(asked.reason)
    if asked.override != bool(reason.strip()):
        raise Refused("--override and --reason belong together.")
    return reason


def _plan(asked: Namespace, at: At) -> Answer:
    now = at.outside.now()
    until = now + _A_YEAR if asked.until is None else datetime.combine(asked.until + timedelta(days=1), time.min, UTC)
    return {"moves": [shown_move(move) for move in _actions(at).plan(until)]}


def _rotate(asked: Namespace, at: At) -> Answer:
    return _actions(at).rotate(asked.algorithm, KeyUse(asked.use), at.actor, _why(asked))


def _promote(asked: Namespace, at: At) -> Answer:
    return _actions(at).promote(asked.kid, at.actor, _why(asked))


def _report(asked: Namespace, at: At) -> Answer:
    if asked.verify is not None:
        trusted = _actions(at).trusted() if asked.keys is None else keys_in(asked.keys)
        return {"is_ours": True} | asdict(verify_report(_read(asked.verify), asked.kid, trusted))
    actions = _actions(at)
    signed = actions.report(asked.kid, at.actor)
    if asked.file is not None:
        _write(asked.file, signed)
    return asdict(verify_report(signed, asked.kid, actions.trusted())) | ({} if asked.file else {"signed": signed})


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise Refused("The file cannot be read.") from None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(text + "\n")
    except OSError:
        raise Refused("The file exists already, or cannot be written.") from None


COMMANDS = (
    Command(
        ("keys", "status"),
        "Signing keys, their states, what comes next, and who has fetched an announced one",
        no_arguments,
        lambda _asked, at: _actions(at).status(),
        Action.SEE_KEYS,
    ),
    Command(("keys", "plan"), "Every planned move of a year", _until_argument, _plan, Action.SEE_KEYS),
    Command(
        ("keys", "tick"),
        "Make the moves that are due; the workers do it by themselves",
        no_arguments,
        lambda _asked, at: _actions(at).tick(at.actor),
        Action.MOVE_KEYS,
    ),
    Command(
        ("keys", "rotate"),
        "Follow the plan now for one algorithm, as far as is safe",
        _rotate_arguments,
        _rotate,
        Action.MOVE_KEYS,
    ),
    Command(
        ("keys", "announce"),
        "Make and publish a key that is to follow",
        _algorithm_argument,
        lambda asked, at: _actions(at).announce(asked.algorithm, KeyUse(asked.use), at.actor),
        Action.MOVE_KEYS,
    ),
    Command(("keys", "promote"), "Make an announced key the signer", _promote_arguments, _promote, Action.MOVE_KEYS),
    Command(
        ("keys", "retire"),
        "Publish and believe a key no longer",
        _kid_argument,
        lambda asked, at: _actions(at).retire(asked.kid, at.actor),
        Action.MOVE_KEYS,
    ),
    Command(
        ("keys", "destroy"),
        "Wipe the private half of a retired key",
        _kid_argument,
        lambda asked, at: _actions(at).destroy(asked.kid, at.actor),
        Action.MOVE_KEYS,
    ),
    Command(
        ("keys", "report"),
        "The signed report of the rotation in which a key came",
        _report_arguments,
        _report,
        Action.SEE_KEYS,
    ),
)
