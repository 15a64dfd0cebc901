"""The addresses of this room over a Flask test client."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from broker.screens.own_pages import HELP_TOPICS, StatusPage
from broker.screens.render import Screens
from broker.screens.routes import page_not_found, routes
from tests.rooms.screens.samples import AT, ZONE

CANARY = "canary-7f3"


@pytest.fixture
def client(screens: Screens) -> Iterator[FlaskClient]:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(routes(screens, lambda: StatusPage(AT, ZONE)))
    app.register_error_handler(404, lambda error: page_not_found(screens, AT))
    with app.test_client() as client:
        yield client


@pytest.mark.parametrize("path", ["/help", "/status", "/accessibility", "/privacy", "/view"])
def test_the_five_pages_of_the_footer(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert 200 == answer.status_code
    assert f'<a href="{path}" aria-current="page">' in answer.text


@pytest.mark.parametrize("path", ["/help", "/status", "/accessibility", "/privacy", "/view", "/canary-7f3"])
@pytest.mark.parametrize("name", ["code", "lang", "size", "theme", "spacing", "reset", "error_description", "q"])
def test_nothing_from_the_address_is_printed(client: FlaskClient, path: str, name: str) -> None:
    headers = {"Cookie": f"lang={CANARY}; view={CANARY}", "Accept-Language": CANARY}
    answer = client.get(path, query_string={name: CANARY}, headers=headers)
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)


@pytest.mark.parametrize(
    ("code", "said", "unsaid"),
    [
        ("3102", "Имя в дневнике и на Госуслугах не совпало", "Такого кода у нас нет"),
        (" 4002 ", "Вход закрыт на короткое время", "Такого кода у нас нет"),
        ("9999", "Такого кода у нас нет", "Причина"),
        ("7006", "Такого кода у нас нет", "Причина 7006"),
        ("٣١٠٢", "Такого кода у нас нет", "Причина 3102"),
        ("-310", "Такого кода у нас нет", "Причина"),
        ("", "Код причины", "Такого кода у нас нет"),
    ],
)
def test_help_by_code(client: FlaskClient, code: str, said: str, unsaid: str) -> None:
    text = client.get("/help", query_string={"code": code}).text
    assert said in text
    assert unsaid not in text


@pytest.mark.parametrize("topic", HELP_TOPICS)
def test_every_topic_of_the_help_has_its_page_and_its_picture(client: FlaskClient, screens: Screens, topic: str) -> None:
    answer = client.get(f"/help/{topic}")
    assert 200 == answer.status_code
    assert f'<img class="picture" src="{screens.static[f"help-{topic}.svg"].url}"' in answer.text
    picture = client.get(screens.static[f"help-{topic}.svg"].url)
    assert ("image/svg+xml", True) == (picture.mimetype, len(picture.data) < 4_000)
    assert f'<a href="/help/{topic}">' in client.get("/help").text


@pytest.mark.parametrize("topic", ["nothing", "canary-7f3", "Cookies", "..", "%2e%2e"])
def test_an_unknown_topic_is_no_page(client: FlaskClient, topic: str) -> None:
    answer = client.get(f"/help/{topic}")
    assert 404 == answer.status_code and "canary" not in answer.text


def test_help_knows_every_cause_without_its_values(client: FlaskClient, screens: Screens) -> None:
    for code in screens.texts.all_keys():
        if code.startswith("cause.") and code.endswith(".title"):
            for language in ("ru", "en"):
                answer = client.get("/help", query_string={"code": code.split(".")[1], "lang": language})
                assert 200 == answer.status_code and "{" not in answer.text


def test_an_unknown_address_is_a_page_with_a_cause(client: FlaskClient) -> None:
    answer = client.get("/no/such")
    assert 404 == answer.status_code
    assert "Такой страницы нет" in answer.text and "1010" in answer.text


def test_a_choice_of_look_is_worn_at_once_and_kept_for_a_year(client: FlaskClient) -> None:
    first = client.get("/view?size=150")
    assert "view=150.auto.normal;" in first.headers["Set-Cookie"] and "Max-Age=31536000" in first.headers["Set-Cookie"]
    assert 'data-size="150"' in first.text
    assert 'data-size="150" data-theme="dark"' in client.get("/view?theme=dark").text
    assert 'data-size="150" data-theme="dark"' in client.get("/help").text
    assert 'data-size="100" data-theme="auto"' in client.get("/view?reset=1").text
    assert 'data-size="100" data-theme="auto"' in client.get("/help").text


def test_looking_at_the_choices_changes_nothing(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/view").headers


def test_a_language_link_is_remembered(client: FlaskClient) -> None:
    assert 'lang="en"' in client.get("/help?lang=en").text.partition(">")[2][:40]
    assert '<html lang="en"' in client.get("/status").text


@pytest.mark.parametrize("name", ["style.css", "form-post.js", "icon.svg"])
def test_a_static_file_is_kept_for_a_year_by_its_version(client: FlaskClient, screens: Screens, name: str) -> None:
    file = screens.static[name]
    plain, packed = client.get(file.url), client.get(file.url, headers={"Accept-Encoding": "gzip"})
    assert "public, max-age=31536000, immutable" == plain.headers["Cache-Control"]
    assert file.content == plain.data == gzip.decompress(packed.data)
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert 304 == client.get(file.url, headers={"If-None-Match": plain.headers["ETag"]}).status_code
    assert "immutable" not in client.get(f"/static/{name}?v=old").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/../render.py", "/static/%2e%2e%2frender.py", "/static/"])
def test_no_other_file_is_served(client: FlaskClient, path: str) -> None:
    assert 404 == client.get(path).status_code


def test_the_icon_browsers_ask_for_by_themselves(client: FlaskClient) -> None:
    assert 204 == client.get("/favicon.ico").status_code


def test_status_tells_trouble_in_words(screens: Screens) -> None:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(routes(screens, lambda: StatusPage(AT, ZONE, AT)))
    assert "с перебоями. С 14:05 (Иркутск)" in app.test_client().get("/status").text
