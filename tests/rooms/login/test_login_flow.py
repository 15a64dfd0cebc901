from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from login_house import ANNA, DIARY, STRANGER, UNCONFIRMED, button_of, case_of, code_of

from broker.clients.profile import as_fapi2
from broker.connectors.port import UpstreamFailed
from broker.login.asked import Asked


@pytest.fixture
def strict(house):
    """The house whose diary keeps to FAPI 2.0."""
    with house.app.app_context():
        proven = replace(DIARY, token_endpoint_auth_method="private_key_jwt", jwks_uri="https://diary.example/jwks")
        house.rooms.clients.replace(as_fapi2(proven))
    return house


def only_error(house):
    assert 1 == len(house.collected)
    return house.collected[0].error


class TestTheWholeWay:
    def test_one_button_and_in(self, house, browser):
        page = browser.start()
        assert "Дневник" in page.text and "Архангельская" in page.text

        answer = browser.come_back(browser.press())

        assert "https://rp.example/?code=1" == answer.headers["Location"]
        (found,) = house.collected
        assert ("", "anna", ("openid", "profile")) == (found.error, found.person.id, found.granted)
        assert ("anna", "esia", "confirmed", "29") == (
            found.session.person_id, found.session.connector, found.session.level, found.session.region,
        )

    def test_every_step_is_in_the_journal(self, house, browser):
        browser.sign_in()
        names = [name for name, _ in house.events()]
        wanted = ["login.started", "upstream.returned", "match.decided", "account.linked", "login.finished"]
        assert wanted == [name for name in names if name in wanted]

    def test_no_query_stays_in_the_history(self, browser):
        browser.sign_in()
        after = browser.trail[browser.trail.index(next(url for url in browser.trail if "/login/return/" in url)) + 1]
        assert "?" not in after and after.startswith("/login/")

    def test_the_second_time_is_without_a_question(self, house, browser):
        browser.sign_in()
        assert "ready" == browser.start().text
        assert 1 == len(house.upstream.completed)

    def test_the_same_person_again_finds_the_link(self, house):
        house.browser().sign_in()
        house.browser().sign_in()
        assert 1 == [name for name, _ in house.events()].count("account.linked")
        assert ["anna", "anna"] == [found.person.id for found in house.collected]

    def test_a_new_cookie_at_each_sign_in(self, house, browser):
        name = house.rooms.cookies.name_of("session")
        browser.client.set_cookie(name, "planted", domain="127.0.0.1")
        browser.sign_in()
        assert "planted" != browser.client.get_cookie(name, domain="127.0.0.1").value

    def test_english(self, house):
        page = house.browser("en").start()
        assert "Diary" in page.text and "Sign in with Gosuslugi" in page.text

    def test_ui_locales_win_over_the_browser(self, house, browser):
        house.asked = replace(house.asked, ui_locales=("en",))
        assert "Sign in with Gosuslugi" in browser.start().text


class TestBoundToTheBrowser:
    def test_another_browser_sees_nothing(self, house, browser):
        browser.start()
        thief = house.browser()
        assert 1001 == code_of(thief.get(f"/login/{browser.attempt_id}"))
        thief.start()
        for below in ("", "/to/esia", "/continue", "/other", "/again", "/region/29"):
            assert 1005 == code_of(thief.get(f"/login/{browser.attempt_id}{below}")), below
        assert 1005 == code_of(thief.post(f"/login/{browser.attempt_id}/consent", decision="allow", form_key="x"))

    def test_another_browser_cannot_bring_the_answer(self, house, browser):
        browser.start()
        asked = browser.press()
        thief = house.browser()
        assert 1005 == code_of(thief.come_back(asked))
        thief.start()
        assert 1005 == code_of(thief.come_back(asked))
        assert [] == house.upstream.completed
        # The owner is not harmed by the try.
        assert browser.come_back(asked).headers["Location"].endswith("code=1")

    def test_another_browser_cannot_collect(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        thief = house.browser()
        thief.start()
        assert 400 == thief.get(f"/resume?attempt={browser.attempt_id}").status_code
        assert 400 == house.browser().get(f"/resume?attempt={browser.attempt_id}").status_code
        assert browser.get(f"/resume?attempt={browser.attempt_id}").headers["Location"].endswith("code=1")

    def test_cookies_off(self, house, browser):
        browser.start()
        browser.client.delete_cookie(house.rooms.cookies.name_of("browser"), domain="127.0.0.1")
        page = browser.get(f"/login/{browser.attempt_id}")
        assert (1001, 400) == (code_of(page), page.status_code)
        assert "127.0.0.1:8000" in page.text

    def test_a_made_up_attempt(self, browser):
        browser.start()
        assert 1002 == code_of(browser.get("/login/AAAAAAAAAAAAAAAAAAAAAA"))
        assert 1002 == code_of(browser.get("/login/" + "x" * 300))
        assert 1002 == code_of(browser.get("/login/привет"))

    def test_a_result_is_collected_once(self, browser):
        browser.sign_in()
        again = browser.get(f"/resume?attempt={browser.attempt_id}")
        assert 400 == again.status_code


class TestTheAnswerOfTheUpstream:
    def test_a_replay_does_not_ask_twice(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        second = browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        assert (303, f"/login/{browser.attempt_id}") == (second.status_code, second.headers["Location"])
        assert 1 == len(house.upstream.completed)

    def test_a_second_delivery_while_the_first_is_at_work(self, house, browser):
        browser.start()
        asked = browser.press()
        seen = []

        def slow():
            twin = browser.get(f"/login/return/esia?state={asked['state']}&code=c")
            seen.append((code_of(twin), twin.status_code, button_of(twin)))
            return ANNA

        house.upstream.says = slow
        answer = browser.come_back(asked)
        assert [(1004, 202, f"/login/{browser.attempt_id}")] == seen
        assert answer.headers["Location"].endswith("code=1")
        assert 1 == len(house.upstream.completed)

    def test_a_process_that_died_while_asking(self, house, browser):
        browser.start()
        asked = browser.press()

        def dies():
            raise KeyboardInterrupt

        house.upstream.says = dies
        with pytest.raises(KeyboardInterrupt):
            browser.come_back(asked)
        assert 1004 == code_of(browser.get(f"/login/{browser.attempt_id}"))
        house.now += timedelta(seconds=61)
        house.upstream.says = ANNA
        browser.get(f"/login/{browser.attempt_id}")
        assert browser.come_back(browser.press()).headers["Location"].endswith("code=1")

    def test_an_unknown_state(self, house, browser):
        browser.start()
        browser.press()
        for state in ("0f9439ef-3581-4de5-9b8c-d20135960331", "", "x" * 500):
            page = browser.get(f"/login/return/esia?state={state}&code=c")
            assert (2106, 502) == (code_of(page), page.status_code)
        assert [] == house.upstream.completed

    def test_doubled_parameters(self, house, browser):
        browser.start()
        asked = browser.press()
        assert 2106 == code_of(browser.get(f"/login/return/esia?state={asked['state']}&code=a&code=b"))
        assert [] == house.upstream.completed

    def test_an_address_of_no_upstream(self, browser):
        browser.start()
        assert 1010 == code_of(browser.get("/login/return/other?state=x"))
        assert 1010 == code_of(browser.get(f"/login/{browser.attempt_id}/to/other"))

    def test_each_trip_has_its_own_state(self, browser):
        browser.start()
        dispatcher = browser.url
        first = browser.press()
        browser.get(dispatcher)
        assert first["state"] != browser.press()["state"]

    def test_an_older_trip_still_ends_well(self, browser):
        browser.start()
        dispatcher = browser.url
        first = browser.press()
        browser.get(dispatcher)
        browser.press()
        assert browser.come_back(first).headers["Location"].endswith("code=1")

    def test_nothing_of_the_relying_party_goes_upstream(self, house, browser):
        house.asked = replace(house.asked, login_hint="anna@example.org", response="nonce-of-rp")
        browser.start()
        assert {"state", "redirect_uri"} == set(browser.press())

    @pytest.mark.parametrize("cause", [2101, 2102, 2103, 2104, 2105, 2106, 2107, 2109, 2113, 2114])
    def test_every_failure_is_its_own_page(self, house, browser, cause):
        house.upstream.says = UpstreamFailed(cause, "ESIA-000000")
        page = browser.sign_in()
        assert cause == code_of(page)
        number = case_of(page)
        assert number is not None
        assert number == case_of(browser.get(f"/login/{browser.attempt_id}"))
        assert [("upstream.refused", cause), ("login.refused", cause)] == [
            (name, fields["cause"]) for name, fields in house.events() if name.endswith(".refused")
        ]

    def test_a_trip_that_cannot_begin_is_said_here(self, house, browser):
        house.upstream.begins = UpstreamFailed(2104, "signing: no answer")
        browser.start()
        page = browser.get(f"/login/{browser.attempt_id}/to/esia")
        assert 2104 == code_of(page) and case_of(page) is not None
        assert [] == house.upstream.completed
        house.upstream.begins = None
        answer = browser.get(f"/login/{browser.attempt_id}/to/esia")
        state = answer.headers["Location"].partition("state=")[2].partition("&")[0]
        assert browser.come_back({"state": state}).headers["Location"].endswith("code=1")

    def test_missing_data_are_named(self, house, browser):
        house.upstream.says = UpstreamFailed(2115, "person without a name", ("surname",))
        page = browser.sign_in()
        assert 2115 == code_of(page) and "фамилия" in page.text

    @pytest.mark.parametrize("cause", [2101, 2102])
    def test_an_outage_keeps_the_attempt(self, house, browser, cause):
        house.upstream.says = UpstreamFailed(cause, "http: timeout")
        page = browser.sign_in()
        assert f"/login/{browser.attempt_id}/to/esia" == button_of(page)
        house.upstream.says = ANNA
        answer = browser.get(button_of(page))
        state = answer.headers["Location"].partition("state=")[2].partition("&")[0]
        assert browser.come_back({"state": state}).headers["Location"].endswith("code=1")

    def test_how_long_we_waited(self, house, browser):
        def silent():
            house.now += timedelta(seconds=12)
            return UpstreamFailed(2101, "http: timeout")

        house.upstream.says = silent
        assert "12 секунд" in browser.sign_in().text


class TestTime:
    def test_fifteen_minutes(self, house, browser):
        browser.start()
        house.now += timedelta(minutes=14, seconds=59)
        assert code_of(browser.get(browser.url)) is None
        house.now += timedelta(seconds=1)
        page = browser.get(browser.url)
        assert (1002, 410) == (code_of(page), page.status_code)

    def test_a_late_answer_starts_anew_with_service_and_region(self, house, browser):
        browser.start()
        asked = browser.press()
        house.now += timedelta(minutes=16)
        page = browser.come_back(asked)
        assert 1002 == code_of(page) and [] == house.upstream.completed

        again = browser.get(button_of(page))
        assert "Дневник" in again.text and "Архангельская" in again.text
        assert browser.come_back(browser.press()).headers["Location"].endswith("code=1")

    def test_a_finished_login_grows_old_too(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        house.now += timedelta(minutes=15)
        assert 400 == browser.get(f"/resume?attempt={browser.attempt_id}").status_code

    def test_after_an_hour_only_a_fresh_start_is_left(self, house, browser):
        browser.start()
        house.now += timedelta(hours=2)
        page = browser.get(browser.url)
        assert (1002, "/login") == (code_of(page), button_of(page))


class TestBackReloadAndTwoTabs:
    def test_back_from_the_upstream_shows_the_button(self, browser):
        browser.start()
        dispatcher = browser.url
        browser.press()
        page = browser.get(dispatcher)
        assert 1007 == code_of(page)
        assert "/to/esia" in page.text
        assert code_of(browser.get(dispatcher)) is None, "it is said once"

    def test_back_after_the_end_offers_to_go_on(self, house, browser):
        browser.sign_in()
        page = browser.get(f"/login/{browser.attempt_id}")
        assert "Анна С." in page.text and f"/login/{browser.attempt_id}/again" in page.text
        assert 200 == page.status_code

    def test_back_after_the_end_without_a_session(self, house, browser):
        browser.sign_in()
        browser.client.delete_cookie(house.rooms.cookies.name_of("session"), domain="127.0.0.1")
        page = browser.get(f"/login/{browser.attempt_id}")
        assert (1003, 409) == (code_of(page), page.status_code)

    def test_a_strict_service_gets_no_second_answer_to_one_request(self, strict, browser):
        browser.sign_in()
        mine = f"/login/{browser.attempt_id}"
        assert "/again" not in browser.get(mine).text
        for below in ("/again", "/again/esia"):
            assert mine == browser.get(mine + below, follow=False).headers["Location"]
            browser.get(mine + below)
        assert 1 == len(strict.collected)

    def test_a_strict_service_may_be_begun_anew_until_it_is_answered(self, strict, browser):
        browser.start()
        first = browser.url
        browser.get(f"{first}/again")
        assert first != browser.url
        assert browser.come_back(browser.press()).headers["Location"].endswith("code=1")

    def test_reload_before_the_service_collected(self, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        for _ in range(3):
            browser.get(f"/login/{browser.attempt_id}", follow=False)
        answer = browser.get(f"/login/{browser.attempt_id}")
        assert answer.headers["Location"].endswith("code=1")

    def test_a_lost_session_cookie_is_no_loss_for_the_service(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.client.delete_cookie(house.rooms.cookies.name_of("session"), domain="127.0.0.1")
        assert browser.get(f"/login/{browser.attempt_id}").headers["Location"].endswith("code=1")

    def test_two_attempts_of_one_browser_are_independent(self, house, browser):
        browser.start()
        first = browser.press()
        house.asked = replace(house.asked, client_id="pupils", scopes=("openid",), region="38")
        browser.start()
        browser.press()
        assert browser.come_back(first).headers["Location"].endswith("code=1")
        assert "diary" == house.collected[0].asked.client_id

    def test_links_of_old_pages_do_not_undo_a_finished_login(self, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        for below in ("/other", "/to/esia", "/continue", "/region/38", "/again"):
            browser.get(f"/login/{browser.attempt_id}{below}", follow=False)
        assert browser.get(f"/login/{browser.attempt_id}").headers["Location"].endswith("code=1")


class TestMatching:
    def test_nobody(self, house, browser):
        house.upstream.says = STRANGER
        page = browser.sign_in()
        assert 3101 == code_of(page)
        assert "nobody" == next(fields for name, fields in house.events() if name == "match.decided")["verdict"]

    def test_another_surname_names_the_field_and_the_school(self, house, browser):
        house.upstream.says = replace(ANNA, surname="Орлова")
        page = browser.sign_in()
        assert 3102 == code_of(page)
        assert "фамилия" in page.text and "+7 900 000-00-01" in page.text
        assert "Соколова" not in page.text and "Орлова" not in page.text

    def test_a_level_that_is_too_low(self, house, browser):
        house.upstream.says = UNCONFIRMED
        page = browser.sign_in()
        assert (2109, "/help/confirm") == (code_of(page), button_of(page))

    def test_without_a_school(self, house, browser):
        house.upstream.says = replace(ANNA, subject="5", surname="Борисова", snils="00200000115")
        assert 3109 == code_of(browser.sign_in())

    def test_another_region_is_one_click_away(self, house, browser):
        house.asked = replace(house.asked, region="38")
        page = browser.sign_in()
        assert 3112 == code_of(page)
        assert "Иркутская" in page.text and "Архангельская" in page.text

        answer = browser.get(button_of(page))
        assert answer.headers["Location"].endswith("code=1")
        assert 1 == len(house.upstream.completed)

    def test_a_diary_taken_by_another_account(self, house):
        house.browser().sign_in()
        house.upstream.says = replace(ANNA, subject="2")
        assert 3201 == code_of(house.browser().sign_in())

    def test_signing_in_again_after_a_refusal(self, house, browser):
        house.upstream.says = STRANGER
        page = browser.sign_in()
        house.upstream.says = ANNA
        assert 3101 == code_of(page)
        again = browser.get(f"/login/{browser.attempt_id}/cancel")
        assert "Дневник" in again.text and "Архангельская" in again.text
        assert browser.come_back(browser.press()).headers["Location"].endswith("code=1")

    def test_the_journal_keeps_the_real_cause(self, house, browser):
        house.upstream.says = replace(ANNA, surname="Чужая", name="Мария", birth_date=None)
        assert 3101 == code_of(browser.sign_in())
        refused = next(fields for name, fields in house.events() if name == "login.refused")
        assert refused["cause"] != 3101

    def test_nothing_personal_in_addresses(self, house, browser):
        browser.sign_in()
        trail = " ".join(browser.trail)
        assert "anna" not in trail and "1000299353" not in trail

    def test_what_is_on_the_shelf_is_sealed(self, house, browser):
        browser.start()
        asked = browser.press()
        # What this upstream has to remember of a trip is its state.
        assert asked["state"].encode() not in b"".join(value for value, _ in house.shelf._kept.values())
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        kept = b"".join(value for value, _ in house.shelf._kept.values())
        assert "Соколова".encode() not in kept and b"00200000014" not in kept and asked["state"].encode() not in b"".join(
            key.encode() for _, key in house.shelf._kept
        )


class TestWhatTheServiceAsks:
    def signed_in(self, house, browser, **asked):
        browser.sign_in()
        house.collected.clear()
        browser.trail.clear()
        house.asked = replace(house.asked, **asked)

    def test_prompt_login_goes_upstream_again(self, house, browser):
        self.signed_in(house, browser, prompt=frozenset({"login"}))
        page = browser.start()
        assert "Анна" not in page.text
        assert browser.come_back(browser.press()).headers["Location"].endswith("code=1")
        assert 2 == len(house.upstream.completed)

    def test_prompt_select_account_asks_whom(self, house, browser):
        self.signed_in(house, browser, prompt=frozenset({"select_account"}))
        page = browser.start()
        assert "Анна С." in page.text and "Соколова" not in page.text
        assert browser.get(f"/login/{browser.attempt_id}/continue").headers["Location"].endswith("code=1")
        assert 1 == len(house.upstream.completed)

    def test_continue_is_no_way_around_prompt_login(self, house, browser):
        self.signed_in(house, browser, prompt=frozenset({"login"}))
        browser.start()
        browser.get(f"/login/{browser.attempt_id}/continue")
        assert [] == house.collected

    def test_somebody_else(self, house, browser):
        self.signed_in(house, browser, prompt=frozenset({"select_account"}))
        browser.start()
        page = browser.get(f"/login/{browser.attempt_id}/other")
        assert "Анна" not in page.text

    @pytest.mark.parametrize(("age", "fresh"), [(100, True), (101, False)])
    def test_max_age(self, house, browser, age, fresh):
        self.signed_in(house, browser, max_age=100)
        house.now += timedelta(seconds=age)
        assert fresh == (browser.start().text == "ready")

    def test_another_person_than_expected(self, house, browser):
        house.asked = replace(house.asked, expected_person_id="boris")
        assert browser.sign_in().headers["Location"].endswith("error=login_required")
        assert "login_required" == only_error(house)

    def test_the_expected_person(self, house, browser):
        house.asked = replace(house.asked, expected_person_id="anna")
        assert browser.sign_in().headers["Location"].endswith("code=1")

    def test_an_essential_level(self, house, browser):
        house.asked = replace(house.asked, acr_values=("child",), acr_essential=True)
        browser.sign_in()
        assert "unmet_authentication_requirements" == only_error(house)
        assert 7008 == next(fields for name, fields in house.events() if name == "login.refused")["cause"]

    def test_a_level_that_is_only_wished_for(self, house, browser):
        house.asked = replace(house.asked, acr_values=("child",))
        assert browser.sign_in().headers["Location"].endswith("code=1")

    def test_a_service_for_pupils(self, house, browser):
        house.asked = Asked("pupils", ("openid",))
        page = browser.sign_in()
        assert 7009 == code_of(page)
        assert "ученик" in page.text and "учитель" in page.text
        assert code_of(browser.get(button_of(page))) is None

    def test_a_service_paused_meanwhile(self, house, browser):
        browser.start()
        asked = browser.press()
        with house.app.app_context():
            house.rooms.clients.set_enabled("diary", False)
        page = browser.come_back(asked)
        assert 7003 == code_of(page) and "Дневник" in page.text
        assert [] == house.collected

    def test_a_person_blocked_meanwhile(self, house, browser):
        from login_house import DOCUMENT

        self.signed_in(house, browser, prompt=frozenset({"select_account"}))
        browser.start()
        blocked = DOCUMENT | {"people": [DOCUMENT["people"][0] | {"state": "blocked"}]}
        with house.app.app_context():
            from broker.audit.event import SYSTEM

            house.rooms.directory.import_document(blocked, house.rooms.journal, SYSTEM)
        browser.get(f"/login/{browser.attempt_id}/continue")
        assert [] == house.collected
        assert 4003 == code_of(browser.come_back(browser.press()))


class TestRaces:
    def test_a_slow_second_trip_does_not_undo_a_finished_login(self, house, browser):
        browser.start()
        dispatcher = browser.url
        first = browser.press()
        browser.get(dispatcher)
        second = browser.press()
        seen = []

        def slow():
            house.upstream.says = ANNA
            house.now += timedelta(seconds=61)
            seen.append(browser.come_back(first).headers["Location"])
            return ANNA

        house.upstream.says = slow
        page = browser.come_back(second)
        assert ["https://rp.example/?code=1"] == seen
        assert 200 == page.status_code and "Анна С." in page.text
        assert 1 == len(house.collected)

    def test_a_copy_put_back_cannot_be_collected_again(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        kept = house.shelf._kept["attempt", browser.attempt_id]
        assert browser.get(f"/resume?attempt={browser.attempt_id}").headers["Location"].endswith("code=1")
        house.shelf._kept["attempt", browser.attempt_id] = kept
        assert 400 == browser.get(f"/resume?attempt={browser.attempt_id}").status_code

    def test_a_stale_copy_opens_no_second_session(self, house, browser):
        browser.start()
        asked = browser.press()
        browser.get(f"/login/return/esia?state={asked['state']}&code=c", follow=False)
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        claim = house.shelf.claim

        def stalls(kind, key, ttl):
            if kind == "attempt.finishing" and not stalled:
                stalled.append(True)
                browser.get(f"/login/{browser.attempt_id}", follow=False)
                house.now += timedelta(seconds=11)
            return claim(kind, key, ttl)

        stalled = []
        house.shelf.claim = stalls
        browser.get(f"/login/{browser.attempt_id}", follow=False)
        with house.app.app_context():
            assert 1 == len(house.rooms.sessions.of_person("anna"))
        assert 1 == [name for name, _ in house.events()].count("login.finished")
