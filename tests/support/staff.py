"""A member of staff with a browser and a passkey, on the pages of the console."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.page import Form, Page
from tests.support.town import Town

_OPTIONS = re.compile(r'data-passkey="([^"]*)"')


@dataclass
class Staff:
    """`login` is that of a person at the mock ESIA."""

    town: Town
    login: str
    browser: Browser
    key: Authenticator = field(init=False)

    def __post_init__(self) -> None:
        self.key = Authenticator(self.town.issuer, urlsplit(self.town.issuer).hostname or "")

    def sign_in(self, path: str = "/login?next=security") -> Page:
        """Through Gosuslugi to wherever the console leads."""
        region = self.town.people[self.login]["region"]
        stopped = self.town.sign_in(self.browser, self.login, f"{self.town.issuer}{path}&region={region}", until="/admin")
        return self.open(stopped.headers["location"])

    def come_in(self) -> Page:
        """Signed in, with a passkey that is made when there is none; stands at the overview."""
        page = self.sign_in()
        return self.make(page) if page.forms_with("name", "passkey") else self.show(page)

    def make(self, page: Page, name: str = "ноутбук") -> Page:
        """Answer the form that makes a passkey."""
        return self.browser.submit(page.form("passkey"), name=name, passkey=self.key.make(options_of(page)))

    def show(self, page: Page) -> Page:
        """Answer the form that asks for the passkey."""
        return self.browser.submit(page.form("passkey"), passkey=self.key.show(options_of(page)))

    def do(self, form: Form, **typed: str) -> Page:
        """Send the form of a dangerous act and confirm it with the passkey."""
        return self.show(self.browser.submit(form, **typed))

    def open(self, path: str, *, follow: bool = True) -> Page:
        return self.browser.open(self.town.issuer + path, follow=follow)


def options_of(page: Page) -> str:
    """What the page's ceremony asks of the browser."""
    found = _OPTIONS.search(page.body)
    assert found, f"no ceremony on {page.url}: {page.text[:300]}"
    return html.unescape(found[1])
