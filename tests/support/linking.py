"""What people do on the pages that connect a diary and Gosuslugi, and a look behind at what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from broker.audit.event import SYSTEM
from broker.directory.card import Cardbox
from broker.directory.card_store import CardStore
from broker.linking.link import Link
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.relying_party import RelyingParty, Request
from tests.support.town import Town

PASSWORD = "demo-diary"


def give_password(town: Town, *person_ids: str) -> None:
    """A diary password for people of the demo directory, as the wizard would set it."""
    with town.house.app.app_context():
        for person_id in person_ids:
            person = town.house.directory.find_person(person_id)
            assert person is not None
            town.house.credentials.set_password(person, town.house.credentials.prepare(person, PASSWORD), SYSTEM)


def link_of(town: Town, person_id: str) -> Link | None:
    """The link of a person, from the database."""
    with town.house.app.app_context():
        return town.house.links.of_person(person_id)


def unlink(town: Town, person_id: str) -> None:
    """As the school does."""
    with town.house.app.app_context():
        town.house.links.untie(person_id, "school", SYSTEM)


def as_before(town: Town, *person_ids: str) -> None:
    """Nobody of them is connected, and their cards lack again what a connection has filled in (F15)."""
    for person_id in person_ids:
        unlink(town, person_id)
        with town.house.app.app_context(), town.house.database.work():
            store = CardStore(town.house.database, Cardbox(town.house.vault.sealer, town.house.vault.fingerprints))
            store.rewrite(person_id, lambda card: replace(card, snils=None), town.clock.now())


def at_the_proof(town: Town, browser: Browser, login: str, **extra: str) -> tuple[Page, RelyingParty, Request]:
    """From the diary's request through Gosuslugi to the page that asks for the diary password."""
    party = town.relying_party()
    request = party.begin(**({"region": town.people[login]["region"]} | extra))
    page = town.sign_in(browser, login, request.url)
    assert page.forms_with("login", "password"), page.text
    return page, party, request


def show(browser: Browser, page: Page, login: str, password: str = PASSWORD, *, follow: bool = True) -> Page:
    """Fill in diary login and password and press the button."""
    return browser.submit(page.form("login", "password"), follow=follow, login=login, password=password)


def to_the_service(browser: Browser, page: Page, party: RelyingParty, request: Request) -> dict[str, Any]:
    """Press the one button of the page that says "connected"; the claims of the ID token that the service gets."""
    return claims_at_the_service(browser, page.link("Перейти в «Дневник»").url, party, request)


def claims_at_the_service(browser: Browser, url: str, party: RelyingParty, request: Request) -> dict[str, Any]:
    """Follow our own redirects to the service's address, and redeem the code."""
    page = browser.open(url, follow=False)
    for _ in range(5):
        target = page.headers.get("location", "")
        if target.startswith(party.redirect_uri):
            code = party.answer(target, request)["code"]
            return party.id_claims(party.redeem(code, request).json(), request.nonce)
        assert target, page.text
        page = browser.open(party.issuer + target if target.startswith("/") else target, follow=False)
    raise AssertionError("the sign-in does not end")


def shown_code(page: Page) -> str:
    """The code of the cause that a page shows."""
    return page.text.partition("Код причины: ")[2][:4]


def shown_case(page: Page) -> str:
    """The number of the case that a page shows."""
    return page.text.partition("Номер обращения: ")[2][:9]
