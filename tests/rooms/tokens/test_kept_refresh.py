"""A refresh token that is bound to its client otherwise goes on working (FAPI 2.0 Security Profile 5.3.2.1); lives of tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.clients.client import Client
from broker.tokens.authorization import Grant
from broker.tokens.lives import Lives, lives_of, usual_lives
from broker.tokens.refusal import GrantRefused
from broker.tokens.store import Grants, RefreshUse
from tests.rooms.tokens.refreshing import SETTINGS, in_threads, rotate
from tests.rooms.tokens.samples import Notebook
from tests.support.clock import Clock

KEPT = RefreshUse("diary", rotates=False)


def test_the_same_token_comes_back_again_and_again(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    answers = [rotate(grants, opened[1], KEPT, notebook) for _ in range(3)]

    assert {opened[1]} == {token for _, token in answers}
    assert [] == notebook.names


def test_fifty_at_once_all_go_on(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    answers = in_threads(50, lambda: rotate(grants, opened[1], KEPT, notebook))

    assert all(isinstance(answer, tuple) for answer in answers)
    assert grants.find(opened[0].id).ended_at is None


def test_using_it_keeps_it_from_being_idle(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook, clock: Clock
) -> None:
    for _ in range(3):
        clock.advance(SETTINGS.refresh_idle - timedelta(seconds=1))
        rotate(grants, opened[1], KEPT, notebook)
    clock.advance(SETTINGS.refresh_idle)

    with pytest.raises(GrantRefused, match="idle"):
        rotate(grants, opened[1], KEPT, notebook)


def test_a_token_that_was_rotated_away_before_still_ends_the_grant(
    grants: Grants, opened: tuple[Grant, str], notebook: Notebook
) -> None:
    rotate(grants, opened[1], RefreshUse("diary"), notebook)
    with pytest.raises(GrantRefused, match="reused"):
        rotate(grants, opened[1], KEPT, notebook)

    assert ["refresh.reused"] == notebook.names


def test_an_ended_grant_gives_nothing(grants: Grants, opened: tuple[Grant, str], notebook: Notebook) -> None:
    grants.end(opened[0].id, "test")

    with pytest.raises(GrantRefused, match="ended"):
        rotate(grants, opened[1], KEPT, notebook)


def test_an_own_idle_time_counts(grants: Grants, opened: tuple[Grant, str], notebook: Notebook, clock: Clock) -> None:
    hour = Lives(SETTINGS.access_ttl, SETTINGS.id_token_ttl, timedelta(hours=1), timedelta(hours=1))
    clock.advance(timedelta(hours=1))

    with pytest.raises(GrantRefused, match="idle"):
        rotate(grants, opened[1], RefreshUse("diary", lives=hour), notebook)


def _client(**changes: object) -> Client:
    values = {
        "client_id": "diary", "client_name": "Дневник", "client_name_en": "Diary", "organisation": "Школа",
        "redirect_uris": ("https://diary.example.ru/cb",),
    }  # fmt: skip
    return Client(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, usual_lives(SETTINGS)),
        (
            {"access_token_ttl": 60, "id_token_ttl": 120, "refresh_token_ttl": 3600},
            Lives(timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=1), timedelta(hours=1)),
        ),
        (
            {"access_token_ttl": 10**6, "id_token_ttl": 10**6, "refresh_token_ttl": 10**9},
            Lives(timedelta(hours=1), timedelta(hours=1), timedelta(days=14), timedelta(days=90)),
        ),
        ({"access_token_ttl": 0}, Lives(timedelta(seconds=1), SETTINGS.id_token_ttl, SETTINGS.refresh_idle, SETTINGS.grant_life)),
    ],
)
def test_lives_stay_within_the_bounds_of_the_house(changes: dict[str, object], expected: Lives) -> None:
    assert expected == lives_of(_client(**changes), SETTINGS)
