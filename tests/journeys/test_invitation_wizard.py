"""From an invitation on paper to the diary: five screens, five presses, and every way it can go wrong."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from broker.audit.event import Actor
from broker.foundation.encoding import digest
from broker.screens.forms import FormKeys
from tests.support.browser import Browser
from tests.support.invited import (
    EMAIL,
    FINISHED,
    NEW_PASSWORD,
    PHONE,
    choose_password,
    finish,
    give_contacts,
    invited,
    say_right,
)
from tests.support.page import Page
from tests.support.town import RP_HOST, Town
from tests.support.visits import Visit, cause_of, cookie_of, leave_esia, rewrite_card, tokens_of


def _has_password(town: Town, login: str, password: str) -> bool:
    with town.house.app.app_context():
        return town.house.credentials.check(login, password) is not None


def _invitation_state(town: Town, invitation_id: str) -> str:
    with town.house.app.app_context():
        found = town.house.invitations.find(invitation_id)
        assert found is not None
        return found.state_at(town.clock.now())


def test_from_the_paper_to_the_diary_in_five_screens(any_town: Town, browser: Browser) -> None:
    guest, diary = invited(any_town), any_town.relying_party()
    request = diary.begin()
    start = browser.open(request.url)
    ours = []

    page = browser.press(start, "первый раз")
    ours.append(page.heading)
    page = browser.submit(page.form("login", "password"), login=guest.login, password=guest.password)
    ours.append(page.heading)
    page = say_right(browser, page)
    ours.append(page.heading)
    page = give_contacts(browser, page)
    ours.append(page.heading)
    page = choose_password(browser, page)
    ours.append(page.heading)
    connect = page.link("Связать Госуслуги").url
    end = any_town.sign_in(browser, "krylova", connect)
    while end.status == 200 and end.has_link("Перейти в дневник"):
        end = any_town.sign_in(browser, "krylova", end.link("Перейти в дневник").url)

    assert [
        "Первый вход по приглашению",
        "Шаг 1 из 3. Проверьте данные",
        "Шаг 2 из 3. Телефон и почта",
        "Шаг 3 из 3. Придумайте пароль",
        "Осталось связать Госуслуги",
    ] == ours
    assert end.headers.get("location", "").startswith(RP_HOST), f"{end.status} {end.url} {end.text[:500]}"
    answer = diary.answer(end.headers["location"], request)
    tokens = tokens_of(diary, Visit(request, answer, end))
    assert "Крылова" == diary.userinfo(tokens["access_token"]).json()["family_name"]
    assert "used" == _invitation_state(any_town, guest.invitation_id)
    assert _has_password(any_town, guest.login, NEW_PASSWORD)
    leave_esia(any_town, browser)


def test_what_step_one_shows(any_town: Town, browser: Browser) -> None:
    page = invited(any_town).open(browser)
    assert "Крылова Софья Олеговна" in page.text
    assert "есть, конец 39" in page.text
    assert "002-000-275" not in page.body and "00200027539" not in page.body


def test_wrong_passwords_say_how_many_tries_are_left_and_keep_the_login(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town, "demo-medvedev")
    form = guest.ask(browser).form("login", "password")

    page = browser.submit(form, login=guest.login, password="неверный")

    assert (401, "Ошибка: Первый вход по приглашению") == (page.status, page.title)
    assert "Осталось попыток: 9" in page.text and "русская раскладка" in page.text
    assert guest.login == page.form("login", "password").fields["login"]
    assert "" == page.form("login", "password").fields["password"]


def test_a_login_that_nobody_has_is_answered_with_the_same_bytes(any_town: Town) -> None:
    guest = invited(any_town, "demo-medvedev")
    said = []
    for login in (guest.login, "nobody.at.all"):
        with Browser() as browser:
            form = guest.ask(browser).form("login", "password")
            page = browser.submit(form, login=login, password="Xy2345")
            said.append((page.status, _neutral(page, login, form.action)))
    assert said[0] == said[1]


def _neutral(page: Page, login: str, action: str) -> str:
    attempt = action.split("/")[4]
    keys = {form.fields.get("form_key", "") for form in page.forms}
    body = page.body.replace(login, "LOGIN").replace(attempt, "ATTEMPT")
    for key in keys - {""}:
        body = body.replace(key, "KEY")
    # Tries already spent on this login by other journeys.
    return "".join(sign for sign in body if not sign.isdigit())


def test_ten_wrong_passwords_close_the_login_and_time_opens_it(any_town: Town) -> None:
    guest = invited(any_town, "demo-medvedev")
    any_town.clock.advance(timedelta(minutes=16))
    codes = []
    for _ in range(11):
        with Browser() as browser:
            form = guest.ask(browser).form("login", "password")
            page = browser.submit(form, login=guest.login, password="wrong-one")
            codes.append(cause_of(page))
    with Browser() as browser:
        locked = guest.open(browser)
    any_town.clock.advance(timedelta(minutes=16))
    with Browser() as browser:
        opened = guest.open(browser)

    assert [""] * 9 + ["4002"] * 2 == codes
    assert (429, "4002") == (locked.status, cause_of(locked))
    assert "Шаг 1" in opened.heading


def test_an_invitation_is_used_once(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    assert finish(browser, guest.open(browser)).heading in FINISHED

    with Browser() as other:
        page = guest.open(other)

    assert (410, "4004") == (page.status, cause_of(page))


def test_an_expired_invitation_is_told_only_to_who_has_its_password(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town, days=1)
    any_town.clock.advance(timedelta(days=2))

    form = guest.ask(browser).form("login", "password")
    wrong = browser.submit(form, login=guest.login, password="wrong-one")
    page = guest.open(browser)

    assert 401 == wrong.status and "больше не работает" not in wrong.text
    assert (410, "4005") == (page.status, cause_of(page))
    assert "сентября 2026" in page.text


def test_a_cancelled_invitation_stops_the_wizard_in_its_midst(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    page = say_right(browser, guest.open(browser))
    with any_town.house.app.app_context():
        any_town.house.invitations.cancel(guest.invitation_id, Actor("staff", "demo-class-teacher"))

    page = give_contacts(browser, page)

    assert (410, "4005") == (page.status, cause_of(page))


def test_a_blocked_card_opens_nothing_in_any_step(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town, "demo-medvedev")
    page = guest.open(browser)
    try:
        rewrite_card(any_town, "demo-medvedev", state="blocked")
        stopped = say_right(browser, page)
        with Browser() as other:
            refused = guest.open(other)
    finally:
        rewrite_card(any_town, "demo-medvedev", state="active")
    assert [(403, "4003")] * 2 == [(one.status, cause_of(one)) for one in (stopped, refused)]
    assert "Усолье" in refused.text or "Школа" in refused.text


def test_somebody_active_is_shown_the_usual_way(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    finish(browser, guest.open(browser))
    with Browser() as other:
        form = guest.ask(other).form("login", "password")
        page = other.submit(form, login=guest.login, password=NEW_PASSWORD)
        assert "уже открыт" in page.text and 200 == page.status
        assert "Вход в электронный дневник" == other.press(page, "На страницу входа").heading


def test_an_error_becomes_a_case_and_the_wizard_goes_on(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    asked = browser.submit(guest.open(browser).form("decision"), decision="wrong")
    nothing = browser.submit(asked.form("form_key"))
    told = browser.submit(asked.form("form_key"), fields="surname")
    with any_town.house.app.app_context():
        found = any_town.house.cases.of_people((guest.person_id,))
        case = next(one for one in found if one.real_cause == 5001)

    assert (400, "Ошибка: Что исправить?") == (nothing.status, nothing.title)
    assert (200, "5001") == (told.status, cause_of(told))
    assert "фамилия" in told.text and case.number in told.text and "кабинет" in told.text
    assert ("surname",) == case.wrong_fields
    assert "Шаг 2" in browser.press(told, "Продолжить").heading


STEPS = [("Шаг 2", lambda browser, page: say_right(browser, page)),
         ("Шаг 3", lambda browser, page: give_contacts(browser, say_right(browser, page)))]  # fmt: skip


@pytest.mark.parametrize(("heading", "walk"), STEPS)
def test_another_browser_goes_on_where_this_one_stopped(any_town: Town, browser: Browser, heading: str, walk: object) -> None:
    guest = invited(any_town)
    walk(browser, guest.open(browser))  # type: ignore[operator]
    with Browser() as other:
        assert heading in guest.open(other).heading


def test_no_step_can_be_skipped(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    page = guest.open(browser)
    ahead = browser.open(f"{page.url}/welcome/password")
    later = browser.open(f"{page.url}/welcome/later")
    connect = browser.open(f"{page.url}/welcome/connect")
    assert ["Шаг 1 из 3. Проверьте данные"] * 3 == [ahead.heading, later.heading, connect.heading]


def test_both_contacts_are_demanded_and_their_forms_checked(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town, "demo-sokolova-a")
    page = say_right(browser, guest.open(browser))
    one = give_contacts(browser, page, email="")
    bad = give_contacts(browser, page, phone="12345", email="nobody")
    assert (400, True) == (one.status, "Введите почту" in one.text)
    assert PHONE == one.form("phone", "email").fields["phone"]
    assert "11 цифр" in bad.text and "нужен знак @" in bad.text


def test_no_form_is_taken_before_its_turn(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    page = guest.open(browser)
    # No page gives such a key before its turn; even with one the form does nothing.
    keys, attempt = FormKeys(any_town.house.shelf, any_town.house.outside), page.url.split("/")[-1]
    asked = {
        "contacts": {"phone": PHONE, "email": EMAIL},
        "password": {"password": NEW_PASSWORD, "password_repeat": NEW_PASSWORD, "rules": "yes"},
    }
    for step, typed in asked.items():
        with any_town.house.app.app_context():
            key = keys.issue(digest(cookie_of(browser, "browser")), f"wizard.{step}:{attempt}:{guest.invitation_id}")
        browser.session.post(f"{page.url}/welcome/{step}", data={"form_key": key, **typed}, timeout=30)
        assert "Шаг 1" in browser.open(page.url).heading
    assert "opened" == _invitation_state(any_town, guest.invitation_id)


@pytest.mark.parametrize(("typed", "said"), [
    ({"password": "кот", "password_repeat": "кот"}, "Добавьте ещё 5"),
    ({"password": "12345678", "password_repeat": "12345678"}, "знают многие"),
    ({"password": NEW_PASSWORD, "password_repeat": "другой пароль"}, "Пароли разные"),
    ({"password": NEW_PASSWORD, "password_repeat": NEW_PASSWORD, "rules": ""}, "поставьте галочку"),
])  # fmt: skip
def test_passwords_that_are_not_taken(any_town: Town, browser: Browser, typed: dict[str, str], said: str) -> None:
    guest = invited(any_town)
    page = give_contacts(browser, say_right(browser, guest.open(browser)))
    page = browser.submit(page.form("password"), **({"rules": "yes"} | typed))
    assert (400, True) == (page.status, said in page.text), page.text
    assert not any(value for name, value in page.form("password").fields.items() if name.startswith("password"))
    assert "opened" == _invitation_state(any_town, guest.invitation_id)


def test_the_temporary_password_is_no_new_one(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    page = give_contacts(browser, say_right(browser, guest.open(browser)))
    page = choose_password(browser, page, guest.password)
    assert (400, True) == (page.status, "совпал с временным" in page.text)


def test_every_form_sent_twice_has_one_answer(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    first = guest.ask(browser)
    twice = [browser.submit(first.form("login", "password"), login=guest.login, password=guest.password) for _ in range(2)]
    seconds = [say_right(browser, twice[0]), say_right(browser, twice[0])]
    thirds = [give_contacts(browser, seconds[0]), give_contacts(browser, seconds[0])]
    ends = [choose_password(browser, thirds[0]), choose_password(browser, thirds[0], "другой длинный пароль")]
    assert [2] * 4 == [len([page for page in pages if page.status == 200]) for pages in (twice, seconds, thirds, ends)]
    for pages in (twice, seconds, thirds, ends):
        assert pages[0].heading == pages[1].heading
    assert _has_password(any_town, guest.login, NEW_PASSWORD)


def test_of_two_browsers_that_finish_at_once_one_does(any_town: Town) -> None:
    guest = invited(any_town)
    browsers, pages = [Browser(), Browser()], []
    for browser in browsers:
        page = guest.open(browser)
        if "Шаг 1" in page.heading:
            page = give_contacts(browser, say_right(browser, page))
        pages.append(page)
    ends: dict[int, Page] = {}

    def end(number: int) -> None:
        ends[number] = choose_password(browsers[number], pages[number], f"{NEW_PASSWORD} {number}")

    threads = [threading.Thread(target=end, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    winners = [number for number, page in ends.items() if page.heading in FINISHED]
    assert 1 == len(winners), [(page.status, page.heading) for page in ends.values()]
    assert "4004" == cause_of(ends[1 - winners[0]])
    assert _has_password(any_town, guest.login, f"{NEW_PASSWORD} {winners[0]}")
    assert not _has_password(any_town, guest.login, f"{NEW_PASSWORD} {1 - winners[0]}")
    # Whoever lost may not go on to Gosuslugi as this person either.
    loser = browsers[1 - winners[0]]
    attempt = pages[1 - winners[0]].url.split("/login/")[1].split("/")[0]
    loser.open(f"{any_town.issuer}/login/{attempt}/welcome/connect", follow=False)
    assert "4004" == cause_of(loser.open(f"{any_town.issuer}/login/{attempt}"))
    for browser in browsers:
        browser.__exit__(None, None, None)


def test_late_answers_wait_for_the_same_person_in_the_same_browser(any_town: Town, browser: Browser) -> None:
    guest = invited(any_town)
    page = say_right(browser, guest.open(browser))
    any_town.clock.advance(timedelta(minutes=16))

    over = give_contacts(browser, page, phone=PHONE, email="not yet")
    again = browser.press(over, "Войти и продолжить")
    page = browser.submit(again.form("login", "password"), login=guest.login, password=guest.password)

    assert (401, "1006") == (over.status, cause_of(over))
    assert EMAIL not in over.body
    assert "Шаг 2" in page.heading
    assert (PHONE, "not yet") == (page.form("phone").fields["phone"], page.form("phone").fields["email"])
    with Browser() as other:
        elsewhere = guest.open(other)
        assert "" == elsewhere.form("phone").fields["phone"]


def test_more_time_twelve_times(any_town: Town, browser: Browser) -> None:
    page = invited(any_town).open(browser)
    given = []
    for _ in range(13):
        any_town.clock.advance(timedelta(minutes=14))
        answer = browser.session.post(f"{page.url}/stay", timeout=30)
        given.append(answer.status_code)
    any_town.clock.advance(timedelta(minutes=2))
    over = browser.open(page.url)
    assert [200] * 12 + [409] == given
    assert (401, "1006") == (over.status, cause_of(over))
    assert "Первый вход" in browser.press(over, "Войти и продолжить").heading
    assert 900 == browser.session.post(f"{invited(any_town).open(browser).url}/stay", timeout=30).json()["seconds"]
