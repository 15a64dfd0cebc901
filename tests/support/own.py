"""A town with post, and what a person does on their own pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.support.browser import Browser
from tests.support.clock import FIRST_BELL, Clock
from tests.support.mail_server import Mail, MailServer, Sms, SmsPhone, changes_for, deliver, mail_server, sms_gateway
from tests.support.page import Page
from tests.support.town import Town, town

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
PASSWORD, NEW_PASSWORD = "demo-diary", "три слона у реки"


@dataclass
class Post:
    """A town whose letters arrive."""

    town: Town
    mail: MailServer
    phone: SmsPhone

    def mails(self, address: str) -> list[Mail]:
        """Everything that has come to this address, after what waits was sent."""
        deliver(self.town)
        return self.mail.messages_to(address)

    def texts(self, number: str) -> list[Sms]:
        """As `mails`, for a phone."""
        deliver(self.town)
        return self.phone.messages_to(number)


@contextmanager
def town_with_post(folder: Path, at: datetime = FIRST_BELL) -> Iterator[Post]:
    """A town with a mail server and an SMS gateway."""
    with mail_server() as mail, sms_gateway() as phone, town(folder, Clock(at), changes_for(mail, phone)) as built:
        yield Post(built, mail, phone)


def enter(town: Town, browser: Browser, login: str, region: str = "29", back: str = "profile") -> Page:
    """Sign in through Gosuslugi without any service, and be at the page called `back`."""
    return town.sign_in(browser, login, f"{town.issuer}/login?next={back}&fresh=1&region={region}")


def enter_by_password(town: Town, browser: Browser, login: str, password: str = PASSWORD, region: str = "38") -> Page:
    """Sign in with the diary password, where the region lets people in by it; "not now" to whatever is offered."""
    page = browser.open(f"{town.issuer}/login?next=profile&fresh=1&region={region}")
    page = browser.submit(page.form("login", "password"), login=login, password=password)
    return browser.press(page, "Не сейчас") if page.has_link("Не сейчас") else page


def at(town: Town, browser: Browser, path: str) -> Page:
    """Open a path of the broker."""
    return browser.open(f"{town.issuer}{path}")


def submit(town: Town, browser: Browser, path: str, **typed: str) -> Page:
    """Open a page and send its form that has these fields."""
    return browser.submit(at(town, browser, path).form(*typed), follow=True, **typed)


def new(password: str = NEW_PASSWORD) -> dict[str, str]:
    """Both fields of a new password, as a browser without scripts sends them."""
    return {"password": password, "password_repeat": password}


def code_in(message: Mail | Sms) -> str:
    """The six digits of a letter."""
    found: list[str] = re.findall(r"\b\d{6}\b", message.text)
    assert 1 == len(found), message.text
    return found[0]


def link_in(message: Mail | Sms) -> str:
    """The address in a letter."""
    found: list[str] = re.findall(r"https?://\S+", message.text)
    assert found, message.text
    return found[0]
