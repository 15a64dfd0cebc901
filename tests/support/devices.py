"""A device without a browser, and a person who lets it in: over HTTP, as in a living room."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import requests

from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.town import Town

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
EVERY_GRANT = ("authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, EXCHANGE)


def begin(party: RelyingParty, **more: str) -> dict[str, Any]:
    """The device asks for its code (RFC 8628 3.1)."""
    auth = (party.client_id, party.secret) if party.secret else None
    form = {"scope": party.scope} | more | ({} if auth else {"client_id": party.client_id})
    answer = party.http.post(party.discovery()["device_authorization_endpoint"], data=form, auth=auth, timeout=30)
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def poll(party: RelyingParty, begun: dict[str, Any]) -> requests.Response:
    """The device asks whether somebody has answered (RFC 8628 3.4)."""
    return party.token(grant_type=DEVICE_CODE, device_code=begun["device_code"])


def exchange(party: RelyingParty, token: str, **more: str) -> requests.Response:
    """A token for a narrower one (RFC 8693 2.1)."""
    return party.token(grant_type=EXCHANGE, subject_token=token, subject_token_type=ACCESS_TOKEN, **more)


def answered(town: Town, browser: Browser, begun: dict[str, Any], login: str, decision: str = "allow") -> Page:
    """The person opens the address of the device, sends the code that stands there, answers, and signs in if need be."""
    typed = browser.submit(browser.open(begun["verification_uri_complete"]).form("user_code"), follow=False)
    assert 303 == typed.status, typed.text
    asked = browser.open(urljoin(typed.url, typed.headers["location"]))
    assert begun["user_code"] in asked.text
    said = browser.submit(asked.form("decision"), follow=False, decision=decision)
    assert 303 == said.status, said.text
    return town.sign_in(browser, login, urljoin(said.url, said.headers["location"]), region="Архангельская")
