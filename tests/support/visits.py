"""Whole visits of a person to a service, as journeys need them again and again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from broker.audit.event import SYSTEM
from broker.clients.client import Client
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.relying_party import RelyingParty, Request
from tests.support.town import ALL_SCOPES, DIRECTORY, RP_HOST, Town, people_desk


@dataclass
class Visit:
    """Where a visit ended: `answer` is what the relying party got, state and issuer checked."""

    request: Request
    answer: dict[str, str]
    page: Page


def visit(town: Town, browser: Browser, party: RelyingParty, login: str, **asked: str) -> Visit:
    """From the service to the service, pressing "allow" where permission is asked."""
    request = party.begin(**asked)
    page = town.sign_in(browser, login, request.url)
    if page.forms_with("decision"):
        page = decide(town, browser, page, "allow")
    return Visit(request, party.answer(came_to(page), request), page)


def decide(town: Town, browser: Browser, page: Page, decision: str) -> Page:
    """Press a button of the consent page and wait until the browser is sent on."""
    sent = browser.submit(page.form("decision"), follow=False, decision=decision)
    assert (200, True) == (sent.status, bool(sent.refresh)), sent.text
    return town.sign_in(browser, "orlova", sent.refresh)


def came_to(page: Page) -> str:
    """The address of the relying party that a page sends the browser to."""
    assert "location" in page.headers, f"{page.status} {page.url}: {page.text[:600]}"
    return page.headers["location"]


def tokens_of(party: RelyingParty, arrived: Visit) -> dict[str, Any]:
    """Redeem the code."""
    answer = party.redeem(arrived.answer["code"], arrived.request)
    assert 200 == answer.status_code, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def signed_in(
    town: Town, browser: Browser, party: RelyingParty, login: str, **asked: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tokens, and the verified claims of the ID token."""
    arrived = visit(town, browser, party, login, **asked)
    tokens = tokens_of(party, arrived)
    return tokens, party.id_claims(tokens, arrived.request.nonce)


def register(town: Town, client_id: str, scope: str = "openid profile", **more: Any) -> RelyingParty:
    """One more service, in a sector of its own; `more` are fields of Client."""
    house = town.house
    fields: dict[str, Any] = {
        "client_name": "Кружок",
        "client_name_en": "Club",
        "organisation": "АНО «Кружок»",
        "redirect_uris": (f"{RP_HOST}{client_id}",),
        "grant_types": ("authorization_code", "refresh_token"),
        "scopes": ALL_SCOPES,
        "default_region": "29",
        "sector_identifier": f"{client_id}.example",
    }
    client = Client(client_id=client_id, **(fields | more))
    secret = None
    with house.app.app_context():
        house.clients.add(client)
        if client.token_endpoint_auth_method.startswith("client_secret"):
            secret = house.clients.new_secret(client_id, house.outside, house.settings.clients.secret_overlap)
    return RelyingParty(town.issuer, client_id, secret, client.redirect_uris[0], scope)


def rewrite_card(town: Town, card: str, **changes: Any) -> None:
    """The school corrects one card of the demo directory."""
    document = json.loads(DIRECTORY.read_text(encoding="utf-8"))
    person = next(one for one in document["people"] if one["id"] == card)
    person |= changes
    document["people"] = [person]
    house = town.house
    with house.app.app_context():
        desk = people_desk(house)
        desk.import_document(document, SYSTEM, is_dry_run=False)


def leave_esia(town: Town, browser: Browser) -> None:
    """Sign out at Gosuslugi, so that somebody else can sign in there."""
    browser.open(f"{town.esia}/idp/ext/Logout")


def open_straight(browser: Browser, party: RelyingParty, **asked: str) -> tuple[Request, dict[str, str]]:
    """An authorization request that is answered at once, without any page."""
    request = party.begin(**asked)
    page = browser.open(request.url, follow=False)
    return request, party.answer(came_to(page), request)


def cookie_of(browser: Browser, word: str) -> str:
    """The value of the broker's cookie called `word`, "" when there is none."""
    return next((cookie.value or "" for cookie in browser.session.cookies if cookie.name.startswith(f"{word}-")), "")


def way_on(page: Page, ending: str) -> str:
    """The address of the one button of a page, known by how it ends."""
    found = {link.url for link in page.links if link.url.endswith(ending)}
    assert 1 == len(found), f"{found} on {page.url}: {page.text[:400]}"
    return found.pop()


def cause_of(page: Page) -> str:
    """The cause code a page tells, "" when it tells none."""
    _, _, rest = page.text.partition("Код причины: ")
    return rest.split(" ")[0]


def close_school(town: Town, school: str) -> None:
    """The school is closed in the directory; nobody's card changes."""
    document = json.loads(DIRECTORY.read_text(encoding="utf-8"))
    document["schools"] = [one | {"state": "closed"} for one in document["schools"] if one["id"] == school]
    document["people"] = []
    house = town.house
    with house.app.app_context():
        desk = people_desk(house)
        desk.import_document(document, SYSTEM, is_dry_run=False)
