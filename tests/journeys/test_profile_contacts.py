"""A phone and an e-mail of one's own: changed after a fresh sign-in, confirmed by what was sent there, never in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from broker.directory.contacts import Kind
from tests.support.browser import Browser
from tests.support.own import Post, at, code_in, enter, link_in, submit, town_with_post
from tests.support.visits import cause_of

NEW_PHONE, NEW_MAIL = "+79005556677", "anna.new@example.org"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("town")) as built:
        yield built


def confirmed(post: Post, person_id: str, kind: Kind) -> str | None:
    with post.town.house.app.app_context():
        found = [one for one in post.town.house.contacts.of(person_id) if one.kind is kind]
    return found[0].value if found and found[0].confirmed_at else None


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_phone_is_confirmed_by_a_code(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "dorofeev")
    for typed, said in (("", "Введите мобильный телефон"), ("12345", "11 цифр")):
        page = submit(here.town, browser, "/me/phone", phone=typed)
        assert (400, True) == (page.status, said in page.text), page.text

    sent = browser.submit(page.form("phone"), phone="8 (900) 555-66-77")

    assert ("/me/phone/sent", True) == (sent.url.removeprefix(here.town.issuer), "+7 ••• •••-••-77" in sent.text)
    assert NEW_PHONE not in sent.body
    assert confirmed(here, "demo-dorofeev", Kind.PHONE) is None
    code = code_in(here.texts(NEW_PHONE)[-1])
    for typed, said in (("", "Введите код"), ("12", "В коде 6 цифр, вы ввели 2"), (other_code(code), "Осталось попыток: 4")):
        sent = browser.submit(sent.form("code"), code=typed)
        assert (400, True) == (sent.status, said in sent.text), sent.text
    form = sent.form("code")
    done = browser.submit(form, code=f"{code[:3]} {code[3:]}")
    assert "Телефон подтвердили" in done.text
    assert NEW_PHONE == confirmed(here, "demo-dorofeev", Kind.PHONE)
    assert done.url == browser.submit(form, code=code).url
    assert "/me" == at(here.town, browser, "/me/phone/sent").url.removeprefix(here.town.issuer)


def test_five_wrong_codes_are_the_end_of_it(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "andreeva")
    page = submit(here.town, browser, "/me/phone", phone="+79001112233")
    code = code_in(here.texts("+79001112233")[-1])
    for _ in range(5):
        page = submit(here.town, browser, "/me/phone/sent", code=other_code(code))
    assert "6002" == cause_of(page)

    assert "6002" == cause_of(submit(here.town, browser, "/me/phone/sent", code=code))
    assert confirmed(here, "demo-andreeva", Kind.PHONE) is None


def test_a_new_code_takes_a_minute_and_ends_the_old_one(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "semyonov", "38")
    number = "+79004445566"
    submit(here.town, browser, "/me/phone", phone=number)
    old = code_in(here.texts(number)[-1])
    again = at(here.town, browser, "/me/phone/sent").forms[-1]

    soon = browser.submit(again)
    here.town.clock.advance(timedelta(seconds=61))
    later = browser.submit(at(here.town, browser, "/me/phone/sent").forms[-1])

    assert ("6004", 429) == (cause_of(soon), soon.status)
    assert "/me/phone/sent" in later.url
    codes = [code_in(sms) for sms in here.texts(number)]
    assert (2, old) == (len(codes), codes[0])
    if codes[1] != old:
        assert "Код не подошёл" in submit(here.town, browser, "/me/phone/sent", code=old).text
    assert "Телефон подтвердили" in submit(here.town, browser, "/me/phone/sent", code=codes[1]).text


def test_a_late_code_and_a_foreign_code_do_not_fit(here: Post, browser: Browser) -> None:
    number = "+79007778899"
    with Browser() as other:
        enter(here.town, other, "chernov", "38")
        submit(here.town, other, "/me/phone", phone=number)
        code = code_in(here.texts(number)[-1])
        enter(here.town, browser, "ilina", "38")
        submit(here.town, browser, "/me/phone", phone="+79007770000")
        if code != code_in(here.texts("+79007770000")[-1]):
            assert "Код не подошёл" in submit(here.town, browser, "/me/phone/sent", code=code).text
        here.town.clock.advance(timedelta(minutes=15))

        assert "6002" == cause_of(submit(here.town, other, "/me/phone/sent", code=code))
    assert confirmed(here, "demo-chernov", Kind.PHONE) is None


def test_a_new_address_is_told_to_the_old_one_and_confirmed_by_its_link(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "orlova")
    page = submit(here.town, browser, "/me/email", email="not an address")
    assert "нужен знак @" in page.text
    assert "not an address" == page.form("email").fields["email"]

    sent = browser.submit(page.form("email"), email="Anna.New@Example.org")

    assert "a•••@example.org" in sent.text
    assert confirmed(here, "demo-orlova", Kind.EMAIL) is None
    assert any("в вашем профиле сменили" in mail.text for mail in here.mails("orlova@example.org"))
    with Browser() as scanner:
        page = scanner.open(link_in(here.mails(NEW_MAIL)[-1]))
        assert confirmed(here, "demo-orlova", Kind.EMAIL) is None
        scanner.submit(page.form("form_key"))
    assert NEW_MAIL == confirmed(here, "demo-orlova", Kind.EMAIL)
    assert "a•••@example.org проверено" in at(here.town, browser, "/me").text


def test_the_same_address_is_left_as_it_is(here: Post, browser: Browser) -> None:
    enter(here.town, browser, "belova")
    before = len(here.mails("belova@example.org"))

    page = submit(here.town, browser, "/me/email", email="BELOVA@example.org")

    assert "/me" == page.url.removeprefix(here.town.issuer)
    assert before == len(here.mails("belova@example.org"))
    assert "belova@example.org" == confirmed(here, "demo-belova", Kind.EMAIL)
