"""What every response tells the browser."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from broker.screens.headers import content_security_policy, origin_of
from broker.screens.pages import FormPostPage, LeavingPage
from broker.screens.render import Screens, remember
from broker.screens.view import Look, View
from tests.rooms.screens.samples import cause_page, choose, consent, pages

VIEW = View("en", Look(), "/")
STRICT = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("name", pages())
def test_every_page_carries_every_header(screens: Screens, name: str) -> None:
    headers = screens.render(pages()[name], VIEW).headers
    assert "no-store" == headers["Cache-Control"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "DENY" == headers["X-Frame-Options"]
    assert "en" == headers["Content-Language"]
    assert "Accept-Language, Cookie" == headers["Vary"]
    assert "text/html; charset=utf-8" == headers["Content-Type"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_policy_is_strict_and_opens_only_for_the_given_origin(screens: Screens) -> None:
    assert STRICT == screens.render(choose(), VIEW).headers["Content-Security-Policy"]
    opened = screens.render(consent(), VIEW, form_action=("https://olymp.example",)).headers["Content-Security-Policy"]
    assert STRICT.replace("form-action 'self'", "form-action 'self' https://olymp.example") == opened


@pytest.mark.parametrize(
    "source",
    ["*", "https://a.example; script-src *", "https://a.example/path", "'unsafe-inline'", "https://a b", "", "https://a\r\nX: y"],
)
def test_only_an_origin_opens_the_policy(source: str) -> None:
    with pytest.raises(ValueError, match="origins only"):
        content_security_policy((source,))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://a.example/x?y", "https://a.example"),
        ("http://127.0.0.1:8002/cb", "http://127.0.0.1:8002"),
        ("https://u:p@a.example/", "https://a.example"),
        ("ru.example.diary:/back", "ru.example.diary:"),
    ],
)
def test_origin_of_an_address(address: str, origin: str) -> None:
    assert origin == origin_of(address)
    content_security_policy((origin,))


@pytest.mark.parametrize(
    ("action", "targets"),
    [("https://a.example/cb", "'self' https://a.example https:"), ("http://127.0.0.1:8002/cb", "'self' http://127.0.0.1:8002")],
)
def test_a_form_post_page_may_post_to_its_service(screens: Screens, action: str, targets: str) -> None:
    policy = screens.render(FormPostPage(action, (), "s"), VIEW).headers["Content-Security-Policy"]
    assert f"form-action {targets};" in policy


def test_the_leaving_page_is_the_body_of_a_redirect(screens: Screens) -> None:
    page = LeavingPage("https://esia.example/aas", "esia.example")
    assert "https://esia.example/aas" == screens.render(page, VIEW, status=303).headers["Location"]
    assert "Location" not in screens.render(page, VIEW).headers


def test_a_cause_page_answers_with_its_status_unless_told_otherwise(screens: Screens) -> None:
    assert 410 == screens.render(cause_page(1002), VIEW).status_code
    assert 400 == screens.render(cause_page(1002), VIEW, status=400).status_code


@pytest.mark.parametrize("secure", [True, False])
def test_a_chosen_language_is_remembered_for_a_year(screens: Screens, secure: bool) -> None:
    chosen = screens.render(choose(), View("en", Look(), "/", chosen=True, secure=secure)).headers["Set-Cookie"]
    assert chosen.startswith("lang=en; ")
    assert "Max-Age=31536000" in chosen and "HttpOnly" in chosen and "SameSite=Lax" in chosen and "Path=/" in chosen
    assert secure == ("Secure" in chosen)
    assert "Set-Cookie" not in screens.render(choose(), VIEW).headers


def test_only_choices_of_looks_are_remembered_here(screens: Screens) -> None:
    with pytest.raises(ValueError, match="looks"):
        remember(screens.render(choose(), VIEW), "session", "x", VIEW)


def test_response_is_a_plain_wsgi_response(screens: Screens) -> None:
    assert 200 == Client(screens.render(choose(), VIEW)).get("/").status_code
