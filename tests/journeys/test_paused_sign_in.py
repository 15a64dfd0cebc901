"""A paused sign-in (cause 3204) at every way in: the diary password, the proof, an invitation, a session, a lost password."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.invited import invited, say_right
from tests.support.linking import at_the_proof, give_password, link_of, show, shown_code
from tests.support.own import at, enter_by_password
from tests.support.town import Town, town
from tests.support.twins import paused

SEMYONOV, ZHDANOVA, KRYLOVA = "demo-semyonov", "demo-zhdanova", "demo-krylova"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """May 2018: region 38 lets people in by diary password."""
    with town(tmp_path_factory.mktemp("paused"), Clock(datetime(2018, 5, 14, 6, tzinfo=UTC))) as built:
        give_password(built, SEMYONOV, ZHDANOVA)
        yield built


@pytest.fixture(autouse=True)
def another_day(there: Town) -> None:
    there.clock.advance(timedelta(hours=25))


def test_the_diary_password_is_refused_and_only_the_right_one_is_told_why(there: Town, browser: Browser) -> None:
    start = browser.open(there.relying_party().begin(region="38").url)
    with paused(there, SEMYONOV):
        wrong = show(browser, start, "semyonov.diary", "wrong")
        right = show(browser, wrong, "semyonov.diary")

    assert (401, False) == (wrong.status, "3204" in wrong.text)
    assert (403, "3204") == (right.status, shown_code(right))


def test_a_session_by_password_is_over_at_once(there: Town, browser: Browser) -> None:
    enter_by_password(there, browser, "semyonov.diary")
    assert "/me" in at(there, browser, "/me").url

    with paused(there, SEMYONOV):
        assert "/me" not in at(there, browser, "/me").url


def test_the_right_proof_connects_nothing(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    with paused(there, ZHDANOVA):
        refused = show(browser, page, "zhdanova.diary")

    assert "3204" == shown_code(refused), refused.text
    assert link_of(there, ZHDANOVA) is None


def test_an_invitation_opens_nothing_before_or_in_the_middle(there: Town, browser: Browser) -> None:
    guest = invited(there, KRYLOVA)
    with paused(there, KRYLOVA), Browser() as before:
        refused = guest.open(before)
    step = guest.open(browser)
    with paused(there, KRYLOVA):
        stopped = say_right(browser, step)

    assert ("3204", "3204") == (shown_code(refused), shown_code(stopped)), stopped.text


def test_when_it_is_over_everything_works_again(there: Town, browser: Browser) -> None:
    with paused(there, SEMYONOV):
        pass
    start = browser.open(there.relying_party().begin(region="38").url)

    assert "Подключите Госуслуги" == show(browser, start, "semyonov.diary").heading
