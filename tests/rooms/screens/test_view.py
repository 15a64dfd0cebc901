"""How the language and the look of a page are chosen."""

from __future__ import annotations

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from broker.screens.view import SIZES, SPACINGS, THEMES, Look, look_of, view_of


def ask(query: str = "", cookies: str = "", accept: str = "", base_url: str = "http://127.0.0.1/") -> Request:
    headers = {name: value for name, value in (("Cookie", cookies), ("Accept-Language", accept)) if value}
    return Request(EnvironBuilder("/help", base_url=base_url, query_string=query, headers=headers).get_environ())


@pytest.mark.parametrize(
    ("request_", "hint", "language"),
    [
        (ask("lang=en", "lang=ru", "ru"), ("ru",), "en"),
        (ask("", "lang=ru", "en"), ("fr", "en-GB"), "ru"),
        (ask("", "", "ru"), ("fr", "en-GB"), "en"),
        (ask("", "lang=en", "ru"), (), "en"),
        (ask("", "", "fr, en;q=0.8, ru;q=0.5"), (), "en"),
        (ask("", "", "en;q=0, de"), (), "ru"),
        (ask("", "", "ru-RU"), (), "ru"),
        (ask("", "", "de"), (), "ru"),
        (ask("lang=<script>", "lang=xx", "en"), ("xx",), "en"),
        (ask(), (), "ru"),
    ],
    ids=["link", "choice", "hint", "cookie", "browser", "refused", "tag with region", "unknown", "nonsense", "nothing"],
)
def test_language(request_: Request, hint: tuple[str, ...], language: str) -> None:
    assert language == view_of(request_, hint).language


def test_only_a_link_is_a_choice_to_remember() -> None:
    assert view_of(ask("lang=en")).chosen
    assert not view_of(ask("lang=xx", "lang=en", "en"), ("en",)).chosen


def test_secure_follows_the_request() -> None:
    assert view_of(ask(base_url="https://signin.example/")).secure
    assert not view_of(ask()).secure


@pytest.mark.parametrize(
    ("cookie", "look"),
    [
        ("150.dark.wide", Look("150", "dark", "wide")),
        ("200", Look("200")),
        ("999.dark.wide", Look("100", "dark", "wide")),
        ("", Look()),
        ('150"onload=.dark', Look("100", "dark")),
    ],
)
def test_look_of_a_cookie(cookie: str, look: Look) -> None:
    assert look == look_of(cookie)


@given(st.sampled_from(SIZES), st.sampled_from(THEMES), st.sampled_from(SPACINGS))
def test_a_look_survives_its_cookie(size: str, theme: str, spacing: str) -> None:
    look = Look().with_choice("size", size).with_choice("theme", theme).with_choice("spacing", spacing)
    assert (size, theme, spacing) == (look.size, look.theme, look.spacing)
    assert look == look_of(look.cookie())


@given(st.text(), st.text())
def test_nothing_unknown_gets_into_a_look(name: str, value: str) -> None:
    look = Look().with_choice(name, value)
    assert look.size in SIZES and look.theme in THEMES and look.spacing in SPACINGS
