"""Back in by a code: over letters and SMS, bound to one browser, five tries, fifteen minutes, once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.directory.contacts import Kind
from tests.support.browser import Browser
from tests.support.mail_server import deliver
from tests.support.own import NEW_PASSWORD, Post, at, code_in, enter, new, submit, town_with_post
from tests.support.page import Page
from tests.support.visits import cause_of

ORLOVA, ORLOVA_PHONE = "orlova@example.org", "+79000000001"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("town")) as built:
        yield built


@pytest.fixture(autouse=True)
def later(here: Post) -> None:
    """Limits of an hour begin anew for every journey, and no letter of the one before is late."""
    deliver(here.town)
    here.town.clock.advance(timedelta(hours=2))


def ask(post: Post, browser: Browser, name: str) -> Page:
    return submit(post.town, browser, "/recover/start", name=name)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def opens(post: Post, login: str, password: str) -> bool:
    with post.town.house.app.app_context():
        return post.town.house.credentials.check(login, password) is not None


def confirm(post: Post, person_id: str, kind: Kind, value: str) -> None:
    """A contact the person has shown to be theirs."""
    house = post.town.house
    with house.app.app_context():
        house.contacts.put(person_id, kind, value, SYSTEM)
        house.contacts.confirm(person_id, kind, value)


@pytest.mark.parametrize("name", ["orlova.diary", " Orlova.Diary ", ORLOVA, "8 900 000-00-01"])
def test_a_code_brings_a_new_password(here: Post, browser: Browser, name: str) -> None:
    with Browser() as elsewhere:
        enter(here.town, elsewhere, "orlova")
        page = browser.press(at(here.town, browser, "/recover"), "Забыли пароль от дневника")
        sent = browser.submit(page.form("name"), name=name)
        assert ("/recover/code", "Проверьте телефон и почту") == (sent.url.removeprefix(here.town.issuer), sent.heading)
        where = here.texts(ORLOVA_PHONE) if "900" in name else here.mails(ORLOVA)
        code = code_in(where[-1])
        for typed, said in (("", "Введите код"), ("123", "вы ввели 3"), (wrong(code), "Осталось попыток: 4")):
            sent = browser.submit(sent.form("code"), code=typed)
            assert (400, True, True) == (sent.status, said in sent.text, sent.title.startswith("Ошибка: ")), sent.text

        page = browser.submit(sent.form("code"), code=f" {code[:3]} {code[3:]}")

        assert "Придумайте новый пароль" == page.heading
        assert "orlova" not in page.body
        for password, said in (("short", "Добавьте ещё 3 знака"), ("12345678", "знают многие")):
            page = browser.submit(page.form("password"), **new(password))
            assert (400, True) == (page.status, said in page.text), page.text
        differing = browser.submit(page.form("password"), password=NEW_PASSWORD, password_repeat="другое")
        assert "Пароли разные" in differing.text
        password = f"{NEW_PASSWORD} {len(name)}"
        form = differing.form("password")
        done = browser.submit(form, **new(password))
        assert ("/recover/done", "Пароль сменили") == (done.url.removeprefix(here.town.issuer), done.heading)
        assert "По паролю в вашем регионе не входят." in done.text
        assert done.body == browser.submit(form, **new(password)).body
        assert "/login" in at(here.town, elsewhere, "/me").url
    assert opens(here, "orlova.diary", password)
    assert any("Пароль от дневника сменили" in mail.text for mail in here.mails(ORLOVA))
    assert "6002" == cause_of(at(here.town, browser, "/recover/password"))


def test_by_login_the_code_goes_everywhere_and_by_contact_only_there(here: Post, browser: Browser) -> None:
    mails, texts = len(here.mails(ORLOVA)), len(here.texts(ORLOVA_PHONE))
    ask(here, browser, "orlova.diary")
    assert (mails + 1, texts + 1) == (len(here.mails(ORLOVA)), len(here.texts(ORLOVA_PHONE)))
    assert code_in(here.mails(ORLOVA)[-1]) == code_in(here.texts(ORLOVA_PHONE)[-1])
    ask(here, browser, ORLOVA)

    assert (mails + 2, texts + 1) == (len(here.mails(ORLOVA)), len(here.texts(ORLOVA_PHONE)))


def test_a_shared_address_gets_a_code_for_each_login(here: Post, browser: Browser) -> None:
    """A mother's e-mail is her daughter's too: the code decides whose password is set."""
    ask(here, browser, "belova@example.org")
    letters = {mail.text.split("Логин ")[1].split(",")[0]: code_in(mail) for mail in here.mails("belova@example.org")[-2:]}
    assert {"belova.diary", "belova.d.diary"} == set(letters)

    submit(here.town, browser, "/recover/code", code=letters["belova.d.diary"])
    submit(here.town, browser, "/recover/password", **new())

    assert opens(here, "belova.d.diary", NEW_PASSWORD)
    assert opens(here, "belova.diary", "demo-diary")


def test_another_browser_can_do_nothing_with_the_code(here: Post, browser: Browser) -> None:
    ask(here, browser, ORLOVA)
    code = code_in(here.mails(ORLOVA)[-1])
    form = at(here.town, browser, "/recover/code").form("code")
    with Browser() as thief:
        assert "/recover/start" in at(here.town, thief, "/recover/code").url
        assert "1009" == cause_of(thief.submit(form, code=code))
        ask(here, thief, "nobody.at.all")
        assert "Код не подошёл" in submit(here.town, thief, "/recover/code", code=code).text
        browser.submit(form, code=code)
        assert "6002" == cause_of(at(here.town, thief, "/recover/password"))
    assert "Придумайте новый пароль" == at(here.town, browser, "/recover/password").heading


def test_a_browser_without_cookies_is_told(here: Post, browser: Browser) -> None:
    form = at(here.town, browser, "/recover/start").form("name")
    with Browser() as forgetful:
        assert "1001" == cause_of(forgetful.submit(form, name="orlova.diary"))


@pytest.mark.parametrize(("wait", "expected"), [(timedelta(seconds=899), ""), (timedelta(minutes=15), "6002")])
def test_a_code_works_for_fifteen_minutes(here: Post, browser: Browser, wait: timedelta, expected: str) -> None:
    ask(here, browser, ORLOVA)
    form = at(here.town, browser, "/recover/code").form("code")
    here.town.clock.advance(wait)

    assert expected == cause_of(browser.submit(form, code=code_in(here.mails(ORLOVA)[-1])))


def test_five_wrong_codes_are_the_end_of_it(here: Post, browser: Browser) -> None:
    ask(here, browser, ORLOVA)
    code = code_in(here.mails(ORLOVA)[-1])
    form = at(here.town, browser, "/recover/code").form("code")
    for left in (4, 3, 2, 1):
        page = submit(here.town, browser, "/recover/code", code=wrong(code))
        assert f"Осталось попыток: {left}" in page.text
    assert "6002" == cause_of(submit(here.town, browser, "/recover/code", code=wrong(code)))

    assert "6002" == cause_of(browser.submit(form, code=code))
    assert "6002" == cause_of(at(here.town, browser, "/recover/password"))


def test_parallel_guesses_are_five_as_well(here: Post, browser: Browser) -> None:
    ask(here, browser, ORLOVA)
    code = code_in(here.mails(ORLOVA)[-1])
    forms = [at(here.town, browser, "/recover/code").form("code") for _ in range(8)]
    cookies = browser.session.cookies

    def guess(form: object) -> str:
        with Browser() as window:
            window.session.cookies.update(cookies)
            page = window.submit(form, code=wrong(code))  # type: ignore[arg-type]
            return cause_of(page) or page.text.split("Осталось попыток: ")[1][:1]

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(guess, forms))

    assert ["1", "2", "3", "4", *["6002"] * 4] == told


def test_a_code_that_was_used_opens_nothing_again(here: Post, browser: Browser) -> None:
    ask(here, browser, ORLOVA)
    code = code_in(here.mails(ORLOVA)[-1])
    second = at(here.town, browser, "/recover/code").form("code")
    submit(here.town, browser, "/recover/code", code=code)
    forms = [at(here.town, browser, "/recover/password").form("password") for _ in range(2)]
    browser.submit(forms[0], **new("первый новый пароль"))

    assert "6002" == cause_of(browser.submit(second, code=code))
    assert "6002" == cause_of(browser.submit(forms[1], **new("второй новый пароль")))
    assert opens(here, "orlova.diary", "первый новый пароль")


def test_two_presses_send_one_letter(here: Post, browser: Browser) -> None:
    before = len(here.mails(ORLOVA))
    form = at(here.town, browser, "/recover/start").form("name")

    pages = [browser.submit(form, name=ORLOVA) for _ in range(2)]

    assert pages[0].url == pages[1].url
    assert before + 1 == len(here.mails(ORLOVA))


@pytest.mark.parametrize("name", ["semyonov@example.org", "Nobody@Example.org", "nobody.diary"])
def test_after_five_codes_an_hour_everybody_waits(here: Post, name: str) -> None:
    confirm(here, "demo-semyonov", Kind.EMAIL, "semyonov@example.org")
    for _ in range(5):
        with Browser() as browser:
            assert "" == cause_of(ask(here, browser, name))
    with Browser() as browser:
        page = ask(here, browser, name.upper())

    assert ("6004", 429) == (cause_of(page), page.status)
    assert "(Москва)" in page.text
    assert page.has_link("Как через школу")
    deliver(here.town)
    here.town.clock.advance(timedelta(hours=1))
    with Browser() as browser:
        assert "" == cause_of(ask(here, browser, name))


def test_a_login_is_sent_and_never_shown(here: Post, browser: Browser) -> None:
    page = browser.press(at(here.town, browser, "/recover"), "Забыли логин от дневника")
    assert "Введите телефон или почту" in browser.submit(page.form("name"), name="").text

    sent = submit(here.town, browser, "/recover/login", name=ORLOVA)

    assert "Если мы вас нашли, логин уже в письме или в СМС." in sent.text
    assert "orlova" not in sent.body
    assert "Ваш логин от дневника: orlova.diary" in here.mails(ORLOVA)[-1].text


def test_a_school_is_found_by_town_or_number_and_tells_of_no_pupil(here: Post, browser: Browser) -> None:
    page = browser.press(at(here.town, browser, "/recover"), "Нет доступа к телефону и почте")
    found = browser.submit(page.form("q"), q="нижнеборск 132")

    assert "Школа № 132" in found.text
    assert "кабинет 12" in found.text
    for hidden in ("Орлова", "Белов", "demo-"):
        assert hidden not in found.body
    for unverified in ("<b>нет такой</b>", "Позвоните 8 900 123"):
        nothing = browser.submit(page.form("q"), q=unverified)
        assert "Такой школы нет в списке" in nothing.text
        assert unverified not in nothing.body
        assert "900 123" not in nothing.body


def test_a_gosuslugi_password_is_not_ours(here: Post, browser: Browser) -> None:
    page = browser.press(at(here.town, browser, "/recover"), "Забыли пароль от Госуслуг")

    assert "6006" == cause_of(page)
    there = browser.press(page, "Открыть Госуслуги")
    assert (200, f"{here.town.esia}/login/recovery", "Восстановление пароля") == (there.status, there.url, there.heading)


def test_gosuslugi_leads_to_a_new_password(here: Post, browser: Browser) -> None:
    page = at(here.town, browser, "/recover/start")

    there = here.town.sign_in(browser, "dorofeev", page.link("Войти через Госуслуги и задать новый пароль").url, "Архангельская")

    assert "/me/password" in there.url
    assert "Пароль сменили" in browser.submit(there.form("password"), **new()).text
    assert opens(here, "dorofeev.diary", NEW_PASSWORD)
