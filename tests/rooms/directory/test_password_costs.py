"""Names without a password are checked at the costs that passwords really have."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from hashlib import sha256

from broker.directory.password_costs import CostSpread
from broker.directory.password_hash import Cost
from tests.support.clock import Clock

DEAR, USUAL = "m=65536,t=3,p=4", "m=19456,t=4,p=1"


def drawn(spread: CostSpread, many: int = 400) -> list[Cost | None]:
    return [spread.of(sha256(f"login{number}".encode()).hexdigest()) for number in range(many)]


def test_as_often_as_they_occur_and_always_the_same(clock: Clock) -> None:
    spread = CostSpread(lambda: [(USUAL, 300), (DEAR, 100), ("something else", 9)], clock.now)
    found = Counter(drawn(spread))

    assert {Cost(65_536, 3, 4), Cost(19_456, 4, 1)} == set(found)
    assert 70 <= found[Cost(65_536, 3, 4)] <= 130
    assert drawn(spread) == drawn(spread)


def test_logins_go_over_to_the_usual_cost_and_never_back(clock: Clock) -> None:
    kept = {USUAL: 300, DEAR: 100}
    spread = CostSpread(kept.items, clock.now)
    before = drawn(spread)
    kept.update({USUAL: 350, DEAR: 50})
    assert before == drawn(spread), "a look at all hashes is kept for half an hour"
    clock.advance(timedelta(minutes=30))
    after = drawn(spread)

    changes = {(was, now) for was, now in zip(before, after, strict=True) if was != now}
    assert {(Cost(65_536, 3, 4), Cost(19_456, 4, 1))} == changes


def test_without_any_password_there_is_nothing_to_draw_from(clock: Clock) -> None:
    assert CostSpread(list, clock.now).of("0" * 64) is None
