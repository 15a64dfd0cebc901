"""Who may come in: staff of an open school, signed in today through Gosuslugi. Asked before every address of the console."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.rights import Action, may
from broker.console.school.room import SchoolRoom
from broker.console.school.visit import Visit, purpose_of
from broker.console.school_rosters import MOST_BYTES
from broker.directory.person import Person
from broker.directory.school_person import CardGuarded, holds
from broker.screens.causes import cause
from broker.screens.forms import FORM_FIELD, FirstUse, Repeat
from broker.screens.pages import CausePage, Word
from broker.screens.school_pages import NoticePage, PostForm, SchoolChoosePage
from broker.screens.view import view_of
from broker.sessions.session import Session

SIGN_IN: Final = "/login?next=school"
SIGN_IN_AGAIN: Final = "/login?next=school&fresh=1"
CHOOSE: Final = "/school/choose"
COOKIE: Final = "school"
LONGEST_SIGN_IN: Final = timedelta(hours=12)
# A diary password is known to whoever found the sheet of paper; the console opens hundreds of cards.
_TOO_WEAK: Final = "diary"
_BODY: Final = {"/school/roster": MOST_BYTES}
_YEAR: Final = 365 * 24 * 3600
_ROLE_WORDS: Final = {"school_administrator": "school_admin"}


@dataclass(frozen=True, slots=True)
class _Staff:
    session: Session
    person: Person
    schools: tuple[str, ...]


def enter(room: SchoolRoom) -> AnyResponse | None:
    """Let somebody in, or answer instead. The visit is left for the page that follows."""
    found = _staff_of(room)
    if not isinstance(found, _Staff):
        return found
    if request.path == CHOOSE:
        return _choose(room, found)
    chosen = request.cookies.get(room.cookies.name_of(COOKIE), "")
    school_id = chosen if chosen in found.schools else found.schools[0]
    if len(found.schools) > 1 and school_id != chosen:
        return redirect(CHOOSE, 303)
    cards = room.schools.cards(school_id)
    zone, several = room.zone_of(cards.school.region), len(found.schools) > 1
    g.school_visit = visit = Visit(room, found.person, found.session, cards, view_of(request), zone, several)
    if request.method == "POST":
        # One address takes a file, and nobody who is not staff gets so far as to send one.
        request.max_content_length = _BODY.get(request.path, request.max_content_length)
        g.school_visit = replace(visit, use=_key_of(room, found.session, school_id))
    return None


def not_here(room: SchoolRoom) -> Response:
    """One answer for what is not there and for what is another school's."""
    page = CausePage(cause(1010), room.outside.now(), room.screens.settings.zone, primary_url="/school/cases")
    return room.screens.render(page, view_of(request))


def answers(room: SchoolRoom, error: Exception) -> Response:
    """What a page says when the cards refuse."""
    visit: Visit | None = g.get("school_visit")
    if isinstance(error, CardGuarded) and visit is not None:
        return visit.show(NoticePage(visit.frame("people"), "guarded", "/school/people"), 403)
    return not_here(room)


def _staff_of(room: SchoolRoom) -> _Staff | AnyResponse:
    session = room.sessions.current(request.cookies.get(room.cookies.name_of("session")))
    if session is None:
        return redirect(SIGN_IN, 303)
    stand = room.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
    if not stand.is_allowed or stand.person is None:
        return redirect(SIGN_IN, 303)
    schools = _schools_of(room, stand.person)
    if not schools:
        return _not_for(room, stand.person)
    is_old = room.outside.now() - session.authenticated_at >= LONGEST_SIGN_IN
    if is_old or session.connector == _TOO_WEAK:
        return redirect(SIGN_IN_AGAIN, 303)
    return _Staff(session, stand.person, schools)


def _schools_of(room: SchoolRoom, person: Person) -> tuple[str, ...]:
    """Open schools whose console this person runs today, by the day of the school's own region."""
    now = room.outside.now()
    found = [
        place.school.id
        for place in person.memberships
        if may((place.role.value,), Action.RUN_SCHOOL)
        and place.school.is_open
        and holds(place, now.astimezone(room.zone_of(place.school.region)).date())
    ]
    return tuple(dict.fromkeys(found))


def _not_for(room: SchoolRoom, person: Person) -> Response:
    """Cause 7009, the same for every address: nobody learns here what exists."""
    day = room.outside.now().date()
    own = tuple(Word(f"role.{_ROLE_WORDS.get(role.value, role.value)}") for role in person.roles_on(day))
    variables = {"roles": (Word("role.school_admin"),), "role": own or (Word("role.staff"),)}
    page = CausePage(cause(7009), room.outside.now(), room.screens.settings.zone, variables, primary_url="/me")
    return room.screens.render(page, view_of(request))


def _key_of(room: SchoolRoom, session: Session, school_id: str) -> FirstUse | Repeat:
    """Every POST of the console carries a key made for this session, this school and this address.

    Raises:
        FormStale: it does not (cause 1009).
    """
    return room.form_keys.require(session.id, purpose_of(school_id, request.path), request.form.get(FORM_FIELD))


def _choose(room: SchoolRoom, found: _Staff) -> AnyResponse:
    """Which of several schools; the choice is remembered in this browser and checked again at every request."""
    if request.method == "POST":
        room.form_keys.require(found.session.id, purpose_of("", CHOOSE), request.form.get(FORM_FIELD))
        wanted = request.form.get("school", "")
        if wanted not in found.schools:
            return not_here(room)
        response = redirect("/school/cases", 303)
        response.set_cookie(room.cookies.name_of(COOKIE), wanted, max_age=_YEAR, **room.cookies.flags())
        return response
    view = view_of(request)
    schools = [room.schools.cards(school_id).school for school_id in found.schools]
    named = tuple((one.id, one.name_ru if view.language == "ru" else one.name_en) for one in schools)
    form = PostForm(CHOOSE, room.form_keys.issue(found.session.id, purpose_of("", CHOOSE)))
    return room.screens.render(SchoolChoosePage(named, form), view)
