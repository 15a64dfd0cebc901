"""Every way to tokens or claims × everything that can be taken away: no way is left open (advisories, "a newer entry point")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.directory.pauses import PauseReason, Pauses
from broker.provider.granting.client_grant import ClientGrant
from broker.provider.granting.device_grant import DeviceGrant
from broker.provider.granting.exchange_grant import ExchangeGrant
from broker.provider.granting.grants import TOKEN_GRANTS
from tests.rooms.provider.machines import Hand, device_asks, device_begins, exchange, for_itself, fully
from tests.rooms.provider.stand import ANNA, DIARY, OLYMP, Browser, RelyingParty, Stand


@dataclass
class Before:
    """What a client holds while all is well."""

    party: RelyingParty
    code: str
    tokens: dict[str, Any]
    device_code: str
    signed: str
    exchanged: str


def _untie(stand: Stand) -> None:
    with stand.app.app_context(), stand.rooms.database.work():
        stand.links.untie(ANNA, "test", SYSTEM)


def _pause(stand: Stand) -> None:
    with stand.app.app_context():
        for client in (DIARY, OLYMP):
            stand.rooms.clients.set_enabled(client.client_id, False)


def _sign_out(stand: Stand) -> None:
    with stand.app.app_context():
        for session in stand.rooms.sessions.of_person(ANNA):
            stand.rooms.sign_out.end_session(session.id, "sign_out", SYSTEM)


def _withdraw(stand: Stand) -> None:
    with stand.app.app_context():
        for consent in stand.rooms.consents.of_person(ANNA):
            stand.rooms.consents.withdraw(consent.id, ANNA, stand.rooms.journal, Actor("person", ANNA))


def _only_pupils(stand: Stand) -> None:
    for client in (DIARY, OLYMP):
        stand.change(client.client_id, roles=("pupil",))


def _close_for(stand: Stand) -> None:
    with stand.app.app_context():
        pauses = Pauses(stand.rooms.database, stand.rooms.journal, stand.rooms.outside)
        assert pauses.pause(ANNA, PauseReason.SAFETY, SYSTEM)


def _end_grants(stand: Stand) -> None:
    with stand.app.app_context():
        assert stand.rooms.grants.end_of_client(ANNA, "olymp", "test")


TAKEN_AWAY: dict[str, Callable[[Stand], object]] = {
    "the client": _pause,
    "the person": lambda stand: stand.read_directory(state="blocked"),
    "the school": lambda stand: stand.read_directory(school="closed"),
    "the link": _untie,
    "the upstream": lambda stand: stand.connectors.clear(),
    "the session": _sign_out,
    "the permission": _withdraw,
    "the role": _only_pupils,
    "the way in": _close_for,
}
WAYS: dict[str, Callable[[Before], Any]] = {
    "authorization_code": lambda before: before.party.redeem(before.code),
    "refresh_token": lambda before: before.party.refresh(before.tokens["refresh_token"]),
    DeviceGrant.GRANT_TYPE: lambda before: device_asks(before.party, before.device_code),
    ExchangeGrant.GRANT_TYPE: lambda before: exchange(before.party, before.tokens["access_token"]),
    "exchange of a JWT": lambda before: exchange(before.party, before.signed),
    "exchange of what was exchanged": lambda before: exchange(before.party, before.exchanged),
    "userinfo": lambda before: before.party.userinfo(before.tokens["access_token"]),
    "userinfo by a JWT": lambda before: before.party.userinfo(before.signed),
    "userinfo by what was exchanged": lambda before: before.party.userinfo(before.exchanged),
}
# Without a person: of all that can be taken away only the client is behind it.
FOR_ITSELF: dict[str, Callable[[Before], Any]] = {ClientGrant.GRANT_TYPE: lambda before: for_itself(before.party)}
# What has not become a grant yet cannot end with it.
BECOMES_A_GRANT = ("authorization_code", DeviceGrant.GRANT_TYPE)
USES = {way for way in WAYS if way.startswith(("userinfo", "exchange of"))}
# An exchange names no grant: what is wrong with it is always the token that was shown (RFC 8693 2.2.2).
REFUSALS = {"invalid_grant", "invalid_client", "invalid_token"}
OF_EXCHANGE = {"invalid_request", "invalid_client", "invalid_token"}


def _before(stand: Stand, browser: Browser) -> Before:
    """The browser's person holds everything; codes and devices wait, and whatever changes the registration comes first."""
    stand.change("olymp", access_token_format="jwt")
    party = fully(stand, "olymp")
    party.consent()
    signed = party.tokens(browser)["access_token"]
    stand.change("olymp", access_token_format="opaque")
    tokens = party.tokens(browser)
    exchanged = exchange(party, tokens["access_token"])
    assert 200 == exchanged.status_code, exchanged.text
    begun = device_begins(party).json
    assert "/device/allowed" == Hand(browser).answers(begun["user_code"], "allow").headers["Location"]
    return Before(party, party.code(browser), tokens, begun["device_code"], signed, exchanged.json["access_token"])


def test_every_grant_there_is_stands_in_a_table() -> None:
    assert {grant.GRANT_TYPE for grant, _ in TOKEN_GRANTS} == (set(WAYS) | set(FOR_ITSELF)) - USES


@pytest.mark.parametrize("way", WAYS)
def test_while_all_is_well_every_way_is_open(stand: Stand, browser: Browser, way: str) -> None:
    assert 200 == WAYS[way](_before(stand, browser)).status_code


@pytest.mark.parametrize("what", TAKEN_AWAY)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_is_left_open(stand: Stand, browser: Browser, way: str, what: str) -> None:
    before = _before(stand, browser)
    TAKEN_AWAY[what](stand)
    answer = WAYS[way](before)

    assert answer.status_code in (400, 401), answer.text
    assert answer.json["error"] in (OF_EXCHANGE if "exchange" in way else REFUSALS)
    assert not {"access_token", "id_token", "refresh_token", "sub"} & set(answer.json)


@pytest.mark.parametrize("way", [name for name in WAYS if name not in BECOMES_A_GRANT])
def test_with_the_grant_everything_of_it_is_over(stand: Stand, browser: Browser, way: str) -> None:
    before = _before(stand, browser)
    _end_grants(stand)
    answer = WAYS[way](before)

    assert answer.status_code in (400, 401), answer.text
    assert answer.json["error"] in (OF_EXCHANGE if "exchange" in way else REFUSALS)


@pytest.mark.parametrize("what", TAKEN_AWAY)
def test_a_client_asks_for_itself_as_long_as_it_is_there(stand: Stand, browser: Browser, what: str) -> None:
    before = _before(stand, browser)
    TAKEN_AWAY[what](stand)
    answer = FOR_ITSELF[ClientGrant.GRANT_TYPE](before)

    assert (401 if what == "the client" else 200) == answer.status_code


@pytest.mark.parametrize("what", [name for name in TAKEN_AWAY if name != "the client"])
def test_the_client_is_not_told_what_was_taken(stand: Stand, browser: Browser, what: str) -> None:
    before = _before(stand, browser)
    TAKEN_AWAY[what](stand)

    expected = {"error": "invalid_grant", "error_description": "the code or token is not valid"}
    assert expected == before.party.refresh(before.tokens["refresh_token"]).json


def test_a_refusal_ends_the_grant_and_is_written_down(stand: Stand, browser: Browser) -> None:
    before = _before(stand, browser)
    stand.read_directory(state="blocked")
    before.party.refresh(before.tokens["refresh_token"])
    stand.read_directory(state="active")

    assert "policy.refused" in stand.events()
    assert 400 == before.party.refresh(before.tokens["refresh_token"]).status_code
    assert "refresh.reused" not in stand.events()


def test_a_scope_taken_from_the_client_is_not_given_again(stand: Stand, browser: Browser, diary: RelyingParty) -> None:
    tokens = diary.tokens(browser, scope="openid profile snils offline_access")
    stand.change("diary", scopes=("openid", "profile", "offline_access"))

    assert "snils" not in diary.userinfo(tokens["access_token"]).json
    assert "openid profile offline_access" == diary.refresh(tokens["refresh_token"]).json["scope"]
