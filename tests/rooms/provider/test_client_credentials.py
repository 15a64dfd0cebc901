"""A service asks for itself (RFC 6749 4.4): no person, no refresh token, no row, and an end all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from broker.provider.granting.client_grant import ClientGrant
from broker.tokens.sealed import BadToken
from tests.rooms.provider.machines import EVERY_GRANT, MARKS, MEALS, for_itself, fully
from tests.rooms.provider.stand import KIOSK, OLYMP, Stand


def test_a_service_gets_a_token_of_its_own(stand: Stand) -> None:
    answer = for_itself(fully(stand), resource=MARKS)

    assert 200 == answer.status_code, answer.text
    assert ("Bearer", 600, "ssf.manage ssf.read") == tuple(answer.json[name] for name in ("token_type", "expires_in", "scope"))
    assert {"access_token", "token_type", "expires_in", "scope"} == set(answer.json)
    with stand.app.app_context():
        living = stand.rooms.living.read(answer.json["access_token"])
    assert (None, "diary", (MARKS,), True) == (
        living.grant, living.client.client_id, living.access.audience, living.access.is_of_client,
    )  # fmt: skip


@pytest.mark.parametrize("scope", ["openid", "profile", "snils", "offline_access", "ssf.read profile", "nonsense"])
def test_nothing_about_a_person_is_given_without_a_person(stand: Stand, scope: str) -> None:
    assert (400, "invalid_scope") == _told(for_itself(fully(stand), scope=scope))


def test_scopes_are_those_of_the_client(stand: Stand) -> None:
    party = fully(stand, scopes=("openid", "ssf.read"))

    assert (400, "invalid_scope") == _told(for_itself(party, scope="ssf.manage"))
    assert "ssf.read" == for_itself(party).json["scope"]


@pytest.mark.parametrize("resource", ["https://other.example.ru/", MARKS.rstrip("/"), "nonsense"])
def test_only_registered_resources(stand: Stand, resource: str) -> None:
    assert (400, "invalid_target") == _told(for_itself(fully(stand), resource=[MEALS, resource]))


def test_a_public_client_has_nothing_to_ask_for_itself_with(stand: Stand) -> None:
    party = stand.relying_party(KIOSK)
    assert (400, "unauthorized_client") == _told(for_itself(party))
    # Nor if somebody has written the grant into its row past the rules of registration.
    with stand.app.app_context():
        found = stand.rooms.clients.find("kiosk")
        object.__setattr__(found, "grant_types", EVERY_GRANT)
        object.__setattr__(stand.rooms.clients, "find", lambda _: found)
    assert (400, "unauthorized_client") == _told(for_itself(party))


def test_a_client_without_the_grant_is_refused(stand: Stand) -> None:
    assert (400, "unauthorized_client") == _told(for_itself(stand.relying_party(OLYMP)))
    assert ClientGrant.GRANT_TYPE not in OLYMP.grant_types


def test_it_ends_with_the_client_with_its_time_and_when_it_is_revoked(stand: Stand) -> None:
    party = fully(stand)
    first, second = (for_itself(party).json["access_token"] for _ in range(2))
    with stand.app.app_context():
        living = stand.rooms.living.read(first)
        assert stand.rooms.living.revoke_alone(living)
        assert "revoked" == _reason(stand, first)
        stand.rooms.living.read(second)
        stand.rooms.clients.set_enabled("diary", False)
        assert "its client is paused" == _reason(stand, second)
        stand.rooms.clients.set_enabled("diary", True)
        stand.clock.advance(timedelta(minutes=10))
        assert "expired" == _reason(stand, second)


def test_it_opens_nothing_of_a_person(stand: Stand) -> None:
    token = for_itself(fully(stand)).json["access_token"]

    assert 401 == stand.relying_party().userinfo(token).status_code


def test_no_statement_is_written_for_it(stand: Stand) -> None:
    party = fully(stand)
    for_itself(party)
    seen: list[str] = []
    with stand.app.app_context():
        engine = stand.rooms.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    for_itself(party)

    assert [] == [statement for statement in seen if not statement.lstrip().upper().startswith("SELECT")]


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]


def _reason(stand: Stand, token: str) -> str:
    try:
        stand.rooms.living.read(token)
    except BadToken as error:
        return error.reason
    return ""
