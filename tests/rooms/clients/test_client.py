"""A client's own rules: exact addresses, live secrets, the sector of its subjects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broker.clients.client import ClientSecret
from broker.clients.settings import ClientSettings
from broker.foundation.encoding import digest
from tests.rooms.clients.samples import APP, DIARY
from tests.support.clock import FIRST_BELL

REGISTERED = "https://diary.example/callback"
NEARLY = (
    "",
    "https://diary.example/callback/",
    "https://diary.example/callback?x=1",
    "https://diary.example/callback#x",
    "https://diary.example/Callback",
    "https://DIARY.example/callback",
    "https://diary.example:443/callback",
    "https://diary.example.evil.example/callback",
    "https://diary.example/callback/../evil",
    "https://diary.example/callbac",
    " https://diary.example/callback",
    "https://diaryaexample/callback",
)


def test_only_the_registered_address_itself_will_do() -> None:
    assert DIARY.may_redirect_to(REGISTERED)
    assert [] == [uri for uri in NEARLY if DIARY.may_redirect_to(uri)]


def test_a_secret_lives_until_its_end() -> None:
    old, new = ClientSecret(digest("old"), FIRST_BELL), ClientSecret(digest("new"))
    client = replace(DIARY, secrets=(old, new))
    before, after = FIRST_BELL - timedelta(microseconds=1), FIRST_BELL

    assert client.secret_is_right("old", before)
    assert not client.secret_is_right("old", after)
    assert client.secret_is_right("new", after)
    assert [] == [wrong for wrong in ("", "ol", "oldd", "OLD", digest("new")) if client.secret_is_right(wrong, before)]


def test_without_a_secret_none_is_right() -> None:
    assert not DIARY.secret_is_right("", FIRST_BELL)


@pytest.mark.parametrize(
    ("sector", "client"),
    [
        ("diary.example", DIARY),
        ("schools.example", replace(DIARY, sector_identifier="schools.example")),
        ("127.0.0.1:8002", replace(DIARY, redirect_uris=("http://127.0.0.1:8002/callback",))),
        ("com.example.app", APP),
    ],
)
def test_the_sector_is_the_host_and_an_app_has_its_scheme(sector: str, client: object) -> None:
    assert sector == client.sector  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "settings",
    [
        {"cache_for": timedelta(seconds=-1)},
        {"cache_for": timedelta(minutes=2)},
        {"secret_overlap": timedelta(days=-1)},
        {"secret_overlap": timedelta(days=91)},
        {"jwks_keep_at_least": timedelta(0)},
        {"jwks_stale_for": timedelta(days=8)},
        {"jwks_ask_again": timedelta(0)},
    ],
)
def test_a_setting_out_of_bounds_stops_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"clients.{next(iter(settings))}"):
        ClientSettings(**settings)
