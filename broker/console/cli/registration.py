"""broker clients token-add | token-list | token-revoke | issuer-add | issuer-list | issuer-remove | waiting | approve | reject"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.refused import Refused
from broker.console.registration import from_words
from broker.console.registration_actions import RegistrationDesk
from broker.registration.approvals import NAME, REASONS, Approvals, Issuers
from broker.registration.initial_tokens import InitialTokens


def _desk(at: At) -> RegistrationDesk:
    rooms = at.rooms()
    return RegistrationDesk(
        InitialTokens(rooms.database, rooms.journal, at.outside),
        Issuers(rooms.database, rooms.journal, at.outside),
        Approvals(rooms.database, rooms.clients, rooms.journal),
    )


def _token_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="for whom; a word for the list")
    parser.add_argument("--uses", type=int, default=1, help="how many services may register with it (1)")
    parser.add_argument("--days", type=int, default=7, choices=range(1, 367), metavar="1..366", help="how long it opens (7)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="may be repeated: settled for the service"
    )


def _add_token(asked: Namespace, at: At) -> Answer:
    return _desk(at).add_token(asked.name, asked.uses, timedelta(days=asked.days), from_words(asked.set), at.actor)


def _revoke_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("token_id")


def _revoke_token(asked: Namespace, at: At) -> Answer:
    return _desk(at).revoke_token(asked.token_id, at.actor)


def _issuer(parser: ArgumentParser) -> None:
    parser.add_argument("issuer", help="the iss of its statements")


def _issuer_arguments(parser: ArgumentParser) -> None:
    _issuer(parser)
    parser.add_argument("--jwks", type=Path, required=True, help="file with its public keys")


def _put_issuer(asked: Namespace, at: At) -> Answer:
    try:
        jwks = json.loads(asked.jwks.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused("The file of --jwks cannot be read as JSON.") from None
    if not isinstance(jwks, dict):
        raise Refused("The file of --jwks must hold a JSON object.")
    return _desk(at).put_issuer(asked.issuer, jwks, at.actor)


def _remove_issuer(asked: Namespace, at: At) -> Answer:
    return _desk(at).remove_issuer(asked.issuer, at.actor)


def _decision(approved: bool) -> Callable[[ArgumentParser], None]:
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("client_id")
        parser.add_argument("--scope", action="append", default=[], help="may be repeated: a scope that waits")
        parser.add_argument("--name", action="store_true", help="the name that waits")
        parser.add_argument("--reason", required=True, choices=REASONS[approved])

    return arguments


def _decide(approved: bool) -> Callable[[Namespace, At], Any]:
    def decide(asked: Namespace, at: At) -> Answer:
        about = [*asked.scope, *([NAME] if asked.name else [])]
        return _desk(at).decide(asked.client_id, about, (approved, asked.reason), at.actor)

    return decide


COMMANDS = (
    Command(("clients", "token-add"), "A token by which services can register; told once", _token_arguments, _add_token),
    Command(
        ("clients", "token-list"), "Tokens by which services can register", no_arguments, lambda _, at: _desk(at).all_tokens()
    ),
    Command(("clients", "token-revoke"), "Close such a token at once", _revoke_arguments, _revoke_token),
    Command(("clients", "issuer-add"), "Believe software statements of an issuer", _issuer_arguments, _put_issuer),
    Command(("clients", "issuer-list"), "Issuers of software statements", no_arguments, lambda _, at: _desk(at).all_issuers()),
    Command(("clients", "issuer-remove"), "Believe an issuer no more", _issuer, _remove_issuer),
    Command(("clients", "waiting"), "Services with something to approve", no_arguments, lambda _, at: _desk(at).waiting()),
    Command(("clients", "approve"), "Approve scopes or the name of a service", _decision(True), _decide(True)),
    Command(("clients", "reject"), "Reject scopes or the name of a service", _decision(False), _decide(False)),
)
