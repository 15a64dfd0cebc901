"""1xxx: the browser, the page, the time. Each walk ends at the page of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Thread

import requests

from tests.journeys.failures.stage import Walk, arrive, post_form, returned, start_page, to_esia
from tests.support.browser import Browser
from tests.support.invited import give_contacts, invited, say_right
from tests.support.own import Post, at
from tests.support.page import Page
from tests.support.visits import came_to

EXPLORER = "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"


def cookies_off(stage: Post, browser: Browser) -> Page:
    page = browser.open(stage.town.relying_party().begin(region="29").url, follow=False)
    browser.session.cookies.clear()
    return browser.open(f"{stage.town.issuer}{came_to(page)}")


def login_expired(stage: Post, browser: Browser) -> Page:
    start = start_page(stage, browser)
    stage.town.clock.advance(timedelta(minutes=16))
    return browser.open(f"{start.url}/to/esia")


def page_used(stage: Post, browser: Browser) -> Page:
    arrive(stage, browser, "orlova")
    return browser.open(next(url for url in browser.visited if "/authorize/resume" in url))


def double_submit(stage: Post, browser: Browser) -> Page:
    """Gosuslugi takes its time; meanwhile the page is opened once more in the same browser."""
    start = start_page(stage, browser)
    back = returned(stage.town, browser, "orlova", start)
    stage.town.arm("te", "slow", seconds=3)
    with Browser() as first:
        first.session.cookies.update(browser.session.cookies)
        slow = Thread(target=first.open, args=(back,), kwargs={"follow": False})
        slow.start()
        _wait_at_gosuslugi(stage, slow)
        page = browser.open(start.url)
        slow.join(30)
    return page


def _wait_at_gosuslugi(stage: Post, slow: Thread) -> None:
    """The fault is gone as soon as Gosuslugi has begun to be slow: then the first request is at work."""
    for _ in range(200):
        if not requests.get(f"{stage.town.esia}/faults", timeout=30).json()["faults"]:
            return
        slow.join(0.02)
    raise AssertionError("nobody has asked Gosuslugi")


def other_window(stage: Post, browser: Browser) -> Page:
    with Browser() as other:
        theirs = start_page(stage, other)
    start_page(stage, browser)
    return browser.open(theirs.url)


def idle_over(stage: Post, browser: Browser) -> Page:
    page = say_right(browser, invited(stage.town).open(browser))
    stage.town.clock.advance(timedelta(minutes=16))
    return give_contacts(browser, page)


def clock_wrong(stage: Post, browser: Browser) -> Page:
    """What the script of the start page does when the device is two hours behind."""
    start = start_page(stage, browser)
    return browser.open(clock_address(start.url, stage.town.clock.now() - timedelta(hours=2)))


def clock_address(start: str, device_at: datetime) -> str:
    """Where the script sends the browser."""
    return f"{start}/clock/{int(device_at.timestamp() * 1000)}"


def too_old(stage: Post, browser: Browser) -> Page:
    browser.session.headers["User-Agent"] = EXPLORER
    return start_page(stage, browser)


def form_stale(stage: Post, browser: Browser) -> Page:
    at(stage.town, browser, "/recover/start")
    return browser.submit(post_form(f"{stage.town.issuer}/recover/start", form_key="forged", name="orlova.diary"))


def not_found(stage: Post, browser: Browser) -> Page:
    return at(stage.town, browser, "/nowhere")


def too_many(stage: Post, browser: Browser) -> Page:
    for _ in range(10):
        assert arrive(stage, browser, "titov").forms_with("login", "password")
    return arrive(stage, browser, "titov")


def left_gosuslugi(stage: Post, browser: Browser) -> Page:
    """1007 stands in a box of the start page, since nothing went wrong."""
    start = start_page(stage, browser)
    to_esia(browser, start)
    return browser.open(start.url)


WALKS: Mapping[int, Walk] = {
    1001: cookies_off,
    1002: login_expired,
    1003: page_used,
    1004: double_submit,
    1005: other_window,
    1006: idle_over,
    1008: clock_wrong,
    1009: form_stale,
    1010: not_found,
    1011: too_many,
    1012: too_old,
}
