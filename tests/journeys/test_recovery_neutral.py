"""A stranger at the recovery learns nothing: pages, statuses and headers are equal to the byte, known or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from broker.screens.forms import FORM_FIELD
from tests.support.browser import Browser
from tests.support.own import Post, at, submit, town_with_post
from tests.support.page import Page

# Each with what is known beside what is not: written alike, so that even the length says nothing.
KINDS = {
    "login": ("orlova.diary", "orlowa.diary"),
    "e-mail": ("orlova@example.org", "orlowa@example.org"),
    "phone": ("+7 900 000-00-01", "+7 900 000-00-02"),
    "no contact": ("volkova.diary", "wolkova.diary"),
    "unconfirmed": ("semyonov@example.org", "semyonow@example.org"),
    "blocked": ("zaytsev.diary", "zaytzev.diary"),
    "never activated": ("sokolova.a.diary", "sokolowa.a.diary"),
}
LANGUAGES = ("ru", "en")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("town")) as built:
        yield built


def plain(page: Page) -> tuple[int, str, dict[str, str], str]:
    """A page without its one-time keys and the name that was typed into its field."""
    body = re.sub(rf'name="{FORM_FIELD}" value="[^"]*"', "KEY", page.body)
    # The number for the school is another one for every name; tests/journeys/test_recovery_by_school.py looks at it.
    body = re.sub(r"\b\d{4}-\d{4}\b", "NUMBER", body)
    headers = {name: value for name, value in page.headers.items() if name not in ("date", "set-cookie")}
    return page.status, page.url, headers, body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_asked_for_the_same_way_by_everybody(here: Post, kind: str, language: str) -> None:
    here.town.clock.advance(timedelta(hours=2))
    pages: list[list[tuple[int, str, dict[str, str], str]]] = []
    for name in KINDS[kind]:
        with Browser(language) as browser:
            form = at(here.town, browser, "/recover/start").form("name")
            first = browser.submit(form, follow=False, name=name)
            steps = [first, browser.open(f"{here.town.issuer}/recover/code")]
            steps += [submit(here.town, browser, "/recover/code", code="000000") for _ in range(5)]
            steps.append(at(here.town, browser, "/recover/password"))
            pages.append([plain(step) for step in steps])

    known, unknown = pages
    assert unknown == known
    assert 303 == known[0][0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_login_is_asked_for_the_same_way_by_everybody(here: Post, kind: str) -> None:
    here.town.clock.advance(timedelta(hours=2))
    pages = []
    for name in KINDS[kind]:
        with Browser() as browser:
            form = at(here.town, browser, "/recover/login").form("name")
            first = browser.submit(form, follow=False, name=name)
            pages.append([plain(first), plain(at(here.town, browser, "/recover/login/sent"))])

    assert pages[1] == pages[0]


@pytest.mark.parametrize("kind", ["login", "e-mail", "phone"])
def test_too_many_is_told_the_same_way_to_everybody(here: Post, kind: str) -> None:
    here.town.clock.advance(timedelta(hours=2))
    pages = []
    for name in KINDS[kind]:
        for _ in range(5):
            with Browser() as browser:
                submit(here.town, browser, "/recover/start", name=name)
        with Browser() as browser:
            pages.append(plain(submit(here.town, browser, "/recover/start", name=name)))

    assert pages[1] == pages[0]
    assert 429 == pages[0][0]


def test_only_the_known_get_letters(here: Post) -> None:
    here.town.clock.advance(timedelta(hours=2))
    here.mails("")
    before = len(here.mail.messages) + len(here.phone.messages)
    for kind in ("no contact", "unconfirmed", "blocked", "never activated"):
        for name in KINDS[kind]:
            with Browser() as browser:
                submit(here.town, browser, "/recover/start", name=name)
                submit(here.town, browser, "/recover/login", name=name)
    here.mails("")

    assert before == len(here.mail.messages) + len(here.phone.messages)
