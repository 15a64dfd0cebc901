"""Every cause is reached by a real sequence of requests, and its page says in both languages what the catalogue says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broker.screens.causes import CAUSES
from tests.journeys.failures import browser_walks, diary_walks, elsewhere_walks, gosuslugi_walks, other_times, service_walks
from tests.journeys.failures.stage import LANGUAGES, code_on, holds, says, text_of, title_of
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.own import Post, town_with_post
from tests.support.page import Page
from tests.support.town import town

WALKS = {**browser_walks.WALKS, **gosuslugi_walks.WALKS, **diary_walks.WALKS, **service_walks.WALKS}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("failures")) as built:
        yield built


@pytest.fixture
def another_day(stage: Post) -> None:
    """Limits begin anew for every journey."""
    stage.town.clock.advance(timedelta(hours=25))


def _require_cause(page: Page, code: int, language: str) -> None:
    told = f"{page.status} {page.url}: {page.text[:300]}"
    assert str(code) == code_on(page), told
    assert CAUSES[code].http_status == page.status or page.forms, told
    assert says(title_of(code, language), page.heading), told
    assert f'<html lang="{language}"' in page.body


def test_every_code_is_in_one_table() -> None:
    tables = (WALKS, other_times.TOWNS, elsewhere_walks.ON_A_PAGE, elsewhere_walks.TO_THE_SERVICE)
    found = [code for table in tables for code in table]

    assert sorted(CAUSES) == sorted(found)


@pytest.mark.usefixtures("another_day")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(WALKS))
def test_a_cause_is_reached_and_said(stage: Post, code: int, language: str) -> None:
    with Browser(language) as browser:
        _require_cause(WALKS[code](stage, browser), code, language)


@pytest.mark.parametrize("code", sorted(other_times.TOWNS))
def test_a_cause_of_another_town(tmp_path: Path, code: int) -> None:
    at, changes, walk = other_times.TOWNS[code]
    with town(tmp_path, Clock(at), changes) as built:
        for language in LANGUAGES:
            with Browser(language) as browser:
                _require_cause(walk(Post(built, None, None), browser), code, language)  # type: ignore[arg-type]


@pytest.mark.usefixtures("another_day")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(elsewhere_walks.ON_A_PAGE))
def test_a_cause_that_is_said_on_another_page(stage: Post, code: int, language: str) -> None:
    key, walk = elsewhere_walks.ON_A_PAGE[code]
    with Browser(language) as browser:
        page = walk(stage, browser)

    assert holds(text_of(key, language), page.text), page.text
    assert f'<html lang="{language}"' in page.body


@pytest.mark.usefixtures("another_day")
@pytest.mark.parametrize("code", sorted(elsewhere_walks.TO_THE_SERVICE))
def test_a_cause_that_only_the_service_is_told(stage: Post, code: int) -> None:
    error, walk = elsewhere_walks.TO_THE_SERVICE[code]
    with Browser() as browser:
        assert error == walk(stage, browser)

    if code in elsewhere_walks.JOURNALED:
        # The journal keeps the cause; the service learns no more than the error.
        assert code in elsewhere_walks.journaled(stage)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(code for code in CAUSES if CAUSES[code].has_page))
def test_whoever_has_only_the_number_finds_its_words(stage: Post, code: int, language: str) -> None:
    """A number may come from a manual or from a telephone."""
    with Browser(language) as browser:
        page = browser.open(f"{stage.town.issuer}/help?code={code}")

    assert 200 == page.status
    assert holds(title_of(code, language), page.text), page.text
