"""3xxx, 4xxx and 5xxx: whose diary it is, the diary password, the invitation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from broker.audit.event import SYSTEM
from tests.journeys.failures.stage import Walk, arrive, post_form, spoilt, start_page
from tests.support.browser import Browser
from tests.support.invited import EMAIL, finish, invited
from tests.support.linking import as_before, show
from tests.support.own import Post, at, enter, link_in
from tests.support.page import Page
from tests.support.twins import paused, two_cards
from tests.support.visits import rewrite_card


def _arrive(login: str, **asked: str) -> Walk:
    return lambda stage, browser: arrive(stage, browser, login, **asked)


def sex_differs(stage: Post, browser: Browser) -> Page:
    rewrite_card(stage.town, "demo-semyonov", sex="F")
    return arrive(stage, browser, "semyonov")


def without_parent(stage: Post, browser: Browser) -> Page:
    return spoilt(stage, browser, "belov.t", "rs", "no_parent")


def other_person(stage: Post, browser: Browser) -> Page:
    return show(browser, arrive(stage, browser, "titov"), "volkova.diary")


def duplicate(stage: Post, browser: Browser) -> Page:
    with two_cards(stage.town, "demo-orlova"):
        return arrive(stage, browser, "orlova")


def sign_in_paused(stage: Post, browser: Browser) -> Page:
    with paused(stage.town, "demo-orlova"):
        return arrive(stage, browser, "orlova")


def gosuslugi_taken(stage: Post, browser: Browser) -> Page:
    """Two windows, two cards of one name: the second password comes when the account is connected already."""
    as_before(stage.town, "demo-filippov", "demo-filippov-2")
    with Browser() as first:
        page, late = arrive(stage, first, "filippov"), arrive(stage, browser, "filippov")
        show(first, page, "filippov.diary")
    taken = show(browser, late, "filippov2.diary")
    as_before(stage.town, "demo-filippov", "demo-filippov-2")
    return taken


def proof_too_late(stage: Post, browser: Browser) -> Page:
    page = arrive(stage, browser, "zhdanova")
    stage.town.clock.advance(timedelta(minutes=15))
    return show(browser, page, "zhdanova.diary")


def password_wrong(stage: Post, browser: Browser) -> Page:
    """4001 stands beside the field, and says how many tries are left."""
    return show(browser, arrive(stage, browser, "zhdanova"), "zhdanova.diary", "wrong")


def password_locked(stage: Post, browser: Browser) -> Page:
    page = arrive(stage, browser, "zhdanova")
    for _ in range(10):
        page = show(browser, page, "zhdanova.diary", "wrong")
    return page


def invitation_used(stage: Post, browser: Browser) -> Page:
    guest = invited(stage.town)
    with Browser() as first:
        finish(first, guest.open(first))
    return guest.open(browser)


def invitation_expired(stage: Post, browser: Browser) -> Page:
    guest = invited(stage.town, days=1)
    stage.town.clock.advance(timedelta(days=2))
    return guest.open(browser)


def password_closed(stage: Post, browser: Browser) -> Page:
    start = start_page(stage, browser)
    return browser.submit(post_form(f"{start.url}/password", login="orlova.diary", password="demo-diary"))


def data_wrong(stage: Post, browser: Browser) -> Page:
    asked = browser.submit(invited(stage.town).open(browser).form("decision"), decision="wrong")
    return browser.submit(asked.form("form_key"), fields="surname")


def login_twice(stage: Post, browser: Browser) -> Page:
    enter(stage.town, browser, "dorofeev")
    page = at(stage.town, browser, "/me/login")
    if page.forms_with("login"):
        browser.submit(page.form("login"), login="dorofeev.new")
    return at(stage.town, browser, "/me/login")


def _letter(stage: Post, browser: Browser) -> str:
    """The link that the wizard has sent."""
    with stage.town.house.app.app_context():
        for one in stage.town.house.contacts.of("demo-krylova"):
            stage.town.house.contacts.remove("demo-krylova", one.kind, SYSTEM)
    finish(browser, invited(stage.town).open(browser))
    return link_in(stage.mails(EMAIL)[-1])


def link_expired(stage: Post, browser: Browser) -> Page:
    link = _letter(stage, browser)
    stage.town.clock.advance(timedelta(hours=24))
    return browser.open(link)


def link_used(stage: Post, browser: Browser) -> Page:
    link = _letter(stage, browser)
    browser.submit(browser.open(link).form("form_key"))
    return browser.open(link)


WALKS: Mapping[int, Walk] = {
    3101: _arrive("titov"),
    3102: _arrive("volkova"),
    3103: _arrive("lebedev"),
    3104: _arrive("nikitina"),
    3105: sex_differs,
    3106: _arrive("zhdanova"),
    3107: _arrive("filippov"),
    3108: duplicate,
    3109: _arrive("gromova"),
    3110: _arrive("sokolova.a"),
    3111: _arrive("kiselev"),
    3112: _arrive("sokolov", region="29"),
    3113: without_parent,
    3114: _arrive("morozov"),
    3115: other_person,
    3116: _arrive("baranova"),
    3201: _arrive("pavlova"),
    3202: gosuslugi_taken,
    3203: proof_too_late,
    3204: sign_in_paused,
    4002: password_locked,
    4003: _arrive("zaytsev"),
    4004: invitation_used,
    4005: invitation_expired,
    4006: password_closed,
    5001: data_wrong,
    5010: login_twice,
    5013: link_expired,
    5014: link_used,
}
