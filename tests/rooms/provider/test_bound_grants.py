"""Every grant of a client that holds a key: what it gets is bound, a public client's refresh token too (RFC 9449 5)."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.rooms.provider.machines import (
    EVERY_GRANT,
    MARKS,
    Hand,
    device_asks,
    device_begins,
    exchange,
    for_itself,
    fully,
)
from tests.rooms.provider.stand import ISSUER, KIOSK, Browser, RelyingParty, Stand
from tests.support.dpop import Holder


class Party(RelyingParty):
    """A relying party that sends a proof of its key, if it has one, with every request to the token endpoint."""

    key: Holder | None = None

    def post(self, path: str, fields: dict[str, str], **options: Any) -> TestResponse:
        proof = {"DPoP": self.key.proof("POST", path)} if self.key is not None and path == "/token" else {}
        return super().post(path, fields, headers=proof, **options)


@pytest.fixture
def holder(stand: Stand) -> Party:
    made = Party(stand, fully(stand, dpop_bound_access_tokens=True).client)
    made.key = _key(stand)
    return made


def _key(stand: Stand) -> Holder:
    return Holder(ISSUER, stand.clock.now)


def _jkt(stand: Stand, answer: TestResponse) -> str:
    assert 200 == answer.status_code, answer.text
    assert "DPoP" == answer.json["token_type"]
    with stand.app.app_context():
        confirmation = stand.rooms.living.read(answer.json["access_token"]).access.confirmation
    assert confirmation is not None and "jkt" == confirmation.kind
    return confirmation.thumbprint


def test_whatever_a_grant_gives_is_bound_to_the_key(stand: Stand, browser: Browser, holder: Party) -> None:
    begun = device_begins(holder).json
    assert "/device/allowed" == Hand(browser).answers(begun["user_code"], "allow").headers["Location"]
    code = holder.redeem(holder.code(browser))
    answers = {
        "authorization_code": code,
        "refresh_token": holder.refresh(code.json["refresh_token"]),
        EVERY_GRANT[2]: for_itself(holder, resource=MARKS),
        EVERY_GRANT[3]: device_asks(holder, begun["device_code"]),
        EVERY_GRANT[4]: exchange(holder, code.json["access_token"]),
    }
    assert set(EVERY_GRANT) == set(answers)
    assert holder.key is not None
    assert {holder.key.thumbprint} == {_jkt(stand, answer) for answer in answers.values()}


def test_without_a_proof_no_grant_gives_anything_and_nothing_is_spent(stand: Stand, browser: Browser, holder: Party) -> None:
    code, key = holder.code(browser), holder.key
    begun = device_begins(holder).json
    Hand(browser).answers(begun["user_code"], "allow")
    tokens = holder.tokens(browser)
    holder.key = None
    ways = (
        lambda: holder.redeem(code),
        lambda: holder.refresh(tokens["refresh_token"]),
        lambda: for_itself(holder),
        lambda: device_asks(holder, begun["device_code"]),
        lambda: exchange(holder, tokens["access_token"]),
    )
    assert {"invalid_dpop_proof"} == {way().json["error"] for way in ways}
    holder.key = key
    assert {200} == {way().status_code for way in ways}


def test_a_bound_token_is_exchanged_by_who_holds_its_key_only(stand: Stand, browser: Browser, holder: Party) -> None:
    token = holder.tokens(browser)["access_token"]
    holder.key = _key(stand)

    assert "invalid_request" == exchange(holder, token).json["error"]


def test_a_client_that_proves_who_it_is_keeps_its_refresh_token(stand: Stand, browser: Browser, holder: Party) -> None:
    token = holder.tokens(browser)["refresh_token"]
    assert {token} == {holder.refresh(token).json["refresh_token"] for _ in range(3)}
    # It is bound to the client, not to the key: a new key is taken (RFC 9449 5).
    holder.key = _key(stand)
    assert holder.key.thumbprint == _jkt(stand, holder.refresh(token))


def test_a_public_clients_refresh_token_is_bound_to_the_key(stand: Stand, browser: Browser) -> None:
    public = Party(stand, KIOSK)
    public.key = key = _key(stand)
    first = public.tokens(browser)["refresh_token"]
    for thief in (None, _key(stand)):
        public.key = thief
        assert (400, "invalid_grant") == (public.refresh(first).status_code, public.refresh(first).json["error"])
    # Whoever stole the token has ended nothing.
    public.key = key
    second = public.refresh(first)
    assert key.thumbprint == _jkt(stand, second)
    assert first != second.json["refresh_token"]


def test_a_grant_that_began_without_a_key_is_not_bound_later(stand: Stand, browser: Browser) -> None:
    public = Party(stand, KIOSK)
    first = public.tokens(browser)["refresh_token"]
    public.key = _key(stand)
    second = public.refresh(first)
    assert public.key.thumbprint == _jkt(stand, second)
    public.key = None

    assert 200 == public.refresh(second.json["refresh_token"]).status_code
