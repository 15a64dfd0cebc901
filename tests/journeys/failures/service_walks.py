"""6xxx to 9xxx: recovery, services, our own trouble, sessions that were ended."""

from __future__ import annotations

from collections.abc import Mapping

from broker.audit.event import SYSTEM
from broker.signout.untie import UntieCause
from tests.journeys.failures.stage import Walk
from tests.support.browser import Browser
from tests.support.own import Post, at, enter, submit
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.visits import register

NOBODY = "nobody.diary"


def code_expired(stage: Post, browser: Browser) -> Page:
    submit(stage.town, browser, "/recover/start", name=NOBODY)
    return at(stage.town, browser, "/recover/password")


def codes_too_many(stage: Post, browser: Browser) -> Page:
    for _ in range(5):
        with Browser() as other:
            submit(stage.town, other, "/recover/start", name=NOBODY)
    return submit(stage.town, browser, "/recover/start", name=NOBODY)


def gosuslugi_password(stage: Post, browser: Browser) -> Page:
    return at(stage.town, browser, "/recover/gosuslugi")


def unknown_service(stage: Post, browser: Browser) -> Page:
    stranger = RelyingParty(stage.town.issuer, "nobody", None, "http://127.0.0.1:9/nobody")
    return browser.open(stranger.begin().url)


def wrong_address(stage: Post, browser: Browser) -> Page:
    return browser.open(stage.town.relying_party().begin(redirect_uri="http://evil.example/").url)


def paused_service(stage: Post, browser: Browser) -> Page:
    language = str(browser.session.headers["Accept-Language"])
    party = register(stage.town, f"paused-{language}")
    with stage.town.house.app.app_context():
        stage.town.house.clients.set_enabled(party.client_id, False)
    return browser.open(party.begin().url)


def bad_request(stage: Post, browser: Browser) -> Page:
    return browser.open(f"{stage.town.relying_party().begin().url}&client_id=diary")


def other_role(stage: Post, browser: Browser) -> Page:
    return stage.town.sign_in(browser, "orlova", f"{stage.town.issuer}/login?next=school&region=29")


def child_alone(stage: Post, browser: Browser) -> Page:
    language = str(browser.session.headers["Accept-Language"])
    club = register(stage.town, f"club-{language}")
    return stage.town.sign_in(browser, "belov.t", club.begin().url)


def ended_elsewhere(stage: Post, browser: Browser) -> Page:
    enter(stage.town, browser, "belova")
    with Browser() as other:
        enter(stage.town, other, "belova")
        other.submit(at(stage.town, other, "/me/devices").form("session_id"), session_id="")
    return at(stage.town, browser, "/me")


def ended_by_security(stage: Post, browser: Browser) -> Page:
    """Security staff have no page yet (issue 6): the act is done behind the counter, what it means is seen in the browser."""
    enter(stage.town, browser, "belova")
    with stage.town.house.app.app_context():
        stage.town.house.untying.untie("demo-belova", UntieCause.SECURITY, SYSTEM)
    return at(stage.town, browser, "/me")


def not_everywhere(stage: Post, browser: Browser) -> Page:
    """The service does not answer: nobody listens there (what answers, late or not, is in test_back_channel_logout.py)."""
    language = str(browser.session.headers["Accept-Language"])
    club = register(stage.town, f"deaf-{language}", first_party=True, backchannel_logout_uri="http://127.0.0.1:9/logout")
    stage.town.sign_in(browser, "orlova", club.begin().url)
    page = browser.open(club.discovery()["end_session_endpoint"])
    return browser.submit(page.form("form_key"), decision="sign_out")


WALKS: Mapping[int, Walk] = {
    6002: code_expired,
    6004: codes_too_many,
    6006: gosuslugi_password,
    7001: unknown_service,
    7002: wrong_address,
    7003: paused_service,
    7004: bad_request,
    7009: other_role,
    7012: child_alone,
    9001: ended_elsewhere,
    9002: ended_by_security,
    9005: not_everywhere,
}
