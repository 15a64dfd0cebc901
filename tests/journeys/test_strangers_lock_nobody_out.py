"""Strangers guess at a login from two addresses until it is closed for them; on a device that knows it, its owner gets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.page import parse
from tests.support.town import Town, town

HTTPS = "https://id.school.example"
LOGIN, PASSWORD = "ilina.diary", "demo-diary"
HOME, STRANGERS = "192.0.2.1", ("198.51.100.1", "198.51.100.2")
FEW = {
    "BROKER_PROVIDER__ISSUER": HTTPS,
    "BROKER_LIMITS__PROXIES": "1",
    "BROKER_LIMITS__PASSWORD_TRIES": "3",
    "BROKER_LIMITS__PASSWORD_TRIES_IN_ALL": "5",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """May 2018: region 38 lets people in by diary password."""
    with town(tmp_path_factory.mktemp("strangers"), Clock(datetime(2018, 5, 14, 6, tzinfo=UTC)), FEW) as built:
        yield built


def tried(here: Town, browser: Any, address: str, password: str) -> str:
    """One try at the start page: the path it ends at, or the code of the cause."""
    kept = {"base_url": here.issuer, "headers": {"X-Forwarded-For": address}}
    page = browser.get("/login?next=profile&fresh=1&region=38", follow_redirects=True, **kept)
    action, key = (re.search(one, page.text) for one in (r'action="([^"]+/password)"', r'name="form_key" value="([^"]+)"'))
    assert action and key, page.text
    sent = {"login": LOGIN, "password": password, "form_key": key.group(1)}
    end = browser.post(action.group(1), data=sent, follow_redirects=True, **kept)
    offer = parse(f"{here.issuer}{end.request.path}", end.status_code, end.text, {})
    if offer.has_link("Не сейчас"):
        # Gosuslugi is offered to whoever has come in by password; "not now" ends the sign-in.
        end = browser.get(offer.link("Не сейчас").url.removeprefix(here.issuer), follow_redirects=True, **kept)
    cause = re.search(r'class="code">(\d{4})<', end.text)
    return cause.group(1) if cause else str(end.request.path)


def test_two_strangers_close_it_for_strangers_only(here: Town) -> None:
    house = here.house
    owner, new_device = house.app.test_client(), house.app.test_client()
    assert "/me" == tried(here, owner, HOME, PASSWORD)

    for address in STRANGERS:
        stranger = house.app.test_client()
        assert "4002" == [tried(here, stranger, address, "guess") for _ in range(4)][-1]

    # Even with the right password, and from the owner's own address: a strange device is one of the strangers.
    assert "4002" == tried(here, new_device, STRANGERS[0], PASSWORD)
    assert "4002" == tried(here, new_device, HOME, PASSWORD)
    assert "/me" == tried(here, owner, HOME, PASSWORD)
    # The owner's device counts for itself: away from home, too.
    assert "/me" == tried(here, owner, STRANGERS[0], PASSWORD)
