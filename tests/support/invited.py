"""A person with an invitation, as journeys walk through the wizard of the first sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from broker.audit.event import Actor
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.town import Town

# The end of the wizard, for somebody who is connected already and for somebody who has yet to be.
FINISHED = ("Готово. Дневник открыт", "Осталось связать Госуслуги")
PHONE, EMAIL = "+7 912 000-00-01", "olga@example.org"
NEW_PASSWORD = "три кота и лодка"


@dataclass(frozen=True)
class Invited:
    """Login and temporary password, as on the paper."""

    town: Town
    person_id: str
    invitation_id: str
    login: str
    password: str

    def ask(self, browser: Browser, start: str = "/first") -> Page:
        """Open the form of the invitation."""
        return browser.open(start if start.startswith("http") else f"{self.town.issuer}{start}")

    def open(self, browser: Browser, start: str = "/first") -> Page:
        """Type what stands on the paper."""
        return browser.submit(self.ask(browser, start).form("login", "password"), login=self.login, password=self.password)


def invited(town: Town, person_id: str = "demo-krylova", days: int = 30) -> Invited:
    """A fresh invitation for somebody of the demo directory; earlier ones end."""
    house = town.house
    with house.app.app_context():
        ends_at = town.clock.now() + timedelta(days=days)
        issued = house.invitations.issue(person_id, Actor("staff", "demo-class-teacher"), ends_at)
    return Invited(town, person_id, issued.invitation.id, issued.login, issued.password)


def say_right(browser: Browser, page: Page) -> Page:
    """Step 1: all correct."""
    return browser.submit(page.form("decision"), decision="right")


def give_contacts(browser: Browser, page: Page, phone: str = PHONE, email: str = EMAIL) -> Page:
    """Step 2."""
    return browser.submit(page.form("phone", "email"), phone=phone, email=email)


def choose_password(browser: Browser, page: Page, password: str = NEW_PASSWORD) -> Page:
    """Step 3, scripts off: the password is typed twice."""
    return browser.submit(page.form("password"), password=password, password_repeat=password, rules="yes")


def finish(browser: Browser, page: Page, password: str = NEW_PASSWORD) -> Page:
    """From step 1 to the end."""
    return choose_password(browser, give_contacts(browser, say_right(browser, page)), password)
