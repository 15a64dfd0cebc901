"""broker clients add | set | list | show | disable | enable | secret | check"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from datetime import timedelta
from pathlib import Path
from typing import Any

from broker.clients.client import Client
from broker.clients.metadata import AUTH_METHODS, GRANT_TYPES, SIGNING_ALGORITHMS, SUBJECT_TYPES
from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.client_actions import ClientDesk
from broker.console.readiness.desk import ReadinessDesk
from broker.console.refused import Refused
from broker.console.registration import changed, from_words


def desk_of(at: At) -> ClientDesk:
    rooms = at.rooms()
    return ClientDesk(rooms.database, rooms.clients, rooms.journal, at.outside, at.settings.clients.secret_overlap)


def _one_client(parser: ArgumentParser) -> None:
    parser.add_argument("client_id")


def _registration(parser: ArgumentParser) -> None:
    parser.add_argument("client_id", help="2 to 64 Latin letters, digits, dots, hyphens or underscores")
    parser.add_argument("--name", required=True, help="name shown to people, in Russian")
    parser.add_argument("--name-en", required=True, help="the same in English")
    parser.add_argument("--organisation", required=True, help="who answers for the service")
    parser.add_argument("--redirect-uri", action="append", default=[], help="may be repeated; compared exactly")
    parser.add_argument("--post-logout-redirect-uri", action="append", default=[], help="may be repeated")
    parser.add_argument("--initiate-login-uri", help="where we may send people to start a sign-in")
    parser.add_argument("--scope", action="append", default=[], help="may be repeated; openid is always there")
    parser.add_argument("--grant-type", action="append", default=[], choices=GRANT_TYPES, help="besides authorization_code")
    parser.add_argument("--auth-method", choices=AUTH_METHODS, default="client_secret_basic")
    parser.add_argument("--alg", choices=SIGNING_ALGORITHMS, default="RS256", help="signature of ID tokens; ES256 costs least")
    parser.add_argument("--subject-type", choices=SUBJECT_TYPES, default="pairwise")
    parser.add_argument("--sector", help="host for pairwise subjects, when addresses lie on several")
    parser.add_argument("--jwks", type=Path, help="file with the public keys of the service")
    parser.add_argument("--scope-reasons", type=Path, help='JSON file: why it asks, {"school": {"ru": "…", "en": "…"}}')
    parser.add_argument("--first-party", action="store_true", help="the diary itself: no consent page")
    parser.add_argument("--default-region", default="", help="two-digit code, when all its people are of one region")
    parser.add_argument("--role", action="append", default=[], help="may be repeated: only these roles may sign in to it")
    _any_field(parser)


def _any_field(parser: ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, help="JSON object with fields of the registration, in the standards' names")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="may be repeated; stronger than --file")
    parser.add_argument("--sector-uri", help="address of the JSON list of all redirect addresses (sector_identifier_uri)")


def _change(parser: ArgumentParser) -> None:
    _one_client(parser)
    _any_field(parser)


def _set(asked: Namespace, at: At) -> Answer:
    desk = desk_of(at)
    return desk.replace(_with_fields(desk.get(asked.client_id), asked, at), at.actor)


def _with_fields(client: Client, asked: Namespace, at: At) -> Client:
    written = (_object_in(asked.file, "--file") if asked.file else {}) | from_words(asked.set)
    made = changed(client, written)
    if asked.sector_uri:
        made = desk_of(at).with_sector(made, asked.sector_uri, at.rooms().fetcher.fetch)
    return made


def _add(asked: Namespace, at: At) -> Answer:
    client = Client(
        client_id=asked.client_id,
        client_name=asked.name,
        client_name_en=asked.name_en,
        organisation=asked.organisation,
        redirect_uris=tuple(asked.redirect_uri),
        post_logout_redirect_uris=tuple(asked.post_logout_redirect_uri),
        initiate_login_uri=asked.initiate_login_uri,
        grant_types=tuple(dict.fromkeys(["authorization_code", *asked.grant_type])),
        token_endpoint_auth_method=asked.auth_method,
        id_token_signed_response_alg=asked.alg,
        scopes=tuple(dict.fromkeys(["openid", *asked.scope])),
        subject_type=asked.subject_type,
        sector_identifier=asked.sector,
        first_party=asked.first_party,
        default_region=asked.default_region,
        roles=tuple(asked.role),
        jwks=_object_in(asked.jwks, "--jwks") if asked.jwks else {},
        scope_reasons=_object_in(asked.scope_reasons, "--scope-reasons") if asked.scope_reasons else {},
    )
    return desk_of(at).add(_with_fields(client, asked, at), at.actor)


def _object_in(file: Path, option: str) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused(f"The file of {option} cannot be read as JSON.") from None
    if not isinstance(found, dict):
        raise Refused(f"The file of {option} must hold a JSON object.")
    return found


def _overlap(parser: ArgumentParser) -> None:
    _one_client(parser)
    parser.add_argument("--overlap-hours", type=int, help="how long older secrets live on (default: clients.secret_overlap)")


def _secret(asked: Namespace, at: At) -> Answer:
    overlap = None if asked.overlap_hours is None else timedelta(hours=max(0, asked.overlap_hours))
    return desk_of(at).new_secret(asked.client_id, at.actor, overlap)


def _readiness(parser: ArgumentParser) -> None:
    _one_client(parser)
    parser.add_argument("--login-url", help="where the service starts a sign-in (default: its initiate_login_uri)")
    parser.add_argument("--state-url", required=True, help='where it says {"signed_in": true} or false to its own browser')


def _check(asked: Namespace, at: At) -> Answer:
    desk = ReadinessDesk(at.rooms(), at.settings.provider.issuer, at.outside)
    return desk.check(desk_of(at).get(asked.client_id), asked.login_url, asked.state_url, at.actor)


def _switch(enabled: bool) -> Any:
    return lambda asked, at: desk_of(at).set_enabled(asked.client_id, enabled, at.actor)


COMMANDS = (
    Command(("clients", "add"), "Register a service; prints its secret once", _registration, _add),
    Command(("clients", "set"), "Change fields of a registration", _change, _set),
    Command(("clients", "list"), "All services", no_arguments, lambda _asked, at: desk_of(at).all()),
    Command(("clients", "show"), "One service as registered", _one_client, lambda asked, at: desk_of(at).show(asked.client_id)),
    Command(("clients", "disable"), "Pause a service", _one_client, _switch(False)),
    Command(("clients", "enable"), "Let a paused service in again", _one_client, _switch(True)),
    Command(("clients", "secret"), "Make a new secret; prints it once", _overlap, _secret),
    Command(("clients", "check"), "Rehearse right and wrong sign-ins with a service", _readiness, _check),
)
