"""Visits without a service, regions, and the desk's own answers."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from login_house import DIARY, House, button_of, code_of

from broker.login.asked import Asked
from broker.login.desk import Needs, Ready
from broker.login.settings import LoginSettings
from broker.storage.shelf import ShelfUnavailable


class TestRegions:
    def test_without_a_region_there_is_no_button(self, browser):
        page = browser.get("/login")
        assert "/to/esia" not in page.text and button_of(page).endswith("/regions")

    def test_the_upstream_is_not_asked_without_a_region(self, house, browser):
        browser.get("/login")
        page = browser.get(f"/login/{browser.attempt_id}/to/esia")
        assert "Архангельская" in page.text and "q" in page.text
        assert [] == house.upstream.completed

    def test_choosing_is_remembered(self, house, browser):
        page = browser.get(button_of(browser.get("/login")))
        link = next(part for part in page.text.split('"') if part.endswith("/region/irkutsk"))
        assert "Иркутская" in browser.get(link).text
        assert "Иркутская" in browser.get("/login").text

    def test_searching_keeps_the_attempt(self, browser):
        browser.get("/login")
        page = browser.get(f"/login/{browser.attempt_id}/regions?q=иркут")
        assert f"/login/{browser.attempt_id}/region/irkutsk" in page.text and "dvinaland" not in page.text
        assert "dvinaland" in browser.get("/regions?q=нет такого").text
        assert "/login/esia/dvinaland" in browser.get("/regions").text

    @pytest.mark.parametrize("query", ["region=38", "region=irkutsk"])
    def test_region_by_request(self, browser, query):
        assert "Иркутская" in browser.get(f"/login?{query}").text

    @pytest.mark.parametrize("query", ["region=999", "region=..%2F", "region=%3Cscript%3E", "region=３８"])
    def test_a_region_that_is_none(self, browser, query):
        page = browser.get(f"/login?{query}")
        assert "/to/esia" not in page.text and "<script>" not in page.text

    def test_the_entry_address_of_a_region(self, browser):
        assert "Архангельская" in browser.get("/login/esia/dvinaland").text
        assert 1010 == code_of(browser.get("/login/esia/atlantis"))

    def test_the_host_of_a_region(self, house, browser):
        hosts = house.rooms.policies.of_region("29").hosts
        answer = house.app.test_client().get("/login", base_url=f"http://{hosts[0]}", follow_redirects=True)
        assert "Архангельская" in answer.text

    def test_what_the_service_says_beats_the_cookie(self, house, browser):
        browser.get("/login/esia/irkutsk")
        assert "Архангельская" in browser.start().text
        house.asked = replace(house.asked, region="irkutsk")
        assert "Иркутская" in browser.start().text

    def test_a_wrong_region_in_the_address(self, browser):
        browser.start()
        assert 1010 == code_of(browser.get(f"/login/{browser.attempt_id}/region/atlantis"))


class TestDirectVisits:
    def test_home_after_signing_in(self, browser):
        browser.get("/login/esia/dvinaland")
        answer = browser.come_back(browser.press())
        assert ("/me", 404) == (browser.url, answer.status_code)

    def test_who_is_in_may_go_on(self, house, browser):
        browser.get("/login/esia/dvinaland")
        browser.come_back(browser.press())
        browser.trail.clear()
        page = browser.get("/login")
        assert "Анна С." in page.text
        browser.get(f"/login/{browser.attempt_id}/continue")
        assert "/me" == browser.url
        assert 1 == len(house.upstream.completed)

    def test_a_desk_never_collects_a_direct_visit(self, house, browser):
        browser.get("/login/esia/dvinaland")
        browser.come_back(browser.press())
        assert 400 == browser.get(f"/resume?attempt={browser.attempt_id}").status_code


class TestTheDesk:
    def standing(self, house, asked, session_of=None):
        with house.app.app_context():
            session = house.rooms.sessions.of_person(session_of)[0] if session_of else None
            return house.desk.standing(asked, session)

    def test_nobody_is_signed_in(self, house):
        assert Needs("login") == self.standing(house, house.asked)

    def test_ready(self, house, browser):
        browser.sign_in()
        found = self.standing(house, house.asked, "anna")
        assert isinstance(found, Ready) and "anna" == found.person.id == found.session.person_id

    def test_consent_is_missing(self, house, browser):
        browser.sign_in()
        assert Needs("consent") == self.standing(house, Asked("olymp", ("openid", "profile")), "anna")

    def test_a_service_for_others(self, house, browser):
        browser.sign_in()
        assert Needs("refused", 7009) == self.standing(house, Asked("pupils", ("openid",)), "anna")

    def test_an_untied_person(self, house, browser):
        from broker.audit.event import SYSTEM

        browser.sign_in()
        with house.app.app_context():
            house.rooms.links.untie("anna", "school", SYSTEM)
        assert "refused" == self.standing(house, house.asked, "anna").reason

    def test_a_paused_service(self, house, browser):
        browser.sign_in()
        with house.app.app_context():
            house.rooms.clients.set_enabled("diary", False)
        assert Needs("refused", 7003) == self.standing(house, house.asked, "anna")

    def test_a_cookie_is_given_once(self, house):
        with house.app.app_context():
            first = house.desk.start(house.asked, "/resume", None)
            assert first.browser_cookie is not None
            assert house.desk.start(house.asked, "/resume", first.browser_cookie).browser_cookie is None
            assert house.desk.start(house.asked, "/resume", "x" * 100).browser_cookie is not None

    def test_a_session_that_ended_on_the_way_back(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        with house.app.app_context():
            session = house.rooms.sessions.of_person("anna")[0]
            house.rooms.sessions.end(session.id, house.rooms.journal, "signed_out")
        assert browser.get(f"/resume?attempt={browser.attempt_id}").headers["Location"].endswith("error=login_required")

    def test_many_collectors_one_result(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        cookie = browser.client.get_cookie(house.rooms.cookies.name_of("browser"), domain="127.0.0.1").value
        together, found = threading.Barrier(8), []

        def collect():
            together.wait(10)
            with house.app.app_context():
                found.append(house.desk.collect(browser.attempt_id, cookie))

        threads = [threading.Thread(target=collect) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert (8, 1) == (len(found), sum(result is not None for result in found))

    def test_many_finishers_one_session(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        name = house.rooms.cookies.name_of("browser")
        cookie = browser.client.get_cookie(name, domain="127.0.0.1").value
        together, statuses = threading.Barrier(6), []

        def dispatch():
            client = house.app.test_client()
            client.set_cookie(name, cookie, domain="127.0.0.1")
            together.wait(10)
            statuses.append(client.get(f"/login/{browser.attempt_id}", base_url="http://127.0.0.1:8000").status_code)

        threads = [threading.Thread(target=dispatch) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert 6 == len(statuses) and set(statuses) <= {202, 303}
        with house.app.app_context():
            assert 1 == len(house.rooms.sessions.of_person("anna"))
        assert 1 == [name for name, _ in house.events()].count("login.finished")

    def test_a_process_that_died_while_finishing(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        assert house.shelf.claim("attempt.finishing", browser.attempt_id, timedelta(seconds=10))
        assert 1004 == code_of(browser.get(f"/login/{browser.attempt_id}"))
        house.now += timedelta(seconds=11)
        assert browser.get(f"/login/{browser.attempt_id}").headers["Location"].endswith("code=1")


def test_a_restarted_server_goes_on(tmp_path):
    """Between any two requests the process may die: nothing of a login is in its memory."""
    house = House(tmp_path)
    browser = house.browser()
    browser.start()
    asked = browser.press()
    url = f"/login/return/esia?state={asked['state']}&code=c"
    for _ in range(4):
        house.database.engine.dispose()
        house = House(tmp_path, before=house)
        client = house.app.test_client()
        client._cookies.update(browser.client._cookies)
        browser.client = client
        answer = browser.get(url, follow=False)
        assert 303 == answer.status_code
        url = answer.headers["Location"]
    assert "https://rp.example/?code=1" == url
    house.database.engine.dispose()


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"attempt_ttl": timedelta(minutes=1)},
            {"restart_within": timedelta(minutes=10)},
            {"home_url": "https://evil.example"},
            {"home_url": "//evil.example"},
            {"connectors": ()},
        ],
    )
    def test_nonsense_stops_the_start(self, wrong):
        with pytest.raises(ValueError, match=rf"^login.{next(iter(wrong))} "):
            LoginSettings(**wrong)


def test_a_store_that_is_down_lets_nobody_in(house, browser):
    browser.start()

    class Down:
        def __getattr__(self, _name):
            def raises(*_arguments):
                raise ShelfUnavailable

            return raises

    house.rooms.attempts._shelf = Down()
    # What the person sees is the composition root's page for the unexpected.
    assert 500 == browser.get(browser.url).status_code
    assert [] == house.collected


def test_a_used_page_leads_to_the_services_own_door(house, browser):
    with house.app.app_context():
        house.rooms.clients.replace(replace(DIARY, initiate_login_uri="https://diary.example/login"))
    browser.sign_in()
    page = browser.get(f"/login/{browser.attempt_id}")
    # OpenID Connect Core 4: a service that knows several providers must be told which one.
    assert f'href="https://diary.example/login?{urlencode({"iss": house.rooms.issuer})}"' in page.text
