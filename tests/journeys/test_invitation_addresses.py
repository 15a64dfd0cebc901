"""Tries are counted by address as well: a proxy in front must not make everybody one, nor a forged header anybody another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.town import Town, town

HTTPS = "https://id.school.example"
FEW = {"BROKER_LIMITS__TRIES_PER_BROWSER": "3", "BROKER_LIMITS__TRIES_PER_ADDRESS": "3"}


@contextmanager
def _built(folder: Path, **changes: str) -> Iterator[Town]:
    with town(folder, Clock(), {**FEW, **changes}) as here:
        yield here


def _try(here: Town, forwarded: str, login: str) -> int:
    """One wrong try of a browser that was never here."""
    browser = here.house.app.test_client()
    kept = {"base_url": here.issuer, "headers": {"X-Forwarded-For": forwarded}}
    page = browser.get("/first", follow_redirects=True, **kept)
    action, key = (re.search(found, page.text) for found in (r'action="([^"]+/first)"', r'name="form_key" value="([^"]+)"'))
    assert action and key, page.text
    sent = {"login": login, "password": "wrong-one", "form_key": key.group(1)}
    return browser.post(action.group(1), data=sent, **kept).status_code


def test_behind_a_proxy_each_address_is_counted_by_itself(tmp_path: Path) -> None:
    with _built(tmp_path, BROKER_PROVIDER__ISSUER=HTTPS, BROKER_LIMITS__PROXIES="1") as here:
        school = [_try(here, "192.0.2.1", f"pupil.{number}") for number in range(4)]
        home = _try(here, "192.0.2.2", "parent")
        forged = _try(here, "192.0.2.3, 192.0.2.1", "pupil.5")
    assert [401, 401, 401, 429] == school
    assert 401 == home
    assert 429 == forged


@pytest.mark.parametrize("forwarded", ["192.0.2.{}", "not an address {}"])
def test_without_a_proxy_the_header_changes_nothing(tmp_path: Path, forwarded: str) -> None:
    with _built(tmp_path) as here:
        tries = [_try(here, forwarded.format(number), f"pupil.{number}") for number in range(4)]
    assert [401, 401, 401, 429] == tries


def test_a_proxy_that_nobody_has_named_is_not_believed_and_the_operator_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with _built(tmp_path, BROKER_PROVIDER__ISSUER=HTTPS) as here:
        tries = [_try(here, f"192.0.2.{number}", f"pupil.{number}") for number in range(4)]
    assert [401, 401, 401, 429] == tries
    assert 1 == sum("limits.proxies is 0" in record.message for record in caplog.records)


@pytest.mark.parametrize("changes", [{}, {"BROKER_PROVIDER__ISSUER": HTTPS, "BROKER_LIMITS__PROXIES": "1"}])
def test_nothing_is_said_where_nothing_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, changes: dict[str, str]
) -> None:
    with _built(tmp_path, **changes):
        pass
    assert not [record.message for record in caplog.records if "proxies" in record.message]
