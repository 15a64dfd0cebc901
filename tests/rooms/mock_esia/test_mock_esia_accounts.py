"""Accounts that change while the stand runs: levels, names, consents, new people; what clients see of it, and when."""

from __future__ import annotations

import pytest

from broker.mock_esia.accounts import people
from broker.mock_esia.accounts.consents import Consents
from tests.rooms.mock_esia.mock_esia_driver import CLIENT, SCOPE, Party, claims_of, query_of, signed

REFRESH_ORDER = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
ANNA = "/rs/prns/1000600101"
VERA = {"login": "vera", "surname": "Верина", "name": "Вера", "birth_date": "1990-03-02", "sex": "F"}


@pytest.fixture
def api(app):
    return app.test_client()


def refreshed(party, refresh_token):
    fields = party.exchange_fields("", grant_type="refresh_token", refresh_token=refresh_token)
    del fields["code"]
    return party.token(signed(fields, REFRESH_ORDER))


def subject(answer):
    return claims_of(answer["id_token"])["urn:esia:sbj"]


def test_a_lowered_level_is_told_at_the_next_refresh_read_and_sign_in(party, api):
    tokens = party.tokens("orlova", access_type="offline")
    assert ("PR", True) == (subject(tokens)["urn:esia:sbj:lvl"], subject(tokens)["urn:esia:sbj:is_tru"])

    assert "simplified" == api.patch("/api/people/orlova", json={"level": "simplified", "snils": None}).get_json()["level"]

    for answer in (refreshed(party, tokens["refresh_token"]).get_json(), party.tokens("orlova")):
        assert "P" == subject(answer)["urn:esia:sbj:lvl"]
        assert "urn:esia:sbj:is_tru" not in subject(answer)
    person = party.read(ANNA, tokens["access_token"]).get_json()
    assert not person["trusted"]
    assert "snils" not in person


@pytest.mark.parametrize("change, key, value", [
    ({"snils": "00200099968"}, "snils", "002-000-999 68"),
    ({"surname": "Новикова"}, "lastName", "Новикова"),
    ({"patronymic": None}, "middleName", None),
    ({"birth_date": "1985-12-04"}, "birthDate", "04.12.1985"),
    ({"sex": "M"}, "gender", "M"),
    ({"is_deleted": True}, "status", "DELETED"),
    ({"email": None}, "trusted", True),
])
def test_any_field_changes_and_is_put_back(party, api, change, key, value):
    before = api.get("/api/people/orlova").get_json()
    token = party.tokens("orlova")["access_token"]

    assert 200 == api.patch("/api/people/orlova", json=change).status_code
    assert value == party.read(ANNA, token).get_json().get(key)

    assert before == api.post("/api/people/orlova/restore").get_json()
    assert before == api.get("/api/people/orlova").get_json()


@pytest.mark.parametrize("change, sentence", [
    (["level"], "JSON object"), ({"colour": "red"}, "colour is unknown here"), ({"oid": 5}, "oid is unknown here"),
    ({"level": "royal"}, "level is one of"), ({"snils": "002-000-107 25"}, "check sum"), ({"snils": "12"}, "eleven digits"),
    ({"snils": 7}, "eleven digits"), ({"snils": None}, "needed for a confirmed account"), ({"name": ""}, "name is a text"),
    ({"name": "А" * 101}, "name is a text"), ({"name": "А\n"}, "name is a text"), ({"birth_date": "2999-01-01"}, "today"),
    ({"birth_date": "32.01.1990"}, "YYYY-MM-DD"), ({"birth_date": "today-2099y"}, "YYYY-MM-DD"), ({"sex": "X"}, "M or F"),
    ({"kids": ["nobody"]}, "no account here"), ({"kids": ["orlova"] * 21}, "at most 20"), ({"kids": "belov.t"}, "at most 20"),
    ({"snils": "002-000-114 23"}, "another account"), ({"jobs": [{"organisation": 1}]}, "organisations is not there"),
    ({"jobs": [{"where": 1}]}, "has organisation"), ({"is_deleted": "yes"}, "true or false"), ({"citizenship": "ru"}, "capital"),
])
def test_a_change_that_cannot_be_changes_nothing(api, change, sentence):
    before = api.get("/api/people/orlova").get_json()
    answer = api.patch("/api/people/orlova", json=change)

    assert 400 == answer.status_code
    assert sentence in answer.get_json()["error"]
    assert before == api.get("/api/people/orlova").get_json()


def test_a_withdrawn_consent_ends_refresh_code_and_data_and_is_asked_again(party, api):
    tokens = party.tokens("orlova", access_type="offline")
    code = party.sign_in("orlova")["code"]
    other = Party(party.app, party.clock).tokens("belova", access_type="offline")
    [given] = api.get("/api/people/orlova/consents").get_json()["consents"]
    assert (CLIENT, sorted(SCOPE.split())) == (given["client"], given["scopes"])

    assert 204 == api.delete(f"/api/people/orlova/consents/{CLIENT}").status_code

    for refused in (
        refreshed(party, tokens["refresh_token"]),
        party.token(signed(party.exchange_fields(code), (*REFRESH_ORDER, "code"))),
    ):
        assert (400, "007011") == (refused.status_code, refused.get_json()["error_description"][5:11])
    assert (403, "ESIA-005029") == (
        party.read(ANNA, tokens["access_token"]).status_code, party.read(ANNA, tokens["access_token"]).get_json()["code"]
    )
    assert "the person has withdrawn the consent" in party.told()["words"]
    # The browser is still signed in; the permission is what is asked for anew, and refusing it is 007004.
    page = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])
    assert "/consent?" in page.headers["Location"]
    key = query_of(page.headers["Location"])["request"]
    denied = party.browser.post("/consent", data={"request": key, "decision": "deny"})
    assert "ESIA-007004" in query_of(denied.headers["Location"])["error_description"]
    assert [] == api.get("/api/people/orlova/consents").get_json()["consents"]
    # Nobody else's consent was touched.
    assert 200 == refreshed(party, other["refresh_token"]).status_code
    assert 404 == api.delete(f"/api/people/orlova/consents/{CLIENT}").status_code


def test_a_consent_does_not_grow_without_bound(clock):
    consents = Consents(clock)
    for number in range(600):
        consents.add(1, CLIENT, frozenset({"openid", f"usr_inf?mode={number}"}))
    assert 500 >= len(consents.given(1, CLIENT))
    assert consents.cover(1, CLIENT, frozenset({"openid", "usr_inf?mode=599"}))


def test_all_consents_at_once(party, api):
    party.tokens("orlova")
    assert 204 == api.delete("/api/people/orlova/consents").status_code
    assert [] == api.get("/api/people/orlova/consents").get_json()["consents"]


def test_an_account_is_registered_raised_and_forgotten(party, api):
    made = api.post("/api/people", json=VERA)
    assert (201, "simplified") == (made.status_code, made.get_json()["level"])
    assert "P" == subject(party.tokens("vera"))["urn:esia:sbj:lvl"]

    raised = api.patch("/api/people/vera", json={"level": "confirmed", "snils": "00200099968"}).get_json()
    assert ("confirmed", made.get_json()["oid"]) == (raised["level"], raised["oid"])
    tokens = party.tokens("vera", access_type="offline")
    assert "PR" == subject(tokens)["urn:esia:sbj:lvl"]

    assert 204 == api.post("/api/people/vera/restore").status_code
    assert 404 == api.get("/api/people/vera").status_code
    assert 400 == refreshed(party, tokens["refresh_token"]).status_code
    # The number is not given again, or somebody would inherit a link.
    assert made.get_json()["oid"] < api.post("/api/people", json=VERA).get_json()["oid"]


@pytest.mark.parametrize("body, sentence", [
    (None, "JSON object"), ({**VERA, "login": "orlova"}, "taken"), ({**VERA, "login": "Вера"}, "Latin"),
    ({**VERA, "login": None}, "Latin"), ({"login": "vera"}, "missing: surname, name, birth_date, sex"),
    ({**VERA, "level": "confirmed"}, "needed for a confirmed"), ({**VERA, "snils": "002-000-107 24"}, "another account"),
])
def test_an_account_that_cannot_be(api, body, sentence):
    before = len(api.get("/api/people").get_json()["people"])
    answer = api.post("/api/people", json=body)
    assert (400, True) == (answer.status_code, sentence in answer.get_json()["error"])
    assert before == len(api.get("/api/people").get_json()["people"])


def test_a_stand_has_so_many_accounts_and_no_more(api, monkeypatch):
    monkeypatch.setattr(people, "MOST_PEOPLE", len(api.get("/api/people").get_json()["people"]) + 1)
    assert 201 == api.post("/api/people", json=VERA).status_code
    assert "accounts already" in api.post("/api/people", json={**VERA, "login": "vera2"}).get_json()["error"]


def test_everybody_as_at_the_start(party, api):
    before = api.get("/api/people").get_json()
    api.post("/api/people", json=VERA)
    api.patch("/api/people/orlova", json={"surname": "Новикова"})
    party.tokens("vera")

    assert 204 == api.post("/api/people/restore").status_code
    assert before == api.get("/api/people").get_json()
    # The forgotten one's browser is signed in no more.
    page = party.browser.get(party.authorize(signed(party.ask())).headers["Location"])
    assert 'name="password"' in page.text


@pytest.mark.parametrize("method, path", [
    ("get", "/api/people/nobody"), ("patch", "/api/people/nobody"), ("post", "/api/people/nobody/restore"),
    ("get", "/api/people/nobody/consents"), ("delete", "/api/people/nobody/consents"),
    ("delete", "/api/people/nobody/consents/X"),
])
def test_nobody_is_there(api, method, path):
    assert 404 == getattr(api, method)(path, json={} if method == "patch" else None).status_code


def test_another_site_changes_nobody(api):
    answer = api.patch("/api/people/orlova", json={"level": "simplified"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert 403 == answer.status_code
