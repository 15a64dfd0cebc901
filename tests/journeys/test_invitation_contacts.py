"""Phone and e-mail of the wizard: a link that no mail scanner can use up, a code, and what is never said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from broker.audit.event import Actor
from broker.directory.contact import Kind
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.invited import EMAIL, PHONE, Invited, finish, give_contacts, invited, say_right
from tests.support.mail_server import MailServer, SmsPhone, changes_for, deliver, mail_server, sms_gateway
from tests.support.page import Page
from tests.support.town import Town, town
from tests.support.visits import cause_of

PHONE_FORM = "+79120000001"
CARD = "demo-krylova"


@dataclass
class Post:
    """A town with its letters."""

    town: Town
    mail: MailServer
    phone: SmsPhone

    def link(self, address: str = EMAIL) -> str:
        """The link of the newest letter."""
        deliver(self.town)
        found = re.search(rf"{self.town.issuer}/email/\S+", self.mail.messages_to(address)[-1].text)
        assert found, self.mail.messages_to(address)[-1].text
        return found.group(0)

    def code(self, number: str = PHONE_FORM) -> str:
        """The code of the newest SMS."""
        deliver(self.town)
        found = re.search(r"\d{6}", self.phone.messages_to(number)[-1].text)
        assert found
        return found.group(0)

    def confirmed(self) -> set[Kind]:
        with self.town.house.app.app_context():
            return {found.kind for found in self.town.house.contacts.of(CARD) if found.confirmed_at is not None}

    def guest(self) -> Invited:
        """Invited afresh, without any phone or e-mail."""
        with self.town.house.app.app_context():
            for kind in Kind:
                self.town.house.contacts.remove(CARD, kind, Actor("staff", "demo-class-teacher"))
        # Limits are by the hour.
        self.town.clock.advance(timedelta(hours=2))
        return invited(self.town, CARD)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with ExitStack() as stack:
        mail, phone = stack.enter_context(mail_server()), stack.enter_context(sms_gateway())
        built = stack.enter_context(town(tmp_path_factory.mktemp("town"), Clock(), changes_for(mail, phone)))
        yield Post(built, mail, phone)


def test_a_mail_scanner_cannot_use_the_link_up(post: Post, browser: Browser) -> None:
    finish(browser, post.guest().open(browser))
    link = post.link()
    with Browser() as scanner:
        looks = [scanner.open(link) for _ in range(3)]
    assert ["Подтвердите почту"] * 3 == [page.heading for page in looks]
    assert set() == post.confirmed()

    with Browser() as person:
        page = person.open(link)
        pressed = [person.submit(page.form("form_key")) for _ in range(2)]

    assert ["Почта подтверждена"] * 2 == [page.heading for page in pressed]
    assert {Kind.EMAIL} == post.confirmed()
    assert EMAIL not in page.body and "o•••@example.org" in page.text


def test_a_used_link_says_so(post: Post, browser: Browser) -> None:
    finish(browser, post.guest().open(browser))
    link = post.link()
    browser.submit(browser.open(link).form("form_key"))
    again = browser.open(link)
    assert (200, "5014") == (again.status, cause_of(again))


def test_a_late_link_asks_for_another_to_the_same_address(post: Post, browser: Browser) -> None:
    finish(browser, post.guest().open(browser))
    link = post.link()
    post.town.clock.advance(timedelta(hours=24))

    late = browser.open(link)
    asked = browser.press(late, "Прислать новую")
    said = browser.submit(asked.form("form_key"))
    fresh = post.link()

    assert (410, "5013") == (late.status, cause_of(late))
    assert "Проверьте почту" == said.heading and fresh != link
    assert "Почта подтверждена" == browser.submit(browser.open(fresh).form("form_key")).heading
    assert {Kind.EMAIL} == post.confirmed()


def test_a_late_form_does_not_confirm(post: Post, browser: Browser) -> None:
    finish(browser, post.guest().open(browser))
    link = post.link()
    post.town.clock.advance(timedelta(hours=23, minutes=50))
    form = browser.open(link).form("form_key")
    post.town.clock.advance(timedelta(minutes=10))
    late = browser.submit(form)
    assert (410, "5013") == (late.status, cause_of(late))
    assert set() == post.confirmed()


def test_a_link_of_an_address_changed_since_is_nobodys(post: Post, browser: Browser) -> None:
    guest = post.guest()
    page = give_contacts(browser, say_right(browser, guest.open(browser)))
    old = post.link()
    page = browser.press(page, "Назад")
    give_contacts(browser, page, phone="", email="new@example.org")

    assert (404, "1010") == (browser.open(old).status, cause_of(browser.open(old)))
    assert "Подтвердите почту" == browser.open(post.link("new@example.org")).heading


@pytest.mark.parametrize("token", ["x", "a" * 3000, "%00", "\u0430"])
def test_a_link_that_is_not_ours(post: Post, browser: Browser, token: str) -> None:
    page = browser.open(f"{post.town.issuer}/email/{token}")
    assert (404, "1010") == (page.status, cause_of(page))


def test_links_are_not_sent_without_end(post: Post, browser: Browser) -> None:
    guest = post.guest()
    page = say_right(browser, guest.open(browser))
    step = f"{page.url}/welcome/contacts"
    deliver(post.town)
    before = len(post.mail.messages)
    for number in range(8):
        give_contacts(browser, browser.open(step), email=f"olga{number}@example.org")
    deliver(post.town)
    assert 5 == len(post.mail.messages) - before


def _to_phone(browser: Browser, page: Page) -> Page:
    return browser.press(page, "Подтвердить телефон")


def test_the_code_of_an_sms_confirms_the_phone(post: Post, browser: Browser) -> None:
    page = _to_phone(browser, finish(browser, post.guest().open(browser)))
    code = post.code()

    wrong = browser.submit(page.form("code"), code="000000" if code != "000000" else "000001", act="confirm")
    short = browser.submit(wrong.form("code"), code="12", act="confirm")
    right = browser.submit(short.form("code"), code=f"{code[:3]} {code[3:]}", act="confirm")

    assert (400, True) == (wrong.status, "Осталось попыток: 4" in wrong.text)
    assert "В коде 6 цифр, вы ввели 2" in short.text
    assert "Телефон подтверждён" in right.text and {Kind.PHONE} == post.confirmed()
    assert "Осталось связать Госуслуги" in browser.press(right, "Продолжить").heading


def test_five_wrong_codes_and_the_right_one_is_worth_nothing(post: Post, browser: Browser) -> None:
    page = _to_phone(browser, finish(browser, post.guest().open(browser)))
    code = post.code()
    for _ in range(5):
        page = browser.submit(page.form("code"), code="000000" if code != "000000" else "000001", act="confirm")
    page = browser.submit(page.form("code"), code=code, act="confirm")
    assert "Код больше не работает" in page.text and set() == post.confirmed()

    again = browser.submit(page.form("code"), act="again")
    assert "Отправили код ещё раз" in again.text
    browser.submit(again.form("code"), code=post.code(), act="confirm")
    assert {Kind.PHONE} == post.confirmed()


def test_the_same_phone_in_a_family_is_nobodys_business(post: Post, browser: Browser) -> None:
    finish(browser, post.guest().open(browser))
    other = invited(post.town, "demo-sokolova-a")
    with Browser() as second:
        page = give_contacts(second, say_right(second, other.open(second)), phone=PHONE, email=EMAIL)
    assert "Шаг 3" in page.heading


def test_nobody_is_shown_a_contact_in_full_later(post: Post, browser: Browser) -> None:
    guest = post.guest()
    give_contacts(browser, say_right(browser, guest.open(browser)))
    with Browser() as other:
        page = guest.open(other)
        back = other.press(page, "Назад")
    assert "Уже записано: +7 ••• •••-••-01" in back.text and "o•••@example.org" in back.text
    assert EMAIL not in back.body and PHONE_FORM not in back.body
