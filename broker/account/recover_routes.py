"""/recover: what happened, a code, a new password. Every answer is the same for people we know and people we do not."""

from __future__ import annotations

from flask import Blueprint, Response, request

from broker.account.answers import SIGN_IN_URL, cause_page, see_other
from broker.account.contact_routes import CODE_GONE, code_refused
from broker.account.password_routes import repeat_is_wrong
from broker.account.posted import Done, Outcome, Stopped, wrong
from broker.account.recover_school_routes import SCHOOL, school_way_routes
from broker.account.recovering import (
    even_time,
    find_proven,
    refused_name,
    refused_tries,
    request_of,
    send_codes,
    send_logins,
    set_recovered_password,
    take_proof,
)
from broker.account.room import AccountRoom
from broker.account.said import Said, find_said, say
from broker.account.stranger import looking, posting
from broker.account.visitor import fresh_url, password_lets_in
from broker.foundation.encoding import digest
from broker.screens.field_errors import FieldError
from broker.screens.recovery_pages import (
    RecoverCodePage,
    RecoveredPage,
    RecoverLoginPage,
    RecoverPage,
    RecoverPasswordPage,
    RecoverStartPage,
)
from broker.screens.view import View, view_of

RECOVER, START, CODE = "/recover", "/recover/start", "/recover/code"
PASSWORD, DONE = "/recover/password", "/recover/done"
LOGIN, LOGIN_SENT = "/recover/login", "/recover/login/sent"
GOSUSLUGI = "/recover/gosuslugi"
_LONGEST_NAME = 254


def recover_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""
    @blueprint.get(RECOVER)
    def recover() -> Response:
        return room.screens.render(RecoverPage(START, LOGIN, GOSUSLUGI, SCHOOL), view_of(request))

    @blueprint.get(GOSUSLUGI)
    def gosuslugi_password() -> Response:
        return cause_page(room, 6006, view_of(request), room.upstream_recovery_url)

    school_way_routes(blueprint, room)
    _code_routes(blueprint, room)
    _password_routes(blueprint, room)
    _login_routes(blueprint, room)


def _code_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    @blueprint.get(START)
    def start() -> Response:
        return looking(room, lambda secret, view: _start_page(room, secret, view, ()))

    @blueprint.post(START)
    def send() -> Response:
        with even_time(room):
            return posting(room, START, _sent, _start_page)

    @blueprint.get(CODE)
    def ask_code() -> Response:
        return looking(room, lambda secret, view: _code_page(room, secret, view, ()))

    @blueprint.post(CODE)
    def check_code() -> Response:
        return posting(room, CODE, _checked, _code_page)


def _password_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    @blueprint.get(PASSWORD)
    def ask_new_password() -> Response:
        return looking(room, lambda secret, view: _password_page(room, secret, view, ()))

    @blueprint.post(PASSWORD)
    def save_new_password() -> Response:
        return posting(room, PASSWORD, _set, _password_page)

    @blueprint.get(DONE)
    def recovered() -> Response:
        return looking(room, lambda secret, view: _done_page(room, secret, view))


def _login_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    @blueprint.get(LOGIN)
    def ask_contact() -> Response:
        return looking(room, lambda secret, view: _login_page(room, secret, view, ()))

    @blueprint.post(LOGIN)
    def send_login() -> Response:
        with even_time(room):
            return posting(room, LOGIN, _login_sent, _login_page)

    @blueprint.get(LOGIN_SENT)
    def login_sent() -> Response:
        is_late = room.changing.delays.are_on()
        page = RecoverLoginPage(LOGIN, "", SCHOOL, SIGN_IN_URL, is_sent=True, is_late=is_late)
        return room.screens.render(page, view_of(request))


def _typed_name() -> str:
    return request.form.get("name", "")[:_LONGEST_NAME].strip()


def _start_page(room: AccountRoom, secret: str, view: View, errors: tuple[FieldError, ...]) -> Response:
    key = room.form_keys.issue(digest(secret), START)
    page = RecoverStartPage(START, key, fresh_url("password"), LOGIN, SCHOOL, _typed_name(), errors)
    return room.screens.render(page, view, status=400 if errors else 200)


def _sent(room: AccountRoom, secret: str, view: View) -> Outcome:
    name = _typed_name()
    if not name:
        return wrong("name", "recover.empty")
    refused = refused_tries(room, secret, request.remote_addr or "") or refused_name(room, "password", name)
    if refused is not None:
        return refused
    send_codes(room, name, secret, view.language)
    return Done(CODE)


def _code_page(room: AccountRoom, secret: str, view: View, errors: tuple[FieldError, ...]) -> Response:
    if request_of(room, secret) is None:
        return see_other(START)
    # Asked for everybody's letters, never for one person's: whoever we do not know is told the same.
    is_late = room.changing.delays.are_on()
    page = RecoverCodePage(CODE, room.form_keys.issue(digest(secret), CODE), START, SCHOOL, is_late, errors)
    return room.screens.render(page, view, status=400 if errors else 200)


def _checked(room: AccountRoom, secret: str, _view: View) -> Outcome:
    refused = code_refused(request.form.get("code", "")) or refused_tries(room, secret, request.remote_addr or "")
    if refused is not None:
        return refused
    request_id = request_of(room, secret)
    if request_id is None:
        return Stopped(CODE_GONE, START)
    answer = room.changing.recovery.check(request_id, secret, request.form.get("code", ""))
    if answer.state == "right":
        return Done(PASSWORD)
    if answer.state == "wrong" and answer.left:
        return wrong("code", "code.wrong", answer.left)
    return Stopped(CODE_GONE, START)


def _password_page(room: AccountRoom, secret: str, view: View, errors: tuple[FieldError, ...]) -> Response:
    person = find_proven(room, secret)
    if person is None:
        return cause_page(room, CODE_GONE, view, START)
    key = room.form_keys.issue(digest(secret), PASSWORD)
    page = RecoverPasswordPage(PASSWORD, key, not password_lets_in(room, person), errors)
    return room.screens.render(page, view, status=400 if errors else 200)


def _set(room: AccountRoom, secret: str, view: View) -> Outcome:
    person, password = find_proven(room, secret), request.form.get("password", "")
    if person is None:
        return Stopped(CODE_GONE, START)
    # Looked at before the proof is spent: a password that is too short must not cost the person a new code.
    made = room.belongings.credentials.prepare(person, password)
    if repeat_is_wrong(password):
        return wrong("password_repeat", "password.repeat")
    if not take_proof(room, secret, person):
        return Stopped(CODE_GONE, START)
    set_recovered_password(room, person, made, view.language)
    say(room.shelf, digest(secret), Said("recovered", n=int(not password_lets_in(room, person))))
    return Done(DONE)


def _done_page(room: AccountRoom, secret: str, view: View) -> Response:
    said = find_said(room.shelf, digest(secret))
    if said is None:
        return see_other(RECOVER)
    return room.screens.render(RecoveredPage(room.back_url(digest(secret)) or SIGN_IN_URL, only_proof=bool(said.n)), view)


def _login_page(room: AccountRoom, secret: str, view: View, errors: tuple[FieldError, ...]) -> Response:
    key = room.form_keys.issue(digest(secret), LOGIN)
    page = RecoverLoginPage(LOGIN, key, SCHOOL, SIGN_IN_URL, _typed_name(), errors=errors)
    return room.screens.render(page, view, status=400 if errors else 200)


def _login_sent(room: AccountRoom, secret: str, view: View) -> Outcome:
    text = _typed_name()
    if not text:
        return wrong("name", "contacts.one")
    refused = refused_tries(room, secret, request.remote_addr or "") or refused_name(room, "login", text)
    if refused is not None:
        return refused
    send_logins(room, text, view.language)
    return Done(LOGIN_SENT)
