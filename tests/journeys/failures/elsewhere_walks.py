"""Causes without a page of their own: said on a page of another name, or to the service only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from tests.journeys.failures.browser_walks import left_gosuslugi
from tests.journeys.failures.diary_walks import password_wrong
from tests.journeys.failures.service_walks import NOBODY
from tests.journeys.failures.stage import Walk, arrive
from tests.support.browser import Browser
from tests.support.own import Post, at, submit
from tests.support.page import Page
from tests.support.visits import came_to, decide, open_straight, register, tokens_of, visit

LEVEL = '{"id_token":{"acr":{"essential":true,"values":["urn:school-signin:esia:confirmed"]}}}'


def code_sent(stage: Post, browser: Browser) -> Page:
    return submit(stage.town, browser, "/recover/start", name=NOBODY)


def no_contacts(stage: Post, browser: Browser) -> Page:
    return at(stage.town, browser, "/recover/school")


def letters_late(stage: Post, browser: Browser) -> Page:
    """The mail server takes nothing for six minutes."""
    submit(stage.town, browser, "/recover/start", name="orlova.diary")
    stage.mail.answers[:] = ["451 4.3.0 later"] * 9
    stage.mails("")
    stage.mail.answers.clear()
    stage.town.clock.advance(timedelta(minutes=6))
    return at(stage.town, browser, "/recover/code")


def signed_out(stage: Post, browser: Browser) -> Page:
    """The service has named no address, so nobody is sent anywhere."""
    arrive(stage, browser, "orlova")
    page = browser.open(stage.town.relying_party().discovery()["end_session_endpoint"])
    return browser.submit(page.form("form_key"), decision="sign_out")


# Code: what is said, and the walk.
ON_A_PAGE: Mapping[int, tuple[str, Walk]] = {
    1007: ("cause.1007.title", left_gosuslugi),
    4001: ("field_error.login.wrong", password_wrong),
    6001: ("cause.6001.title", code_sent),
    6005: ("cause.6005.title", no_contacts),
    7010: ("cause.7010.title", signed_out),
    8005: ("cause.8005.title", letters_late),
}


def denied_here(stage: Post, browser: Browser) -> str:
    olymp = stage.town.relying_party("olymp", "openid profile")
    request = olymp.begin(prompt="consent")
    page = decide(stage.town, browser, stage.town.sign_in(browser, "orlova", request.url), "deny")
    return olymp.answer(came_to(page), request)["error"]


def silence_asked(stage: Post, browser: Browser) -> str:
    return open_straight(browser, stage.town.relying_party(), prompt="none")[1]["error"]


def level_too_low(stage: Post, browser: Browser) -> str:
    """A child's account lets into the diary, and not into a service that insists on a confirmed one."""
    diary = stage.town.relying_party()
    request = diary.begin(region="29", claims=LEVEL)
    return diary.answer(came_to(stage.town.sign_in(browser, "belov.t", request.url)), request)["error"]


def consent_revoked(stage: Post, browser: Browser) -> str:
    club = register(stage.town, "revoked", "openid profile offline_access")
    tokens = tokens_of(club, visit(stage.town, browser, club, "orlova"))
    for form in at(stage.town, browser, "/me/permissions").forms_with("consent_id"):
        browser.submit(form, consent_id=dict(form.buttons)["consent_id"])
    answer = club.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    return str(answer.json()["error"])


def journaled(stage: Post) -> set[int]:
    """The causes that the journal has written down."""
    with stage.town.house.app.app_context():
        entries = stage.town.house.journal.tail(50)
    return {entry.fields["cause"] for entry in entries if isinstance(entry.fields.get("cause"), int)}


# Code: the error of the protocol, and the walk that gives what came.
TO_THE_SERVICE: Mapping[int, tuple[str, Callable[[Post, Browser], str]]] = {
    7005: ("access_denied", denied_here),
    7006: ("login_required", silence_asked),
    7008: ("unmet_authentication_requirements", level_too_low),
    9003: ("invalid_grant", consent_revoked),
}
# A question that asks for silence begins no sign-in, and a permission that was taken back has ended its tokens with it.
JOURNALED = {7005, 7008}
