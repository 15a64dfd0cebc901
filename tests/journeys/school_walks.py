"""A member of staff in the school's console, as journeys need them again and again."""

from __future__ import annotations

from tests.support.browser import Browser
from tests.support.page import Form, Page
from tests.support.town import Town

CASES = "/school/cases"
OWN = "andreeva"
FOREIGN = "fomina"


def staff(town: Town, browser: Browser, login: str = OWN, region: str = "29") -> Page:
    """Signed in through Gosuslugi, in the console's front room."""
    names = {"29": "Архангельская", "38": "Иркутская"}
    page = town.sign_in(browser, login, f"{town.issuer}/login?next=school&region={region}", names[region])
    assert (200, f"{town.issuer}{CASES}") == (page.status, page.url), f"{page.status} {page.url}: {page.text[:400]}"
    return page


def open_(town: Town, browser: Browser, path: str) -> Page:
    return browser.open(f"{town.issuer}{path}")


def form_to(page: Page, path: str, without: str = "print_class") -> Form:
    """The first form that posts to a path and has no field of the name `without`."""
    fitting = [form for form in page.forms if form.method == "post" and form.action.endswith(path) and without not in form.fields]
    assert fitting, f"no form to {path} on {page.url}: {page.text[:400]}"
    return fitting[0]


def press(browser: Browser, page: Page, path: str, **typed: str) -> Page:
    """Send the form that leads to `path`."""
    return browser.submit(form_to(page, path), **typed)


def number_in(page: Page) -> str:
    """The case number on a cause page."""
    found = [word for word in page.text.replace(",", " ").split() if len(word) == 9 and word[4] == "-" and word[:4].isdigit()]
    assert found, page.text
    return found[0]
