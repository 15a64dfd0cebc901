"""One-time form keys: bound to browser and purpose, one first use in the world, the same answer for the second press."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from broker.foundation.outside import HttpRequest, HttpResponse, Outside
from broker.screens.forms import FirstUse, FormBusy, FormKeys, FormStale, Repeat
from broker.storage.memory_shelf import MemoryShelf


class Clock:
    """A clock that moves only when told to, and random bytes that never repeat."""

    def __init__(self) -> None:
        self.at = datetime(2026, 9, 1, tzinfo=UTC)
        self.drawn = 0

    def now(self) -> datetime:
        return self.at

    def random(self, size: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")


def no_network(request: HttpRequest) -> HttpResponse:
    raise AssertionError("forms do not speak to the network")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(clock: Clock) -> MemoryShelf:
    return MemoryShelf(clock.now)


@pytest.fixture
def forms(clock: Clock, shelf: MemoryShelf) -> FormKeys:
    return FormKeys(shelf, Outside(clock.now, clock.random, no_network), pause=lambda seconds: None)


def test_the_first_post_works_and_the_second_gets_its_answer(forms: FormKeys) -> None:
    key = forms.issue("browser", "consent:1")
    done: list[str] = []

    def work() -> str:
        done.append("once")
        return f"/next/{len(done)}"

    first, second = forms.require("browser", "consent:1", key), forms.require("browser", "consent:1", key)
    assert isinstance(first, FirstUse) and isinstance(second, Repeat)
    assert "/next/1" == forms.answer_once(first, work)
    assert "/next/1" == forms.answer_once(second, work)
    assert ["once"] == done


@pytest.mark.parametrize(
    ("browser", "purpose"),
    [("other", "consent:1"), ("browser", "consent:2"), ("browse", "r:consent:1"), ("browser:consent", "1"), ("", "")],
)
def test_a_key_of_another_browser_or_form_is_stale_and_stays_unspent(forms: FormKeys, browser: str, purpose: str) -> None:
    key = forms.issue("browser", "consent:1")
    with pytest.raises(FormStale):
        forms.require(browser, purpose, key)
    assert isinstance(forms.require("browser", "consent:1", key), FirstUse)


@pytest.mark.parametrize("key", [None, "", "made up", "AAAA"])
def test_an_invented_key_is_stale(forms: FormKeys, key: str | None) -> None:
    forms.issue("browser", "consent:1")
    with pytest.raises(FormStale):
        forms.require("browser", "consent:1", key)


def test_a_key_grows_old(forms: FormKeys, clock: Clock) -> None:
    key = forms.issue("browser", "p")
    clock.at += timedelta(minutes=60)
    with pytest.raises(FormStale):
        forms.require("browser", "p", key)


def test_a_spent_key_is_never_first_again(forms: FormKeys, clock: Clock) -> None:
    key = forms.issue("browser", "p")
    forms.require("browser", "p", key)
    clock.at += timedelta(minutes=59, seconds=59)
    assert isinstance(forms.require("browser", "p", key), Repeat)


def test_when_the_first_post_fails_the_second_is_told_to_start_anew(forms: FormKeys) -> None:
    key = forms.issue("browser", "p")
    first, second = forms.require("browser", "p", key), forms.require("browser", "p", key)

    def fail() -> str:
        raise LookupError("of the caller")

    with pytest.raises(LookupError):
        forms.answer_once(first, fail)
    with pytest.raises(FormStale):
        forms.answer_once(second, lambda: "/wrong")


def test_the_second_post_waits_for_the_first(clock: Clock, shelf: MemoryShelf) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            forms.answer_once(first, lambda: "/done")

    forms = FormKeys(shelf, Outside(clock.now, clock.random, no_network), pause)
    key = forms.issue("browser", "p")
    first, second = forms.require("browser", "p", key), forms.require("browser", "p", key)
    assert "/done" == forms.answer_once(second, lambda: "/wrong")
    assert 3 == len(pauses)


def test_the_second_post_does_not_wait_for_ever(clock: Clock, shelf: MemoryShelf) -> None:
    pauses: list[float] = []
    forms = FormKeys(shelf, Outside(clock.now, clock.random, no_network), pauses.append)
    key = forms.issue("browser", "p")
    forms.require("browser", "p", key)
    with pytest.raises(FormBusy):
        forms.answer_once(forms.require("browser", "p", key), lambda: "/wrong")
    assert sum(pauses) <= 2


def test_of_many_posts_at_once_exactly_one_is_first(forms: FormKeys) -> None:
    key = forms.issue("browser", "p")
    with ThreadPoolExecutor(8) as pool:
        uses = list(pool.map(lambda _: forms.require("browser", "p", key), range(32)))
    assert 1 == sum(isinstance(use, FirstUse) for use in uses)


def test_the_store_never_holds_the_key_itself(forms: FormKeys, shelf: MemoryShelf) -> None:
    key = forms.issue("browser", "p")
    assert shelf.get("form.key", key) is None
