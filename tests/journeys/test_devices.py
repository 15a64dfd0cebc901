"""A screen in the hall signs somebody in: the code on a telephone, Gosuslugi, and back to the screen."""

from __future__ import annotations

import pytest

from tests.support.browser import Browser
from tests.support.devices import EVERY_GRANT, answered, begin, exchange, poll
from tests.support.relying_party import RelyingParty
from tests.support.town import Town
from tests.support.visits import register

pytestmark = pytest.mark.xdist_group("devices")

MARKS = "https://marks.example/"


@pytest.fixture(scope="module")
def screen(any_town: Town) -> RelyingParty:
    """A public client: whatever hangs on a wall keeps no secret."""
    return register(
        any_town, "screen", "openid profile offline_access", token_endpoint_auth_method="none", grant_types=EVERY_GRANT[:2] +
        EVERY_GRANT[3:4], first_party=True,
    )  # fmt: skip


def test_a_person_lets_a_screen_in(any_town: Town, browser: Browser, screen: RelyingParty) -> None:
    begun = begin(screen)
    assert "authorization_pending" == poll(screen, begun).json()["error"]
    page = answered(any_town, browser, begun, "orlova")
    assert (200, f"{any_town.issuer}/device/allowed") == (page.status, page.url)
    tokens = poll(screen, begun)

    assert 200 == tokens.status_code, tokens.text
    assert screen.id_claims(tokens.json(), None)["sub"] == screen.userinfo(tokens.json()["access_token"]).json()["sub"]
    again = screen.token(grant_type="refresh_token", refresh_token=tokens.json()["refresh_token"])
    assert 200 == again.status_code
    assert "invalid_grant" == poll(screen, begun).json()["error"]


def test_whoever_did_not_ask_for_it_says_no(any_town: Town, browser: Browser, screen: RelyingParty) -> None:
    begun = begin(screen)
    page = answered(any_town, browser, begun, "orlova", "deny")
    assert (200, f"{any_town.issuer}/device/denied") == (page.status, page.url)

    assert "access_denied" == poll(screen, begun).json()["error"]


def test_a_diary_swaps_a_persons_token_for_the_service_of_marks(any_town: Town, browser: Browser) -> None:
    diary = register(any_town, "gate", "openid profile school", grant_types=EVERY_GRANT, first_party=True, resources=(MARKS,))
    begun = begin(diary, resource=MARKS)
    answered(any_town, browser, begun, "orlova")
    token = poll(diary, begun).json()["access_token"]
    marks = register(any_town, "marks", grant_types=EVERY_GRANT, audiences=(MARKS,))
    swapped = exchange(marks, token, scope="school")

    assert (200, "school") == (swapped.status_code, swapped.json()["scope"]), swapped.text
    assert "invalid_scope" == exchange(marks, swapped.json()["access_token"], scope="profile").json()["error"]
    own = marks.token(grant_type="client_credentials")
    assert (200, "") == (own.status_code, own.json()["scope"])
