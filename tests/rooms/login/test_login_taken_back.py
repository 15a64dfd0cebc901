"""What Gosuslugi takes back ends at the next sign-in, where the region says so: a lower level, a permission withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from login_house import ANNA, House, code_of
from sqlalchemy import text

from broker.connectors.identity import Level
from broker.connectors.port import UpstreamFailed
from broker.linking.changes import surety
from broker.login.asked import Asked
from tests.support.policies import shipped_policies

LESS = replace(ANNA, level=Level.NOT_CONFIRMED)
LEAST = replace(LESS, snils=None)
DENIED = UpstreamFailed(2103, "ESIA-007004")


def soft_policies():
    """The rules of 2020, when less than a confirmed account was enough, with nothing ended in region 29."""
    shipped = shipped_policies()
    soft = [
        replace(one, periods=tuple(replace(period, ends_what_rests=one.code != "29") for period in one.periods))
        for one in shipped.regions
    ]
    return replace(shipped, regions=tuple(soft))


@pytest.fixture
def soft(tmp_path):
    made = House(tmp_path, policies=soft_policies())
    yield made
    made.database.engine.dispose()


def sessions(house):
    with house.app.app_context():
        return [(one.connector, one.level) for one in house.rooms.sessions.of_person("anna")]


def told(house, *names):
    return [(name, fields) for name, fields in house.events() if name in names]


def again(browser, says, **asked):
    """A sign-in that asks for a fresh one, in a browser that may be in."""
    browser.house.upstream.says = says
    browser.house.asked = replace(browser.house.asked, prompt=frozenset({"login"}))
    browser.start()
    return browser.come_back(browser.press(), **asked)


@pytest.mark.parametrize(
    ("sure", "less"),
    [
        ((Level.CONFIRMED, False, False), (Level.CHILD, False, True)),
        ((Level.CHILD, False, True), (Level.CHILD, True, False)),
        ((Level.CHILD, False, False), (Level.NOT_CONFIRMED, True, True)),
        ((Level.NOT_CONFIRMED, True, False), (Level.NOT_CONFIRMED, False, True)),
    ],
)
def test_the_ladder(sure, less):
    assert surety(*sure) > surety(*less)


def test_what_stands_behind_a_confirmed_account_does_not_matter():
    assert 1 == len({surety(Level.CONFIRMED, one, other) for one in (True, False) for other in (True, False)})


class TestALevelThatWentDown:
    def test_refused_by_the_rules_ends_everything_that_began_surer(self, house, browser):
        browser.sign_in()
        house.browser().sign_in()
        assert 2 == len(sessions(house))

        page = again(house.browser(), LESS)

        assert 2109 == code_of(page)
        assert [] == sessions(house)
        lowered = {"person_id": "anna", "connector": "esia", "before": "confirmed", "now": "not_confirmed", "ends": True}
        assert [("upstream.level_lowered", lowered)] == told(house, "upstream.level_lowered")
        assert ["level_lowered"] * 2 == [fields["cause"] for _, fields in told(house, "session.ended")]
        assert [("anna", "level_lowered", "ru")] == house.told

    def test_it_is_said_once(self, house):
        house.browser().sign_in()
        for _ in range(3):
            again(house.browser(), LESS)
        assert 1 == len(told(house, "upstream.level_lowered")) == len(house.told)

    def test_allowed_all_the_same_begins_anew_at_what_it_is_now(self, house):
        """In 2020 a checked SNILS was enough: the person is in again, by a session that claims no more than there is."""
        house.now = house.now.replace(year=2020)
        house.browser().sign_in()
        answer = again(house.browser(), LESS)

        assert "code=1" in answer.headers["Location"]
        assert [("esia", "not_confirmed")] == sessions(house)

    def test_a_checked_snils_that_is_gone_is_a_lower_level_too(self, house):
        house.now = house.now.replace(year=2020)
        house.upstream.says = LESS
        house.browser().sign_in()
        assert 2110 == code_of(again(house.browser(), LEAST))
        assert [] == sessions(house)

    def test_a_level_that_rises_or_stays_ends_nothing(self, house):
        house.now = house.now.replace(year=2020)
        for says in (LESS, LESS, ANNA, ANNA):
            again(house.browser(), says)
        assert ["not_confirmed"] * 2 + ["confirmed"] * 2 == [level for _, level in sessions(house)]
        assert [] == told(house, "upstream.level_lowered") == house.told

    def test_the_diary_password_rests_on_nobodys_level(self, house):
        house.browser().sign_in()
        with house.app.app_context(), house.database.work():
            (one,) = house.rooms.sessions.of_person("anna")
            house.rooms.changes.end_resting("anna", "diary", ("confirmed",), "x")
        assert 1 == len(sessions(house)), "another way in"
        assert one.connector == "esia"

    def test_a_region_may_let_it_run_to_its_end(self, soft):
        soft.now = soft.now.replace(year=2020)
        soft.browser().sign_in()
        again(soft.browser(), LESS)
        assert [("esia", "confirmed"), ("esia", "not_confirmed")] == sessions(soft)
        assert [False] == [fields["ends"] for _, fields in told(soft, "upstream.level_lowered")]
        assert [] == soft.told

    def test_nobody_chooses_a_softer_region(self, soft):
        """What counts is where the person is at school, not the region that was chosen on the first page."""
        soft.browser().sign_in()
        changes = replace(soft.rooms.changes, policies=shipped_policies())
        with soft.app.app_context():
            assert changes.ends_for("anna") and not soft.rooms.changes.ends_for("anna")
            assert changes.ends_for("nobody"), "who is not known is not spared"


class TestAPermissionWithdrawn:
    def test_it_ends_the_session_of_this_browser_and_no_other(self, house, browser):
        browser.sign_in()
        other = house.browser()
        other.sign_in()

        page = again(browser, DENIED, error="access_denied", error_description="ESIA-007004: no")

        assert 2108 == code_of(page)
        assert 1 == len(sessions(house)), "a browser's word ends nothing elsewhere"
        withdrawn = {"person_id": "anna", "connector": "esia", "seen": "sign_in", "ends": True}
        assert [("upstream.consent_withdrawn", withdrawn)] == told(house, "upstream.consent_withdrawn")
        assert ["consent_withdrawn"] == [fields["cause"] for _, fields in told(house, "session.ended")]
        house.asked = Asked("diary", ("openid", "profile"))
        assert "ready" == other.start().text and "ready" != browser.start().text

    def test_a_stranger_who_refuses_takes_nothing_back(self, house, browser):
        house.browser().sign_in()
        page = again(browser, DENIED, error="access_denied")
        assert (2103, 1) == (code_of(page), len(sessions(house)))
        assert [] == told(house, "upstream.consent_withdrawn")

    def test_who_came_in_another_way_takes_nothing_back(self, house, browser):
        browser.sign_in()
        with house.app.app_context(), house.database.work():
            house.database.session.execute(text("UPDATE session SET connector = 'diary'"))
        assert 2103 == code_of(again(browser, DENIED, error="access_denied"))
        assert [("diary", "confirmed")] == sessions(house)

    def test_other_refusals_end_nothing(self, house, browser):
        browser.sign_in()
        for cause in (2101, 2104, 2106, 2107, 2114):
            again(browser, UpstreamFailed(cause, "x"))
            house.now += timedelta(minutes=2)
        assert 1 == len(sessions(house))

    def test_a_region_may_let_it_run_to_its_end(self, soft):
        browser = soft.browser()
        browser.sign_in()
        assert 2108 == code_of(again(browser, DENIED, error="access_denied"))
        assert 1 == len(sessions(soft))
        assert [False] == [fields["ends"] for _, fields in told(soft, "upstream.consent_withdrawn")]
