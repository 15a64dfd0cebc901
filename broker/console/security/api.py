"""The JSON API of the console: an access token of somebody of the staff, the same rights, the same passkey for dangerous acts.

A dangerous call is first answered with 401 and `confirm_url`. There the person, signed in in the same session, shows the
passkey for exactly this call: method, address and body. Then the program repeats it (RFC 9470).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

from flask import Blueprint, Request, Response, jsonify, request

from broker.audit.catalogue_staff import StaffRefused
from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.console.rights import DANGEROUS, may
from broker.console.security.api_acts import Act, pending
from broker.console.security.api_call import Asked, Call
from broker.console.security.api_calls import CALLS
from broker.console.security.entrance import CONFIRMED, has_shown_passkey, roles_of
from broker.console.security.needs import needs
from broker.console.security.room import SecurityRoom
from broker.directory.person import Person
from broker.foundation.encoding import digest
from broker.sessions.session import Session
from broker.tokens.living import Living

NAME: Final = "security_api"
_PREFIX: Final = "/api/admin"


class TokenDoor(Protocol):
    """What opens for access tokens with the scope `admin`; the provider's."""

    def enter(self, request: Request) -> Living | Response: ...
    def not_sure_enough(self, request: Request, within: timedelta | None) -> Response: ...


class Unanswered(Exception):
    """The call is answered by the entrance itself."""

    def __init__(self, response: Response):
        super().__init__("the entrance answers")
        self.response = response


def api_routes(room: SecurityRoom, door: TokenDoor) -> Blueprint:
    """Mount it at the root of the issuer."""
    blueprint = Blueprint(NAME, __name__)
    for call in CALLS:
        rule = _PREFIX + call.path
        blueprint.add_url_rule(rule, call.name, _view(room, door, call), methods=[call.method])

    @blueprint.after_request
    def no_store(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def _view(room: SecurityRoom, door: TokenDoor, call: Call) -> Callable[..., Response]:
    @needs(call.action)
    def view(**about: str) -> Response:
        try:
            actor, said = _let_in(room, door, call)
            return jsonify(call.do(Asked(room, actor, about, said)))
        except Unanswered as unanswered:
            return unanswered.response
        except Refused as refused:
            return _error(409, "refused", str(refused))

    return view


def _let_in(room: SecurityRoom, door: TokenDoor, call: Call) -> tuple[Actor, Mapping[str, Any]]:
    """Who calls, and what they say; raises Unanswered for everybody who may not."""
    living = door.enter(request)
    if isinstance(living, Response):
        raise Unanswered(living)
    session, person = _somebody(room, door, living)
    actor = Actor("staff", person.id)
    if not may(roles_of(person), call.action):
        with room.database.work():
            room.journal.append(StaffRefused(person.id, call.action.value), actor)
        raise Unanswered(_error(403, "insufficient_scope", "none of your roles may do this"))
    said = _body()
    if call.action in DANGEROUS:
        _require_confirmed(room, door, call, session)
    return actor, said


def _somebody(room: SecurityRoom, door: TokenDoor, living: Living) -> tuple[Session, Person]:
    """The session behind the token and the person as they are today, sure enough for the console."""
    assert living.grant is not None, "the door lets in tokens of people only"
    about = living.grant.authorization
    session = room.sessions.find(about.session_id)
    settings, now = room.settings, room.outside.now()
    is_sure = session is not None and session.level == CONFIRMED and now - session.authenticated_at < settings.signed_in_within
    if session is None or not is_sure or not has_shown_passkey(room, session):
        # The passkey is shown at the console: a program cannot, and this is what it tells its person.
        response = door.not_sure_enough(request, settings.signed_in_within)
        response.headers["Link"] = f'<{room.origin}/admin>; rel="help"'
        raise Unanswered(response)
    stand = room.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
    if not stand.is_allowed or stand.person is None:
        raise Unanswered(door.not_sure_enough(request, settings.fresh_within))
    return session, stand.person


def _require_confirmed(room: SecurityRoom, door: TokenDoor, call: Call, session: Session) -> None:
    if room.outside.now() - session.authenticated_at >= room.settings.fresh_within:
        raise Unanswered(door.not_sure_enough(request, room.settings.fresh_within))
    act = Act(call.action, request.path, digest(request.get_data(as_text=True)))
    if room.presence.take_act(session.id, act.name):
        return
    response = door.not_sure_enough(request, room.settings.fresh_within)
    told = {"error": "insufficient_user_authentication", "confirm_url": pending(room, session.id, act)}
    response.set_data(json.dumps(told))
    raise Unanswered(response)


def _body() -> Mapping[str, Any]:
    if request.method == "GET":
        return request.args.to_dict()
    try:
        found = json.loads(request.get_data() or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unanswered(_error(400, "invalid_request", "the body must be a JSON object"))
    return found


def _error(status: int, error: str, description: str) -> Response:
    response = jsonify(error=error, error_description=description)
    response.status_code = status
    return response
