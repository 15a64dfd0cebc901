"""/me/password: a new diary password, for somebody who shows the present one or has just come from Gosuslugi."""

from __future__ import annotations

from flask import Blueprint, Response, request

from broker.account.answers import see_other
from broker.account.pages import PASSWORD_URL, PROFILE_URL
from broker.account.posted import Done, Outcome, Stopped, answer_of, post_once, wrong
from broker.account.room import AccountRoom
from broker.account.said import Said, say
from broker.account.visitor import Visitor, fresh_url, is_fresh, password_lets_in, with_visitor
from broker.foundation.encoding import digest
from broker.limits.guesses import Guesser
from broker.linking.standing import DIARY
from broker.screens.field_errors import FieldError
from broker.screens.profile_pages import PasswordPage

_PURPOSE = "account.password"
_BACK = "password"
_RECOVER, _RECOVERED = "/recover", "/recover/done"


def password_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""

    @blueprint.get(PASSWORD_URL)
    def ask_password() -> Response:
        return with_visitor(room, lambda visitor: _elsewhere(room, visitor) or _page(room, visitor, ()))

    @blueprint.post(PASSWORD_URL)
    def save_password() -> Response:
        return with_visitor(room, lambda visitor: _elsewhere(room, visitor) or _post(room, visitor))


def repeat_is_wrong(password: str) -> bool:
    """Whether the second field, which a browser without scripts shows, holds another password."""
    return "password_repeat" in request.form and request.form["password_repeat"] != password


def tell_of_password(room: AccountRoom, person_id: str, language: str) -> None:
    """A letter to the person, inside the caller's unit of work."""
    room.changing.notices.tell(person_id, "password_changed", language, link=f"{room.issuer}{_RECOVER}")


def _elsewhere(room: AccountRoom, visitor: Visitor) -> Response | None:
    """Whoever has neither a password to show nor a fresh sign-in must sign in first; without a login there is no password."""
    if visitor.person.login is None:
        return see_other(PROFILE_URL)
    if _needs_old(room, visitor) and not _has_password(room, visitor):
        return see_other(fresh_url(_BACK, visitor.session.region))
    return None


def _needs_old(room: AccountRoom, visitor: Visitor) -> bool:
    """False for whoever Gosuslugi has vouched for a moment ago; a diary password never proves more than itself."""
    return visitor.session.connector == DIARY or not is_fresh(room, visitor)


def _has_password(room: AccountRoom, visitor: Visitor) -> bool:
    credential = room.belongings.credentials.of(visitor.person.id)
    return credential is not None and credential.has_password


def _page(room: AccountRoom, visitor: Visitor, errors: tuple[FieldError, ...]) -> Response:
    needs_old = _needs_old(room, visitor)
    is_linked = room.belongings.links.of_person(visitor.person.id) is not None
    page = PasswordPage(
        action_url=PASSWORD_URL,
        form_key=room.form_keys.issue(visitor.session.id, _PURPOSE),
        login=visitor.person.login,
        needs_old=needs_old,
        fresh_url=fresh_url(_BACK, visitor.session.region) if needs_old and is_linked else None,
        only_proof=not password_lets_in(room, visitor.person),
        errors=errors,
    )
    return room.screens.render(page, visitor.view, status=400 if errors else 200)


def _post(room: AccountRoom, visitor: Visitor) -> Response:
    outcome = post_once(room, visitor.session.id, _PURPOSE, lambda: _saved(room, visitor))
    return answer_of(room, visitor.view, outcome, lambda errors: _page(room, visitor, errors))


def _saved(room: AccountRoom, visitor: Visitor) -> Outcome:
    person, password = visitor.person, request.form.get("password", "")
    # A new password that cannot be taken costs no try of the old one.
    made = room.belongings.credentials.prepare(person, password)
    if repeat_is_wrong(password):
        return wrong("password_repeat", "password.repeat")
    refused = _old_refused(room, visitor) if _needs_old(room, visitor) else None
    if refused is not None:
        return refused
    with room.database.work():
        room.belongings.credentials.set_password(person, made, visitor.actor)
        room.changing.sign_out.end_others(person.id, visitor.session.id, "password_changed", visitor.actor)
        tell_of_password(room, person.id, visitor.view.language)
    return _done(room, visitor)


def _done(room: AccountRoom, visitor: Visitor) -> Outcome:
    """Back to the profile; or on to the service, for whoever came here from its sign-in, having forgotten the password."""
    browser = digest(request.cookies.get(room.cookies.name_of("browser"), ""))
    if not _needs_old(room, visitor) and room.back_url(browser):
        say(room.shelf, browser, Said("recovered", n=int(not password_lets_in(room, visitor.person))))
        return Done(_RECOVERED)
    say(room.shelf, visitor.session.id, Said("password"))
    return Done(PROFILE_URL)


def _old_refused(room: AccountRoom, visitor: Visitor) -> Outcome | None:
    """Counted by session: whoever has stolen one gets as many guesses as any stranger."""
    login = visitor.person.login or ""
    # The session is a device of the person's own: strangers who try the login elsewhere close nothing here.
    guesser, guesses = Guesser(request.remote_addr or "", visitor.session.id), room.changing.guesses
    counted = guesses.spend(login, guesser)
    if not counted.is_allowed:
        return Stopped(4002, _RECOVER, counted.opens_at)
    if room.belongings.credentials.is_password_of(visitor.person.id, request.form.get("old_password", "")):
        guesses.forget(login, guesser)
        return None
    return wrong("old_password", "password.old", counted.left) if counted.left else Stopped(4002, _RECOVER, counted.opens_at)
