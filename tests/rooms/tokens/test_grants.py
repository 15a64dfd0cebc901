"""A code makes one grant, a refresh token works once, and an ended grant stays ended: on both databases, also in parallel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from broker.audit.event import SYSTEM
from broker.foundation.outside import Outside
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.shelf import Shelf
from broker.storage.sql_shelf import SqlShelf
from broker.tokens.authorization import Grant
from broker.tokens.codes import Codes, grant_id_of
from broker.tokens.refusal import GrantRefused
from broker.tokens.sealed import BadToken
from broker.tokens.settings import TokenSettings
from broker.tokens.store import Grants, RefreshUse
from broker.tokens.tables import GrantRow
from tests.rooms.tokens.refreshing import CODE, SETTINGS, in_threads, rotate
from tests.rooms.tokens.samples import PERSON, Notebook, authorization
from tests.rooms.tokens.test_token_text import MARKS
from tests.support.clock import Clock


def test_a_grant_keeps_everything_but_what_belongs_to_the_code(grants: Grants, opened: tuple[Grant, str]) -> None:
    kept = grants.find(grant_id_of(CODE))

    assert opened[0] == kept
    session_id = opened[0].authorization.session_id
    assert authorization(session_id=session_id, redirect_uri="", nonce=None, code_challenge=None) == kept.authorization


def test_without_offline_access_there_is_no_refresh_token(grants: Grants, session_id: str, clock: Clock) -> None:
    grant, token = grants.open(CODE, authorization(session_id=session_id), offline=False)

    assert token is None
    assert clock.at + SETTINGS.access_ttl == grant.ends_at


def test_one_code_cannot_make_two_grants(grants: Grants, opened: tuple[Grant, str]) -> None:
    with pytest.raises(IntegrityError):
        grants.open(CODE, opened[0].authorization, offline=True)


def test_no_token_is_kept(database: Database, opened: tuple[Grant, str]) -> None:
    row = database.session.execute(select(GrantRow.__table__)).one()

    assert not any(opened[1] in str(value) or CODE in str(value) for value in row)


def test_rotation_spends_the_token_and_gives_the_next(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    grant, second = rotate(grants, opened[1], RefreshUse("diary"), notebook)
    _, third = rotate(grants, second, RefreshUse("diary"), notebook)

    assert 3 == len({opened[1], second, third})
    assert opened[0].id == grant.id
    assert [] == notebook.names


def test_a_spent_token_ends_the_grant_for_both_holders(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    _, second = rotate(grants, opened[1], RefreshUse("diary"), notebook)
    with pytest.raises(GrantRefused, match="reused"):
        rotate(grants, opened[1], RefreshUse("diary"), notebook)

    assert ["refresh.reused"] == notebook.names
    with pytest.raises(GrantRefused, match="grant ended"):
        rotate(grants, second, RefreshUse("diary"), notebook)
    assert not grants.find(opened[0].id).is_alive(opened[0].opened_at)


def test_reuse_is_seen_by_another_process_with_nothing_in_memory(
    database: Database, outside: Outside, sessions: Sessions, opened: tuple[Grant, str], notebook: Notebook
) -> None:
    rotate(Grants(database, outside, sessions, MARKS, SETTINGS), opened[1], RefreshUse("diary"), notebook)
    with pytest.raises(GrantRefused, match="reused"):
        rotate(Grants(database, outside, sessions, MARKS, SETTINGS), opened[1], RefreshUse("diary"), notebook)


def test_a_forged_token_ends_nothing(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    with pytest.raises(BadToken):
        rotate(grants, opened[1][:-1] + ("A" if opened[1][-1] != "A" else "B"), RefreshUse("diary"), notebook)

    rotate(grants, opened[1], RefreshUse("diary"), notebook)


def test_another_client_can_neither_use_nor_end_it(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    with pytest.raises(GrantRefused, match="another client"):
        rotate(grants, opened[1], RefreshUse("olymp"), notebook)

    rotate(grants, opened[1], RefreshUse("diary"), notebook)


def test_an_idle_refresh_token_dies_quietly(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook, clock: Clock
) -> None:
    clock.advance(SETTINGS.refresh_idle - timedelta(seconds=1))
    _, second = rotate(grants, opened[1], RefreshUse("diary"), notebook)
    clock.advance(SETTINGS.refresh_idle)
    with pytest.raises(GrantRefused, match="idle"):
        rotate(grants, second, RefreshUse("diary"), notebook)

    assert [] == notebook.names


def test_refreshing_does_not_prolong_the_grant(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook, clock: Clock
) -> None:
    token = opened[1]
    for _ in range(9):
        clock.advance(timedelta(days=10) - timedelta(seconds=1))
        _, token = rotate(grants, token, RefreshUse("diary"), notebook)
    clock.advance(timedelta(seconds=9))
    with pytest.raises(GrantRefused, match="grant ended"):
        rotate(grants, token, RefreshUse("diary"), notebook)


ENDINGS: dict[str, Callable[[Grants, Grant, Notebook], object]] = {
    "by itself": lambda grants, grant, _: grants.end(grant.id, "test"),
    "with its session": lambda grants, grant, _: grants.end_of_session(grant.authorization.session_id, "test"),
    "with the permission": lambda grants, _, __: grants.end_of_client(PERSON, "diary", "test"),
    "by its code coming again": lambda grants, _, notebook: grants.end_reused_code(CODE, notebook),
    "by revocation": lambda grants, grant, notebook: grants.revoke_refresh(grant, notebook),
}


@pytest.mark.parametrize("way", ENDINGS)
def test_an_ended_grant_gives_nothing(way: str, grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    ENDINGS[way](grants, opened[0], notebook)

    with pytest.raises(GrantRefused, match="grant ended"):
        rotate(grants, opened[1], RefreshUse("diary"), notebook)
    assert () == grants.of_person(PERSON)


def test_ending_touches_nobody_else(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    assert 0 == grants.end_of_session("another", "test")
    assert 0 == grants.end_of_client(PERSON, "olymp", "test")
    assert 0 == grants.end_of_client("person-2", "diary", "test")
    assert not grants.end("f" * 32, "test")
    assert not grants.end_reused_code("d" * 43, notebook)

    assert (opened[0],) == grants.of_person(PERSON)


def test_sign_out_ends_offline_grants_and_codes_on_their_way(
    database: Database, sessions: Sessions, grants: Grants, opened: tuple[Grant, str], notebook: Notebook
) -> None:
    session_id = opened[0].authorization.session_id
    sessions.note_client(session_id, "diary")
    ended = SignOut(database, sessions, grants, notebook).end_session(session_id, "sign_out", SYSTEM)

    assert (True, ("diary",), 1) == (ended.was_open, ended.clients, ended.grants)
    with pytest.raises(GrantRefused):
        rotate(grants, opened[1], RefreshUse("diary"), notebook)
    with pytest.raises(GrantRefused, match="session ended"):
        grants.open("d" * 43, authorization(session_id=session_id), offline=True)
    again = SignOut(database, sessions, grants, notebook).end_session(session_id, "sign_out", SYSTEM)
    assert (False, 0, ["session.ended"]) == (again.was_open, again.grants, notebook.names)


def test_a_session_ended_past_the_sign_out_stops_refreshing_too(
    sessions: Sessions, grants: Grants, opened: tuple[Grant, str], notebook: Notebook
) -> None:
    sessions.end(opened[0].authorization.session_id, notebook, "test")
    with pytest.raises(GrantRefused, match="session ended"):
        rotate(grants, opened[1], RefreshUse("diary"), notebook)


def test_revoking_access_leaves_the_refresh_token(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook, clock: Clock
) -> None:
    grants.revoke_access(opened[0], clock.at, notebook)

    assert clock.at == grants.find(opened[0].id).access_not_before
    rotate(grants, opened[1], RefreshUse("diary"), notebook)
    assert ["tokens.revoked"] == notebook.names


def test_an_access_token_of_a_node_whose_clock_runs_ahead_is_revoked_too(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook, clock: Clock
) -> None:
    ahead = clock.at + timedelta(seconds=3)

    grants.revoke_access(opened[0], ahead, notebook)

    assert ahead == grants.find(opened[0].id).access_not_before


def test_old_grants_are_forgotten(grants: Grants, opened: tuple[Grant, str]) -> None:
    assert 0 == grants.forget(opened[0].ends_at)
    assert 1 == grants.forget(opened[0].ends_at + timedelta(seconds=1))


def test_a_genuine_token_of_a_forgotten_grant_opens_nothing(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook
) -> None:
    grants.forget(opened[0].ends_at + timedelta(seconds=1))

    with pytest.raises(BadToken, match="no such grant"):
        rotate(grants, opened[1], RefreshUse("diary"), notebook)


def test_of_fifty_refreshes_with_one_token_one_succeeds(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook
) -> None:
    answers = in_threads(50, lambda: rotate(grants, opened[1], RefreshUse("diary"), notebook))

    assert 1 == sum(isinstance(answer, tuple) for answer in answers)
    assert ["refresh.reused"] == notebook.names


@pytest.fixture(params=["memory", "sql"])
def shelf(request: pytest.FixtureRequest, database: Database, outside: Outside) -> Shelf:
    return MemoryShelf(outside.now) if request.param == "memory" else SqlShelf(database, outside.now)


def test_of_fifty_redemptions_of_one_code_one_succeeds(
    shelf: Shelf, outside: Outside, grants: Grants, session_id: str
) -> None:
    codes = Codes(shelf, outside, SETTINGS)
    code = codes.issue(authorization(session_id=session_id))

    def redeem() -> object:
        taken = codes.take(code)
        return None if taken is None else grants.open(code, taken, offline=True)

    answers = in_threads(50, redeem)
    assert 1 == sum(isinstance(answer, tuple) for answer in answers)


def test_a_code_says_what_was_put_in_once(shelf: Shelf, outside: Outside) -> None:
    codes = Codes(shelf, outside, SETTINGS)
    issued = replace(authorization(), nonce="ключ \x7f \"")
    code = codes.issue(issued)

    assert issued == codes.take(code)
    assert codes.take(code) is None


def test_a_code_lives_a_minute(shelf: Shelf, outside: Outside, clock: Clock) -> None:
    codes = Codes(shelf, outside, SETTINGS)
    code = codes.issue(authorization())
    clock.advance(timedelta(seconds=60))

    assert codes.take(code) is None


@pytest.mark.parametrize("code", ["", "x", "x" * 5000, "ключ", "\x00"])
def test_an_invented_code_is_nothing(shelf: Shelf, outside: Outside, code: str) -> None:
    assert Codes(shelf, outside, SETTINGS).take(code) is None


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"code_ttl": timedelta(minutes=11)}, "tokens.code_ttl"),
        ({"access_ttl": timedelta(hours=2)}, "tokens.access_ttl"),
        ({"id_token_ttl": timedelta(0)}, "tokens.id_token_ttl"),
        ({"refresh_idle": timedelta(days=91)}, "tokens.refresh_idle"),
    ],
)
def test_contradictory_settings_are_refused(wrong: dict[str, timedelta], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        TokenSettings(**wrong)
