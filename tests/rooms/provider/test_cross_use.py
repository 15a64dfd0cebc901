"""Everything we issue or a client signs, at every place that takes such a thing: each is taken where it belongs and nowhere else
(RFC 8725 3.11, RFC 9700 4.9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.rooms.provider.every_thing import KINDS, PLACES, Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("bench"))
    yield made
    made.stand.rooms.database.close()


@pytest.mark.parametrize("place", PLACES)
def test_each_thing_is_taken_where_it_belongs_and_nowhere_else(bench: Bench, place: str) -> None:
    takes, belongs = PLACES[place]
    taken = set()
    for kind, make in KINDS.items():
        bench.stand.clock.advance(timedelta(seconds=6))
        bench.last = None
        thing = make(bench)
        if takes(bench, thing):
            taken.add(kind)

    assert belongs == taken
