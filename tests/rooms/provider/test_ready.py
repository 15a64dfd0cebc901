"""Answers that are sent as they were written, and addresses that must be made ready first."""

from __future__ import annotations

import pytest
from flask import Flask, Response

from broker.provider.answering.ready import Answer, sent_on


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("https://diary.example.ru/cb?code=a%20b&iss=x", "https://diary.example.ru/cb?code=a%20b&iss=x"),
        ("ru.example.kiosk:/cb?code=1", "ru.example.kiosk:/cb?code=1"),
        ("https://дневник.рф/вход?code=1", "https://xn--b1addnkoc.xn--p1ai/%D0%B2%D1%85%D0%BE%D0%B4?code=1"),
    ],
)
def test_a_redirect_says_where(address: str, sent: str) -> None:
    app = Flask("ready")
    app.add_url_rule("/", view_func=lambda: sent_on(address, 303))

    answer = app.test_client().get("/")

    assert (303, sent) == (answer.status_code, answer.headers["Location"])


@pytest.mark.parametrize("line", ["\r\nSet-Cookie: a=b", "\n", "\x00"])
def test_no_address_writes_a_header_of_its_own(line: str) -> None:
    app = Flask("ready")
    app.add_url_rule("/", view_func=lambda: sent_on(f"https://diary.example.ru/cb?state={line}", 302))

    answer = app.test_client().get("/")

    assert "Set-Cookie" not in answer.headers
    assert not set("\r\n\x00") & set(answer.headers.get("Location", ""))


def test_an_answer_has_the_headers_it_was_given_and_its_length() -> None:
    app = Flask("ready")
    app.add_url_rule("/", view_func=lambda: Answer('{"ё":1}', 200, [("Content-Type", "application/json")]))

    for method in ("GET", "HEAD"):
        answer = app.test_client().open("/", method=method)
        assert [("Content-Type", "application/json"), ("Content-Length", "8")] == list(answer.headers.items())
        assert ('{"ё":1}' if method == "GET" else "") == answer.text


def test_the_length_is_that_of_what_is_sent() -> None:
    app = Flask("ready")
    app.add_url_rule("/", view_func=lambda: Answer("short", content_type="text/plain"))

    @app.after_request
    def write_anew(answer: Response) -> Response:
        answer.set_data("much longer")
        return answer

    answer = app.test_client().get("/")

    assert ("much longer", ["11"]) == (answer.text, answer.headers.getlist("Content-Length"))
