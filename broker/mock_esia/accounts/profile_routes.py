"""A person's own pages at the stand: registration, raising the level, children, and what was permitted to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from broker.mock_esia.accounts.people import WrongField
from broker.mock_esia.accounts.self_service import ChildForm, next_level, raised, registered_by_form, with_child
from broker.mock_esia.oauth.browser_session import begin, find_person_session, find_session
from broker.mock_esia.oauth.grants import Session
from broker.mock_esia.oauth.scopes import shown
from broker.mock_esia.oauth.sign_in_routes import PROFILE, login_page
from broker.mock_esia.pages import page
from broker.mock_esia.stand import Stand

_ZONE = ZoneInfo("Europe/Moscow")


def profile_routes(stand: Stand) -> Blueprint:
    """/profile and /registration."""
    routes = Blueprint("profile", __name__)
    _add_registration(routes, stand)
    _add_profile(routes, stand)
    return routes


def _today(stand: Stand) -> date:
    return stand.now().astimezone(_ZONE).date()


def _add_registration(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/registration")
    def registration_form() -> Response:
        return page("registration.html", typed={}, wrong="")

    @routes.post("/registration")
    def registration() -> Response:
        try:
            person = registered_by_form(stand.people, request.form.to_dict(), _today(stand))
        except ValueError as error:
            return page("registration.html", 400, typed=request.form, wrong=_field_of(error))
        session = find_person_session(stand, person.login, person.password)
        if session is None:
            return redirect(url_for("profile.front"), code=303)
        return begin(stand, session, redirect(url_for("profile.front"), code=303))


def _add_profile(routes: Blueprint, stand: Stand) -> None:
    def act(done: Callable[[Session], None]) -> Response:
        session = find_session(stand)
        if session is None:
            return redirect(url_for("profile.front"), code=303)
        try:
            done(session)
        except ValueError as error:
            return _profile(stand, session, wrong=_field_of(error))
        return redirect(url_for("profile.front"), code=303)

    @routes.get("/profile")
    def front() -> Response:
        session = find_session(stand)
        return _profile(stand, session) if session else login_page(stand, PROFILE)

    @routes.post("/profile/level")
    def level() -> Response:
        typed = request.form.to_dict()
        return act(lambda session: raised(stand.people, session.person.login, typed, _today(stand)))

    @routes.post("/profile/children")
    def child() -> Response:
        form = ChildForm(request.form.to_dict(), _today(stand))
        return act(lambda session: with_child(stand.people, session.person.login, form))

    @routes.post("/profile/consents")
    def withdraw() -> Response:
        client = request.form.get("client", "")

        def done(session: Session) -> None:
            stand.memory.withdraw(session.person.oid, client)

        return act(done)


def _field_of(error: ValueError) -> str:
    """The name of the wrong field; the login, for one that is taken, and for a stand that is full."""
    return error.field if isinstance(error, WrongField) else "login"


def _profile(stand: Stand, session: Session, *, wrong: str = "") -> Response:
    person = stand.people.current(session.person)
    consents = [(one, shown(sorted(one.scopes))) for one in stand.memory.consents.of(person.oid)]
    return page(
        "profile.html", 400 if wrong else 200, person=person, kids=stand.people.kids_of(person), consents=consents,
        next_level=next_level(person), typed=request.form if wrong else {}, wrong=wrong,
    )  # fmt: skip
