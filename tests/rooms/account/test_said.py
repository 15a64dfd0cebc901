"""A word for the next page is said once, and to its owner only."""

from __future__ import annotations

from datetime import timedelta

from broker.account.said import Said, find_said, say, take_said
from broker.foundation.outside import Outside
from broker.storage.memory_shelf import MemoryShelf
from tests.support.clock import Clock


def test_a_word_is_taken_once(outside: Outside) -> None:
    shelf, said = MemoryShelf(outside.now), Said("signed_out", 2, "olymp")
    say(shelf, "anna", said)

    assert take_said(shelf, "boris") is None
    assert [said, said] == [find_said(shelf, "anna") for _ in range(2)]
    assert [said, None] == [take_said(shelf, "anna") for _ in range(2)]


def test_a_word_is_forgotten_after_a_quarter_of_an_hour(outside: Outside, clock: Clock) -> None:
    shelf = MemoryShelf(outside.now)
    say(shelf, "anna", Said("password"))
    clock.advance(timedelta(minutes=15))

    assert find_said(shelf, "anna") is None
