"""One answer for every post of a form: what the first one came to, the second one is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from broker.account.posted import Done, Outcome, Stopped, Wrong, _read, _written, post_once, wrong
from broker.directory.field_refused import FieldRefused
from broker.foundation.outside import Outside
from broker.screens.field_errors import FieldError
from broker.screens.forms import FORM_FIELD, FormKeys, FormStale
from broker.storage.memory_shelf import MemoryShelf

WORDS = st.from_regex(r"[a-z][a-z_]{0,10}", fullmatch=True)
ERRORS = st.builds(FieldError, WORDS, WORDS, st.none() | st.integers(0, 99))
INSTANTS = st.datetimes(min_value=datetime(2017, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
OUTCOMES = st.one_of(
    st.builds(Done, st.from_regex(r"/[a-z/]{0,20}", fullmatch=True)),
    st.builds(Wrong, st.lists(ERRORS, min_size=1, max_size=3).map(tuple)),
    st.builds(Stopped, st.integers(1001, 9005), st.none() | st.just("/recover"), st.none() | INSTANTS),
)


@given(OUTCOMES)
def test_an_outcome_is_remembered_whole(outcome: Outcome) -> None:
    assert outcome == _read(_written(outcome))


@pytest.fixture
def room(outside: Outside) -> Iterator[Any]:
    shelf = MemoryShelf(outside.now)
    keys = FormKeys(shelf, outside, lambda _seconds: None)
    with Flask("test").test_request_context("/", method="POST", data={FORM_FIELD: keys.issue("owner", "purpose")}):
        yield SimpleNamespace(form_keys=keys)


def test_the_second_post_does_nothing_and_is_told_the_same(room: Any) -> None:
    done: list[int] = []

    def do() -> Outcome:
        done.append(1)
        return Done(f"/{len(done)}")

    assert [Done("/1"), Done("/1")] == [post_once(room, "owner", "purpose", do) for _ in range(2)]


def test_what_cannot_be_taken_is_told_to_both(room: Any) -> None:
    def do() -> Outcome:
        raise FieldRefused("password", "password.short", 3)

    assert [wrong("password", "password.short", 3)] * 2 == [post_once(room, "owner", "purpose", do) for _ in range(2)]


@pytest.mark.parametrize(("owner", "purpose"), [("other", "purpose"), ("owner", "another")])
def test_a_key_of_another_owner_or_form_does_nothing(room: Any, owner: str, purpose: str) -> None:
    with pytest.raises(FormStale):
        post_once(room, owner, purpose, lambda: pytest.fail("must not be done"))
