from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from login_house import STRANGER, button_of, code_of

from broker.connectors.port import UpstreamFailed
from broker.login.asked import Asked

ASKED = Asked("olymp", ("openid", "profile", "snils", "school"))


@pytest.fixture
def asking(house, browser):
    """A browser that stands on the consent page, and the page."""
    house.asked = ASKED
    return browser, browser.sign_in()


def consents(house):
    with house.app.app_context():
        return house.rooms.consents.of_person("anna")


def refresh_of(page):
    return page.text.partition("0; url=")[2].partition('"')[0]


def test_the_page_shows_the_actual_values(asking):
    _, page = asking
    assert "Соколова Анна Игоревна" in page.text and "5 сентября 1984" in page.text
    assert "Школа 29-001" in page.text and "учитель" in page.text
    assert "olymp.example" in page.text and "Олимпиады" in page.text


@pytest.mark.parametrize(("environment", "is_checked"), [("production", True), ("sandbox", False)])
def test_a_checked_service_says_why_it_asks_and_another_is_called_unchecked(house, browser, environment, is_checked):
    reasons = {"profile": {"ru": "подписать диплом", "en": "for the certificate"}}
    with house.app.app_context():
        olymp = house.rooms.clients.find("olymp")
        house.rooms.clients.replace(replace(olymp, environment=environment, scope_reasons=reasons))
    house.asked = ASKED

    page = browser.sign_in()

    assert is_checked == ("Зачем сервису: подписать диплом" in page.text)
    assert is_checked != ("Мы не проверяли этот сервис" in page.text)
    assert "for the certificate" not in page.text


def test_snils_shows_two_digits(asking):
    _, page = asking
    assert "•••-•••-••• 14" in page.text
    assert "000-000" not in page.text and "00200000014" not in page.text


def test_nothing_is_given_before_the_yes(house, asking):
    assert () == consents(house)
    assert [] == house.collected


def test_allow(house, asking):
    browser, page = asking
    answer = browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=browser.form_key(page))
    assert (200, f"/login/{browser.attempt_id}") == (answer.status_code, refresh_of(answer))

    assert browser.get(refresh_of(answer)).headers["Location"].endswith("code=1")
    (found,) = consents(house)
    assert ("name", "birth_date", "gender", "school", "roles", "snils", "openid") == found.items
    assert [("consent.given", "anna")] == [(n, f["person_id"]) for n, f in house.events() if n.startswith("consent")]


def test_deny_tells_the_service_and_nobody_else(house, asking):
    browser, page = asking
    answer = browser.post(f"/login/{browser.attempt_id}/consent", decision="deny", form_key=browser.form_key(page))
    assert browser.get(refresh_of(answer)).headers["Location"].endswith("error=access_denied")
    assert () == consents(house)
    assert ("access_denied", None) == (house.collected[0].error, house.collected[0].session)
    assert [7005] == [fields["cause"] for name, fields in house.events() if name == "login.refused"]


def test_no_session_is_opened_by_a_no(house, asking):
    browser, page = asking
    browser.post(f"/login/{browser.attempt_id}/consent", decision="deny", form_key=browser.form_key(page))
    browser.get(f"/login/{browser.attempt_id}")
    assert browser.client.get_cookie(house.rooms.cookies.name_of("session"), domain="127.0.0.1") is None


@pytest.mark.parametrize("first", ["allow", "deny"])
def test_of_two_presses_the_first_counts(house, asking, first):
    browser, page = asking
    second = {"allow": "deny", "deny": "allow"}[first]
    key, url = browser.form_key(page), f"/login/{browser.attempt_id}/consent"
    answers = [browser.post(url, decision=decision, form_key=key) for decision in (first, second, first)]
    assert 1 == len({answer.text for answer in answers})
    assert (first == "allow") == bool(consents(house))


def test_many_posts_at_once_are_one(house, asking):
    browser, page = asking
    key, url = browser.form_key(page), f"/login/{browser.attempt_id}/consent"
    cookie = house.rooms.cookies.name_of("browser")
    value = browser.client.get_cookie(cookie, domain="127.0.0.1").value
    together, answers = threading.Barrier(4), []

    def press():
        client = house.app.test_client()
        client.set_cookie(cookie, value, domain="127.0.0.1")
        together.wait(10)
        answers.append(client.post(url, data={"decision": "allow", "form_key": key}, base_url="http://127.0.0.1:8000").status_code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 4 == len(answers) and set(answers) <= {200, 202}
    assert 1 == [name for name, _ in house.events()].count("consent.given")


@pytest.mark.parametrize("key", ["", "x", "x" * 5000])
def test_a_tampered_form_key(house, asking, key):
    browser, _ = asking
    page = browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=key)
    assert (1009, 403, f"/login/{browser.attempt_id}") == (code_of(page), page.status_code, button_of(page))
    assert () == consents(house)


def test_a_key_of_another_attempt(house, asking):
    browser, page = asking
    key = browser.form_key(page)
    browser.trail.clear()
    browser.sign_in()
    assert 1009 == code_of(browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=key))


def test_a_key_shown_to_somebody_who_went_away(house, asking):
    browser, page = asking
    key = browser.form_key(page)
    browser.get(f"/login/{browser.attempt_id}/other")
    assert 1009 == code_of(browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=key))


def test_a_word_that_is_no_decision(house, asking):
    browser, page = asking
    key = browser.form_key(page)
    assert 1009 == code_of(browser.post(f"/login/{browser.attempt_id}/consent", decision="maybe", form_key=key))
    assert () == consents(house)


def test_a_get_gives_nothing(house, asking):
    browser, page = asking
    answer = browser.get(f"/login/{browser.attempt_id}/consent?decision=allow&form_key={browser.form_key(page)}")
    assert 405 == answer.status_code and () == consents(house)


def test_too_late(house, asking):
    browser, page = asking
    house.now += timedelta(minutes=15)
    answer = browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=browser.form_key(page))
    assert 1002 == code_of(answer) and () == consents(house)


def allow(browser, page):
    answer = browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=browser.form_key(page))
    return browser.get(refresh_of(answer))


def test_asked_once(house, asking):
    browser, page = asking
    allow(browser, page)
    assert "ready" == browser.start().text


def test_a_live_session_is_asked_only_for_consent(house, browser):
    browser.sign_in()
    browser.trail.clear()
    house.asked = ASKED
    page = browser.start()
    assert "Олимпиады" in page.text and "decision" in page.text
    assert allow(browser, page).headers["Location"].endswith("code=1")
    assert 1 == len(house.upstream.completed)
    assert house.collected[0].session.id == house.collected[1].session.id


def test_a_session_that_ends_while_the_page_is_open(house, browser):
    browser.sign_in()
    browser.trail.clear()
    house.asked = ASKED
    page = browser.start()
    with house.app.app_context():
        house.rooms.sessions.end(house.collected[0].session.id, house.rooms.journal, "signed_out")
    answer = browser.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key=browser.form_key(page))
    assert () == consents(house)
    assert "/to/esia" in browser.get(refresh_of(answer)).text
    assert 1 == len(house.collected)


def test_prompt_consent_asks_once_and_not_for_ever(house, asking):
    browser, page = asking
    allow(browser, page)
    browser.trail.clear()
    house.asked = replace(ASKED, prompt=frozenset({"consent"}))
    page = browser.start()
    assert "decision" in page.text
    assert allow(browser, page).headers["Location"].endswith("code=1")


def test_more_is_asked_for_later(house, asking):
    browser, page = asking
    allow(browser, page)
    browser.trail.clear()
    house.asked = replace(ASKED, scopes=(*ASKED.scopes, "email"))
    page = browser.start()
    assert "просит ещё" in page.text and "anna@example.org" in page.text


def test_the_diary_itself_asks_nothing(house, browser):
    house.asked = Asked("diary", ("openid", "profile", "snils"))
    assert browser.sign_in().headers["Location"].endswith("code=1")


def test_a_refused_login_learns_nothing_of_consent(house, browser):
    house.asked = ASKED
    house.upstream.says = STRANGER
    assert 3101 == code_of(browser.sign_in())
    house.upstream.says = UpstreamFailed(2103, "ESIA-007004")
    assert 2103 == code_of(house.browser().sign_in())
