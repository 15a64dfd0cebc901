"""A person's own pages: registration, raising the level, children, permissions; and the second factor at the sign-in."""

from __future__ import annotations

import pytest

from tests.rooms.mock_esia.mock_esia_driver import CLIENT, Party, claims_of, query_of, signed

VERA = {"login": "Vera", "surname": "Верина", "name": "Вера", "patronymic": "", "birth_date": "1990-03-02", "sex": "F",
        "email": "vera@example.org", "phone": ""}
KID = {"login": "kolya", "surname": "Орлов", "name": "Николай", "patronymic": "", "birth_date": "2018-05-06", "sex": "M",
       "snils": ""}


def sign_in(party, login):
    answer = party.browser.post("/login", data={"request": "profile", "login": login, "password": "demo"})
    assert answer.headers["Location"].endswith("/profile"), answer.text


def account(party, login):
    return party.app.test_client().get(f"/api/people/{login}").get_json()


def level(party, login):
    return claims_of(party.tokens(login)["id_token"])["urn:esia:sbj"]["urn:esia:sbj:lvl"]


def test_a_new_account_is_raised_step_by_step(party):
    assert 303 == party.browser.post("/registration", data=VERA).status_code
    # Who has registered is signed in; the login is kept in small letters.
    assert "упрощённая" in party.browser.get("/profile").text
    assert ("simplified", None, None) == tuple(account(party, "vera")[name] for name in ("level", "patronymic", "snils"))
    assert "P" == level(party, "vera")

    standard = {"snils": "002-000-999 68", "to": "standard"}
    assert 303 == party.browser.post("/profile/level", data=standard).status_code
    assert ("standard", "002-000-999 68") == (account(party, "vera")["level"], account(party, "vera")["snils"])
    # A second click raises nobody twice.
    assert 400 == party.browser.post("/profile/level", data=standard).status_code
    assert "standard" == account(party, "vera")["level"]

    party.browser.post("/profile/level", data={"to": "confirmed"})
    assert "PR" == level(party, "vera")
    assert 400 == party.browser.post("/profile/level", data={"to": "confirmed"}).status_code


@pytest.mark.parametrize("snils", ["", "002-000-999 67", "002-000-107 24", "x"])
def test_a_level_is_not_raised_by_a_snils_that_is_not_ones_own(party, snils):
    sign_in(party, "guseva")
    answer = party.browser.post("/profile/level", data={"snils": snils, "to": "standard"})

    assert 400 == answer.status_code
    assert "Проверьте поле: СНИЛС" in answer.text
    assert "<title>Ошибка: " in answer.text
    assert "simplified" == account(party, "guseva")["level"]


def test_a_child_has_nothing_to_raise(party):
    sign_in(party, "belov.t")
    assert "/profile/level" not in party.browser.get("/profile").text
    assert 400 == party.browser.post("/profile/level", data={"to": "confirmed"}).status_code
    assert "KD" == level(party, "belov.t")


@pytest.mark.parametrize("change, word", [
    ({"login": "orlova"}, "логин"), ({"login": "Вера"}, "логин"), ({"surname": ""}, "фамилия"),
    ({"name": "А" * 101}, "имя"), ({"birth_date": "вчера"}, "дата рождения"), ({"sex": "X"}, "пол"),
])
def test_a_registration_with_a_wrong_field_says_which_and_keeps_the_rest(party, change, word):
    answer = party.browser.post("/registration", data=VERA | change)

    assert 400 == answer.status_code
    assert f"Проверьте поле: {word}." in answer.text
    assert 'value="vera@example.org"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_parent_makes_an_account_for_a_child(party):
    sign_in(party, "orlova")
    assert 303 == party.browser.post("/profile/children", data=KID).status_code

    assert ["kolya"] == account(party, "orlova")["kids"]
    assert ("child", True) == (account(party, "kolya")["level"], account(party, "kolya")["made_by_parent"])
    assert "Орлов Николай" in party.browser.get("/profile").text
    oid = account(party, "kolya")["oid"]
    token = Party(party.app, party.clock).tokens("kolya")
    assert "KD" == claims_of(token["id_token"])["urn:esia:sbj"]["urn:esia:sbj:lvl"]
    assert party.read(f"/rs/prns/{oid}", token["access_token"]).get_json()["kidAccCreatedByParent"]
    parent = party.tokens("orlova", scope="openid kid_fullname")["access_token"]
    [kid] = party.read("/rs/prns/1000600101/kids?embed=(elements)", parent).get_json()["elements"]
    assert (oid, "Николай") == (kid["id"], kid["firstName"])


@pytest.mark.parametrize("login, change", [
    ("orlova", {"birth_date": "2012-11-20"}), ("orlova", {"birth_date": ""}), ("orlova", {"login": "belova"}),
    ("orlova", {"snils": "002-000-142 27"}), ("orlova", {"name": ""}), ("belova.d", {}), ("belov.t", {}),
])
def test_a_child_that_cannot_be_added(party, login, change):
    sign_in(party, login)
    before = len(party.app.test_client().get("/api/people").get_json()["people"])

    answer = party.browser.post("/profile/children", data=KID | change)

    assert (400, True) == (answer.status_code, 'role="alert"' in answer.text)
    assert ([], before) == (account(party, login)["kids"], len(party.app.test_client().get("/api/people").get_json()["people"]))


def test_the_eve_of_the_fourteenth_birthday_is_still_childhood(party):
    sign_in(party, "orlova")
    assert 303 == party.browser.post("/profile/children", data=KID | {"birth_date": "2012-11-21"}).status_code


def test_a_permission_is_seen_and_withdrawn(party):
    party.tokens("orlova")
    page = party.browser.get("/profile").text
    assert (True, True) == (f"<strong>{CLIENT}</strong>, с 20.11.2026" in page, "СНИЛС" in page)

    assert 303 == party.browser.post("/profile/consents", data={"client": CLIENT}).status_code
    assert CLIENT not in party.browser.get("/profile").text
    answer = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])
    assert answer.headers["Location"].startswith("/consent?")


@pytest.mark.parametrize("path", ["/profile/level", "/profile/children", "/profile/consents"])
def test_nobody_is_signed_in(party, path):
    before = party.app.test_client().get("/api/people").get_json()
    assert 303 == party.browser.post(path, data=KID | {"to": "standard", "client": CLIENT}).status_code
    assert before == party.app.test_client().get("/api/people").get_json()
    assert 'name="password"' in party.browser.get("/profile").text


@pytest.mark.parametrize("path", ["/profile/level", "/profile/consents", "/registration"])
def test_another_site_presses_no_button(party, path):
    assert 403 == party.browser.post(path, data=VERA, headers={"Sec-Fetch-Site": "cross-site"}).status_code


def test_a_second_factor_is_asked_for_after_the_password(party):
    key = query_of(party.authorize(signed(party.ask())).headers["Location"])["request"]
    asked = party.browser.post("/login", data={"request": key, "login": "filina", "password": "demo"})
    assert ("Код подтверждения" in asked.text, "Set-Cookie" in asked.headers) == (True, False)
    half = asked.text.partition('name="request" value="')[2].partition('"')[0]

    wrong = party.browser.post("/login/code", data={"request": half, "code": "000000"})
    assert (401, False) == (wrong.status_code, "Set-Cookie" in wrong.headers)
    right = party.browser.post("/login/code", data={"request": half, "code": "123456"})
    assert right.headers["Location"].startswith("/consent?")
    assert 410 == party.browser.post("/login/code", data={"request": half, "code": "123456"}).status_code
    assert "code" in query_of(party.browser.post("/consent", data={"request": key, "decision": "allow"}).headers["Location"])


def test_a_second_factor_before_ones_own_pages(party):
    asked = party.browser.post("/login", data={"request": "profile", "login": "filina", "password": "demo"})
    half = asked.text.partition('name="request" value="')[2].partition('"')[0]
    assert 'name="password"' in party.browser.get("/profile").text
    assert party.browser.post("/login/code", data={"request": half, "code": "123456"}).headers["Location"].endswith("/profile")
    assert "Филина" in party.browser.get("/profile").text


@pytest.mark.parametrize("half", ["", "x", "profile"])
def test_the_code_alone_signs_nobody_in(party, half):
    answer = party.browser.post("/login/code", data={"request": half, "code": "123456"})
    assert (410, False) == (answer.status_code, "Set-Cookie" in answer.headers)


def test_a_scope_may_demand_a_second_factor(party):
    api = party.app.test_client()
    assert ["snils"] == api.patch(f"/api/systems/{CLIENT}", json={"second_factor_scopes": ["snils"]}).get_json()[
        "second_factor_scopes"]

    assert "ESIA-007046" in party.sign_in("orlova")["error_description"]
    assert "code" in Party(party.app, party.clock).sign_in("belova", scope="openid fullname")
    api.patch("/api/people/orlova", json={"has_second_factor": True})
    assert party.browser.get(party.authorize(signed(party.ask())).headers["Location"]).headers["Location"].startswith("/consent?")
