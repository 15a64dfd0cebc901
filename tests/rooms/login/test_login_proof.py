"""The proof inside the room: races of two identities for one diary, stale copies, where a login may end, what is told to whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from login_house import ANNA, ISSUER, case_of, code_of

from broker.audit.event import SYSTEM
from broker.connectors.identity import Level
from broker.connectors.port import UpstreamFailed
from broker.directory.contacts import Kind
from broker.policy.policies import load_policies
from tests.support.policies import REGIONS

PASSWORD = "a-diary-password-7"
# Her SNILS did not come along, so the rule of the region asks for a proof.
WITHOUT_SNILS = replace(ANNA, snils=None)


@pytest.fixture(autouse=True)
def anna_has_a_password(house):
    with house.app.app_context():
        person = house.rooms.directory.find_person("anna")
        house.rooms.credentials.set_password(person, house.rooms.credentials.prepare(person, PASSWORD), SYSTEM)


def prove(browser, page, login="anna", password=PASSWORD, **options):
    key = browser.form_key(page)
    fields = {"login": login, "password": password, "form_key": key}
    return browser._go("POST", f"/login/{browser.attempt_id}/link", data=fields, **options)


def link_of(house, person_id="anna"):
    with house.app.app_context():
        return house.rooms.links.of_person(person_id)


def at_the_proof(house, browser, identity=WITHOUT_SNILS):
    house.upstream.says = identity
    page = browser.sign_in()
    assert 2111 == code_of(page), page.text
    return page


def test_proof_then_told_then_in(house, browser):
    done = prove(browser, at_the_proof(house, browser))

    assert "Готово" in done.text
    assert browser.get(f"/login/{browser.attempt_id}/onward").headers["Location"].endswith("code=1")
    assert "diary_password" == link_of(house).evidence.value


def test_two_identities_at_one_diary_at_the_same_moment(house):
    browsers = [house.browser(), house.browser()]
    pages = [at_the_proof(house, each, replace(WITHOUT_SNILS, subject=f"10{n}")) for n, each in enumerate(browsers)]
    barrier = Barrier(2)

    def one(number):
        barrier.wait(30)
        return prove(browsers[number], pages[number])

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(one, range(2)))

    assert link_of(house) is not None
    assert [None, 3201] == sorted((code_of(page) for page in ends), key=lambda code: code or 0)


def test_a_copy_put_back_ties_nothing_after_the_school_has_untied(house, browser):
    """A request that was slow to write puts an old copy back, with the proof in it."""
    prove(browser, at_the_proof(house, browser), follow=False)
    cookie = browser.client.get_cookie(house.rooms.cookies.name_of("browser"), "127.0.0.1")
    with house.app.app_context():
        copy = house.rooms.attempts.find(browser.attempt_id, cookie.value)
        assert copy.proof is not None
        browser.get(f"/login/{browser.attempt_id}")
        assert link_of(house) is not None
        house.rooms.links.untie("anna", "school", SYSTEM)
        house.rooms.attempts.save(copy)
    house.now += timedelta(seconds=30)

    again = browser.get(f"/login/{browser.attempt_id}")

    assert link_of(house) is None
    assert code_of(again) is not None


def test_a_proof_serves_the_subject_it_was_shown_beside(house, browser):
    """The form was drawn for one Gosuslugi account; in another tab somebody else has come back into the same attempt."""
    page = at_the_proof(house, browser)
    house.upstream.says = replace(WITHOUT_SNILS, subject="another")
    browser.get(f"/login/{browser.attempt_id}/to/esia", follow=False)
    browser.url = f"/login/{browser.attempt_id}/to/esia"
    asked = browser.get(browser.url, follow=True)
    state = asked.headers["Location"].partition("state=")[2].partition("&")[0]
    browser.get(f"/login/return/esia?state={state}&code=c")

    stale = prove(browser, page)

    assert 1009 == code_of(stale)
    assert link_of(house) is None
    # The page says that what was typed is kept, and the form after it has it: not the password.
    again = browser.get(f"/login/{browser.attempt_id}").get_data(as_text=True)
    assert 'value="anna"' in again
    assert PASSWORD not in again


class TestWhereALoginEnds:
    def test_at_a_place_of_the_table(self, house, browser):
        browser.get("/login?next=school&region=29")
        answer = browser.come_back(browser.press())

        assert "/school" == browser.url, answer.text

    @pytest.mark.parametrize("name", ["https://evil.example/", "//evil.example", "/school", "nothing", ""])
    def test_nowhere_else(self, house, browser, name):
        browser.get(f"/login?next={name}&region=29")
        browser.come_back(browser.press())

        assert "/me" == browser.url

    def test_a_fresh_sign_in_does_not_offer_the_live_session(self, house, browser):
        browser.sign_in()

        assert "Вы уже вошли" in browser.get("/login?next=school&region=29").text
        assert "Вы уже вошли" not in browser.get("/login?next=school&region=29&fresh=1").text


class TestLetters:
    def test_about_a_link_made_by_hand(self, house, browser):
        self._write_to(house)
        prove(browser, at_the_proof(house, browser))

        assert [("linked", "anna")] == self._letters(house)

    def test_none_about_one_that_found_itself(self, house, browser):
        self._write_to(house)
        browser.sign_in()

        assert [] == self._letters(house)

    def test_about_a_device_that_was_never_used(self, house):
        self._write_to(house)
        agents = ["Mozilla/5.0 (Windows NT 10.0) Firefox/128.0", "Mozilla/5.0 (Windows NT 10.0) Firefox/129.0", "curl/8"]
        for agent in agents:
            browser = house.browser()
            browser.client.environ_base["HTTP_USER_AGENT"] = agent
            browser.sign_in()

        assert [("new_device", "anna")] == self._letters(house)

    def _write_to(self, house):
        with house.app.app_context():
            house.contacts.put("anna", Kind.EMAIL, "anna@example.org", SYSTEM)
            house.contacts.confirm("anna", Kind.EMAIL, "anna@example.org")

    def _letters(self, house):
        from sqlalchemy import select

        from broker.messages.tables import LetterRow

        with house.app.app_context():
            rows = house.database.session.execute(select(LetterRow.kind, LetterRow.person_id).order_by(LetterRow.made_at))
            return [(row.kind, row.person_id) for row in rows]


def test_a_permission_taken_back_at_gosuslugi(house, browser):
    browser.sign_in()
    house.upstream.says = UpstreamFailed(2103, "ESIA-007004")
    browser.get("/login?region=29&fresh=1")

    page = browser.come_back(browser.press())

    assert 2108 == code_of(page)
    assert 2103 == code_of(_denied_in_another(house))


def _denied_in_another(house):
    other = house.browser()
    other.start()
    return other.come_back(other.press())


def test_nobody_learns_a_surname_from_the_page_that_asks(house, browser):
    page = at_the_proof(house, browser)

    assert "Соколова" not in page.text
    assert "Анна С" in page.text


def test_an_unconfirmed_name_gets_the_same_page_whatever_there_is(house):
    """L1: self-typed names, once like a card and once like nobody's. Only numbers and names the person typed differ."""
    pages = []
    for surname in ("Соколова", "Несуществующая"):
        browser = house.browser()
        house.upstream.says = replace(ANNA, subject=surname, surname=surname, snils=None, level=Level.NOT_CONFIRMED)
        pages.append(browser.sign_in())

    assert code_of(pages[0]) == code_of(pages[1])
    assert pages[0].status_code == pages[1].status_code
    assert case_of(pages[0]) != case_of(pages[1])


def test_the_address_of_the_form_says_nothing(house, browser):
    prove(browser, at_the_proof(house, browser))

    assert all(ISSUER not in url and "anna" not in url and PASSWORD not in url for url in browser.trail)


class TestWhereConnectingMayNotBePutOff:
    """A region that still lets people in by password, but wants Gosuslugi connected at once."""

    @pytest.fixture
    def strict(self, house, tmp_path):
        for file in REGIONS.glob("*.toml"):
            text = file.read_text("utf-8").replace('local_password = "first_sign_in"', 'local_password = "allowed"')
            (tmp_path / file.name).write_text(text, "utf-8")
        object.__setattr__(house.rooms, "policies", load_policies(tmp_path))
        object.__setattr__(house.rooms.standing, "_policies", house.rooms.policies)
        return house

    def test_later_is_neither_offered_nor_taken(self, strict, browser):
        page = browser.start()
        browser.post(f"/login/{browser.attempt_id}/password", login="anna", password=PASSWORD, form_key=browser.form_key(page))
        offer = browser.get(f"/login/{browser.attempt_id}")
        assert "Подключите Госуслуги" in offer.text
        assert "/later" not in offer.text

        still = browser.get(f"/login/{browser.attempt_id}/later")

        assert "Подключите Госуслуги" in still.text
        assert [] == strict.collected
