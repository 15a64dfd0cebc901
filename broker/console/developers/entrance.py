"""Who may come in: developers, signed in today through Gosuslugi. Asked before every address but those that anybody may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.clients.developers_store import Developer
from broker.console.developers.room import DevRoom
from broker.console.developers.visit import DevVisit, purpose_of
from broker.screens.causes import cause
from broker.screens.forms import FORM_FIELD
from broker.screens.pages import CausePage
from broker.screens.values import Word
from broker.screens.view import view_of
from broker.sessions.session import Session

SIGN_IN: Final = "/login?next=developers"
SIGN_IN_AGAIN: Final = "/login?next=developers&fresh=1"
LONGEST_SIGN_IN: Final = timedelta(hours=12)
# A diary password is known to whoever found the sheet of paper.
_TOO_WEAK: Final = "diary"


@dataclass(frozen=True, slots=True)
class _Somebody:
    session: Session
    developer: Developer


def enter(room: DevRoom) -> AnyResponse | None:
    """Let somebody in, or answer instead. The visit is left for the page that follows."""
    if request.endpoint in room_views():
        return None
    found = _somebody(room)
    if not isinstance(found, _Somebody):
        return found
    use = None
    if request.method == "POST":
        # Raises FormStale (cause 1009): every POST carries a key made for this session and this address.
        use = room.form_keys.require(found.session.id, purpose_of(request.path), request.form.get(FORM_FIELD))
    g.developer_visit = DevVisit(room, found.developer, found.session, view_of(request), use)
    return None


def room_views() -> frozenset[str]:
    """What needs no sign-in: the reference of causes, and the way of a test, on which somebody else is signed in."""
    return frozenset(f"developers.{name}" for name in ("causes", "one_cause", "go", "come_back", "walked_page"))


def not_here(room: DevRoom) -> Response:
    """One answer for what is not there and for what is another organisation's."""
    page = CausePage(cause(1010), room.outside.now(), room.screens.settings.zone, primary_url="/dev")
    return room.screens.render(page, view_of(request))


def _somebody(room: DevRoom) -> _Somebody | AnyResponse:
    session = room.sessions.current(request.cookies.get(room.cookies.name_of("session")))
    if session is None:
        return redirect(SIGN_IN, 303)
    stand = room.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
    if not stand.is_allowed or stand.person is None:
        return redirect(SIGN_IN, 303)
    developer = room.developers.find(session.person_id)
    if developer is None:
        variables = {"roles": (Word("role.developer"),), "role": (Word("role.staff"),)}
        page = CausePage(cause(7009), room.outside.now(), room.screens.settings.zone, variables, primary_url="/me")
        return room.screens.render(page, view_of(request))
    if room.outside.now() - session.authenticated_at >= LONGEST_SIGN_IN or session.connector == _TOO_WEAK:
        return redirect(SIGN_IN_AGAIN, 303)
    return _Somebody(session, developer)
