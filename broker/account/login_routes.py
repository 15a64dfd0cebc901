"""/me/login: the one change of the diary login."""

from __future__ import annotations

from flask import Blueprint, Response, request

from broker.account.answers import see_other
from broker.account.pages import LOGIN_URL, PROFILE_URL
from broker.account.posted import Done, Outcome, Stopped, answer_of, post_once
from broker.account.room import AccountRoom
from broker.account.said import Said, say
from broker.account.visitor import Visitor, with_fresh
from broker.directory.credentials import LoginChangedBefore
from broker.screens.field_errors import FieldError
from broker.screens.profile_pages import LoginPage

_PURPOSE = "account.login"
_BACK = "login"
_LONGEST = 64


def login_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""

    @blueprint.get(LOGIN_URL)
    def ask_login() -> Response:
        return with_fresh(room, _BACK, lambda visitor: _ask(room, visitor))

    @blueprint.post(LOGIN_URL)
    def change_login() -> Response:
        return with_fresh(room, _BACK, lambda visitor: _post(room, visitor))


def _ask(room: AccountRoom, visitor: Visitor) -> Response:
    if visitor.person.login is None:
        return see_other(PROFILE_URL)
    credential = room.belongings.credentials.of(visitor.person.id)
    if credential is not None and credential.login_changed_at is not None:
        return answer_of(room, visitor.view, Stopped(LoginChangedBefore.cause, PROFILE_URL), _no_form)
    return _page(room, visitor, ())


def _page(room: AccountRoom, visitor: Visitor, errors: tuple[FieldError, ...]) -> Response:
    page = LoginPage(
        action_url=LOGIN_URL,
        form_key=room.form_keys.issue(visitor.session.id, _PURPOSE),
        login=visitor.person.login,
        typed=request.form.get("login", "")[:_LONGEST],
        errors=errors,
    )
    return room.screens.render(page, visitor.view, status=400 if errors else 200)


def _post(room: AccountRoom, visitor: Visitor) -> Response:
    outcome = post_once(room, visitor.session.id, _PURPOSE, lambda: _changed(room, visitor))
    return answer_of(room, visitor.view, outcome, lambda errors: _page(room, visitor, errors))


def _changed(room: AccountRoom, visitor: Visitor) -> Outcome:
    person = visitor.person
    if person.login is None:
        return Done(PROFILE_URL)
    try:
        with room.database.work():
            room.belongings.credentials.change_login(person, request.form.get("login", ""), visitor.actor)
            room.changing.notices.tell(person.id, "login_changed", visitor.view.language)
    except LoginChangedBefore:
        return Stopped(LoginChangedBefore.cause, PROFILE_URL)
    say(room.shelf, visitor.session.id, Said("login"))
    return Done(PROFILE_URL)


def _no_form(_errors: tuple[FieldError, ...]) -> Response:
    raise RuntimeError("this outcome has no form")
