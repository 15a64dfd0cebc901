"""Clients that ask for themselves, for a device or for a service behind them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from werkzeug.test import TestResponse

from broker.provider.granting.client_grant import ClientGrant
from broker.provider.granting.device_grant import DeviceGrant
from broker.provider.granting.exchange_grant import ACCESS_TOKEN, ExchangeGrant
from broker.tokens.scopes import SCOPES
from tests.rooms.provider.stand import DIARY, Browser, RelyingParty, Stand

EVERY_GRANT = (
    "authorization_code", "refresh_token", ClientGrant.GRANT_TYPE, DeviceGrant.GRANT_TYPE, ExchangeGrant.GRANT_TYPE,
)  # fmt: skip
MARKS, MEALS = "https://marks.example.ru/", "https://meals.example.ru/"


def fully(stand: Stand, client_id: str = "diary", **changes: Any) -> RelyingParty:
    """A registered client with every grant, every scope and two resources."""
    stand.change(client_id, **({"grant_types": EVERY_GRANT, "scopes": SCOPES, "resources": (MARKS, MEALS)} | changes))
    with stand.app.app_context():
        client = stand.rooms.clients.find(client_id)
    assert client is not None
    return stand.relying_party(client)


def add(stand: Stand, client_id: str, **changes: Any) -> RelyingParty:
    """Another confidential client, a service behind the diary."""
    made = {"client_id": client_id, "grant_types": EVERY_GRANT, "scopes": SCOPES} | changes
    with stand.app.app_context():
        stand.rooms.clients.add(replace(DIARY, **made))
        stand.secrets[client_id] = stand.rooms.clients.new_secret(client_id, stand.rooms.outside, stand.rooms.jwks_max_age)
        client = stand.rooms.clients.find(client_id)
    assert client is not None
    return stand.relying_party(client)


def for_itself(party: RelyingParty, **more: Any) -> TestResponse:
    return party.post("/token", {"grant_type": ClientGrant.GRANT_TYPE} | more)


def exchange(party: RelyingParty, token: str, **more: Any) -> TestResponse:
    form = {"grant_type": ExchangeGrant.GRANT_TYPE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
    return party.post("/token", form | more)


def device_begins(party: RelyingParty, **more: Any) -> TestResponse:
    return party.post("/device_authorization", {"scope": "openid profile offline_access"} | more)


def device_asks(party: RelyingParty, device_code: str, **more: Any) -> TestResponse:
    return party.post("/token", {"grant_type": DeviceGrant.GRANT_TYPE, "device_code": device_code} | more)


class Hand:
    """A person with a browser of their own, before the pages of the device."""

    def __init__(self, browser: Browser):
        self.browser = browser

    def key(self, page: TestResponse) -> str:
        found = re.search(r'name="form_key" value="([^"]+)"', page.text)
        assert found, page.text
        return found[1]

    def types(self, user_code: str) -> TestResponse:
        key = self.key(self.browser.get("/device"))
        return self.browser.post("/device", {"form_key": key, "user_code": user_code})

    def answers(self, user_code: str, decision: str) -> TestResponse:
        path = self.types(user_code).headers["Location"]
        page = self.browser.get(path)
        return self.browser.post(path, {"form_key": self.key(page), "decision": decision})
