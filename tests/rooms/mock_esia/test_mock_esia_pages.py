"""The browser's way: sign-in, permission, refusal, a second sign-in, sign-out, pages that are over."""

from __future__ import annotations

import base64

import pytest

from tests.rooms.mock_esia.mock_esia_driver import Party, claims_of, query_of, signed


def key_of(party, **other) -> str:
    return query_of(party.authorize(signed(party.ask(**other))).headers["Location"])["request"]


def filter_of(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


def test_a_person_signs_in_and_gives_permission(party):
    state = "11111111-1111-4111-8111-111111111111"

    back = party.sign_in("orlova", state=state)

    assert {"code", "state"} == set(back)
    assert state == back["state"]


def test_the_permission_page_names_what_is_asked(party):
    key = key_of(party)
    party.browser.post("/login", data={"request": key, "login": "orlova", "password": "demo"})

    page = party.browser.get("/consent", query_string={"request": key}).text

    for line in ("Фамилия; имя; отчество", "Дата рождения", "СНИЛС", "Номер мобильного телефона"):
        assert f"<li>{line}</li>" in page
    assert "openid" not in page


def test_a_refusal_goes_back_as_access_denied(party):
    back = party.sign_in("vlasova", decision="deny")

    assert "access_denied" == back["error"]
    assert "ESIA-007004: The resource owner or authorization server denied the request." == back["error_description"]
    assert "code" not in back


def test_the_second_sign_in_needs_no_page(party):
    party.sign_in("orlova")

    answer = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])

    assert 302 == answer.status_code
    assert "code" in query_of(answer.headers["Location"])


def test_more_scopes_ask_for_permission_again(party):
    party.sign_in("orlova")

    answer = party.browser.get(party.authorize(signed(party.ask(scope="openid id_doc"))).headers["Location"])

    assert answer.headers["Location"].startswith("/consent?")


def test_a_refused_permission_is_not_remembered_as_given(party):
    party.sign_in("vlasova", decision="deny")

    answer = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])

    assert answer.headers["Location"].startswith("/consent?")


def test_a_permission_belongs_to_one_client(party):
    party.sign_in("orlova")

    answer = party.browser.get(party.authorize(signed(party.ask(client_id="OTHER_SYSTEM"))).headers["Location"])

    assert answer.headers["Location"].startswith("/consent?")


@pytest.mark.parametrize("login, password", [("orlova", "wrong"), ("nobody", "demo"), ("nobody", ""), ("", "")])
def test_a_wrong_password_stays_on_the_page(party, login, password):
    key = key_of(party)

    answer = party.browser.post("/login", data={"request": key, "login": login, "password": password})

    assert 401 == answer.status_code
    assert "Логин или пароль не подошли" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_permission_needs_a_signed_in_browser(party, app, clock):
    key = key_of(party)
    party.browser.post("/login", data={"request": key, "login": "orlova", "password": "demo"})
    stranger = Party(app, clock)

    answer = stranger.browser.post("/consent", data={"request": key, "decision": "allow"})

    assert answer.headers["Location"].startswith("/login?")


def test_a_second_click_on_a_button_gives_no_second_code(party):
    key = key_of(party)
    party.browser.post("/login", data={"request": key, "login": "orlova", "password": "demo"})
    form = {"request": key, "decision": "allow"}

    assert 302 == party.browser.post("/consent", data=form).status_code
    assert 410 == party.browser.post("/consent", data=form).status_code


def test_an_unknown_decision_gives_nothing(party):
    key = key_of(party)
    party.browser.post("/login", data={"request": key, "login": "orlova", "password": "demo"})

    assert 303 == party.browser.post("/consent", data={"request": key, "decision": "maybe"}).status_code


@pytest.mark.parametrize("word, login, code", [
    ("conf_acc", "orlova", None),
    ("conf_acc", "belova.d", "007055"),
    ("conf_acc", "belov.t", "007055"),
    ("acc_kid", "belov.t", None),
    ("acc_kid", "orlova", "007062"),
    ("acc_not_kid", "belov.t", "007062"),
    ("acc_not_kid", "guseva", None),
])
def test_the_person_filter_holds(party, word, login, code):
    back = party.sign_in(login, person_filter=filter_of(word))

    if code is None:
        assert "code" in back
    else:
        assert code == back["error_description"][5:11]
        assert "access_denied" == back["error"]


def test_sign_out_ends_the_session_and_returns(party):
    party.sign_in("orlova")
    home = "http://127.0.0.1:8000/signed-out"

    answer = party.browser.get("/idp/ext/Logout", query_string={"client_id": "SCHOOL_SIGNIN", "redirect_url": home})

    assert (302, home) == (answer.status_code, answer.headers["Location"])
    again = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])
    assert 'name="password"' in again.text


@pytest.mark.parametrize("query", [
    {"client_id": "SCHOOL_SIGNIN", "redirect_url": "https://evil.example/"},
    {"client_id": "NOBODY", "redirect_url": "http://127.0.0.1:8000/"},
    {"redirect_url": "http://127.0.0.1:8000/"},
])
def test_sign_out_returns_to_registered_addresses_only(party, query):
    answer = party.browser.get("/idp/ext/Logout", query_string=query)

    assert 400 == answer.status_code
    assert "Location" not in answer.headers


def test_the_stolen_cookie_of_an_ended_session_is_worth_nothing(party):
    party.sign_in("orlova")
    cookie = party.browser.get_cookie("mock_esia_session")
    party.browser.post("/logout")
    party.browser.set_cookie("mock_esia_session", cookie.value)

    again = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])

    assert 'name="password"' in again.text


def test_every_person_can_sign_in_and_gets_their_level(app, clock):
    listed = app.test_client().get("/people.json").get_json()["people"]
    lvl = {"confirmed": "PR", "standard": "P", "simplified": "P", "child": "KD"}

    for entry in listed:
        sbj = claims_of(Party(app, clock).tokens(entry["login"])["id_token"])["urn:esia:sbj"]

        assert lvl[entry["level"]] == sbj["urn:esia:sbj:lvl"], entry["login"]
        assert entry["oid"] == sbj["urn:esia:sbj:oid"]


@pytest.mark.parametrize("path", ["/", "/login?request=x", "/nothing", "/idp/ext/Logout", "/aas/oauth2/v2/ac"])
def test_every_page_says_that_it_is_a_stand_and_has_no_script(party, path):
    answer = party.browser.get(path)

    assert "Учебные Госуслуги</strong> (тестовый стенд)" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "no-store" == answer.headers["Cache-Control"]
