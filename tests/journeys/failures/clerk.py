"""An administrator at the school's cases, whose screens and presses are counted from the list of cases on."""

from __future__ import annotations

from typing import Any

from tests.journeys.school_walks import CASES, form_to, staff
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.town import Town
from tests.support.visits import rewrite_card

# Every demo school has an administrator; this one is appointed for the test.
APPOINTED = {"belova": "29-001"}
REGION = {"andreeva": "29", "belova": "29", "tarasova": "29", "fomina": "38", "yershov": "38"}


def appoint(town: Town) -> None:
    """29-001 has two people who can help: an adult's link is removed by both."""
    for login, school in APPOINTED.items():
        place = {"school": school, "role": "school_administrator", "class_name": None, "left_on": None}
        rewrite_card(town, f"demo-{login}", staff_roles=[], memberships=[place])


class Clerk:
    """Somebody at the list of cases. `screens` are those worked on after the list, without the one that says it is done."""

    def __init__(self, town: Town, browser: Browser, login: str):
        self.town, self._browser = town, browser
        self.page = staff(town, browser, login, REGION[login])
        self.presses = 0

    @property
    def screens(self) -> int:
        return self.presses - 1

    def require_short(self) -> None:
        """What the product promises: at most three screens and four presses."""
        assert (True, True) == (self.screens <= 3, self.presses <= 4), (self.screens, self.presses)

    def open_case(self, number: str) -> Page:
        """From the list, or by the number that the person has read aloud."""
        if any(link.url.endswith(f"{CASES}/{number}") for link in self.page.links):
            return self._seen(self._browser.open(f"{self.town.issuer}{CASES}/{number}"))
        return self._seen(self._browser.submit(self.page.form("number"), number=number))

    def press(self, words: str) -> Page:
        """Follow a link."""
        return self._seen(self._browser.press(self.page, words))

    def send(self, path: str, **typed: Any) -> Page:
        """Send the form that leads to an address with this ending."""
        return self._seen(self._browser.submit(form_to(self.page, path), **typed))

    def search(self, words: str) -> Page:
        """Look for somebody."""
        return self._seen(self._browser.submit(self.page.form("q"), q=words))

    def _seen(self, page: Page) -> Page:
        assert 200 == page.status, f"{page.status} {page.url}: {page.text[:400]}"
        self.page, self.presses = page, self.presses + 1
        return page
