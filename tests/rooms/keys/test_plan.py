"""The plan, and what no order of moves, clocks and naps may do: a token that somebody cannot verify, or two signers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.backends.software import make_key
from keys.settings import KeySettings
from keys.signing import rotation
from keys.signing.keeper import KeyKeeper
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.signing.lifecycle import HouseTimes, MoveRefused, Rhythm, Waits
from keys.signing.plan import MOST_MOVES, due, next_moves, plan
from keys.store import KeptKey
from tests.rooms.keys.vaults import MASTER
from tests.support.clock import FIRST_BELL

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
RHYTHM = Rhythm(sign_for=90 * DAY, waits=Waits(announced_for=14 * DAY, verifying_for=15 * DAY, retired_for=30 * DAY))


def key(state: KeyState, moved_at: datetime = FIRST_BELL, use: KeyUse = KeyUse.TOKENS, kid: str = "k") -> KeyInfo:
    return KeyInfo(kid, Family.ED25519, state, moved_at, moved_at, use)


def days(moves: Any) -> list[tuple[int, str, str]]:
    return [((move.at - FIRST_BELL) // DAY, move.kid, move.to.value) for move in moves]


class TestPlan:
    def test_a_year_ahead(self) -> None:
        year = plan([key(KeyState.SIGNING)], FIRST_BELL, FIRST_BELL + 200 * DAY, RHYTHM)

        assert [
            (76, "", "announced"), (90, "", "signing"), (105, "k", "retired"), (135, "k", "destroyed"),
            (166, "", "announced"), (180, "", "signing"), (195, "", "retired"),
        ] == days(year)  # fmt: skip
        assert ["sign_for", "announced_for", "verifying_margin", "destroy_after"] == [move.reason for move in year[:4]]

    def test_the_journal_has_a_plan_of_its_own(self) -> None:
        keys = [key(KeyState.SIGNING), key(KeyState.SIGNING, use=KeyUse.AUDIT, kid="j")]

        year = plan(keys, FIRST_BELL, FIRST_BELL + 104 * DAY, RHYTHM)

        assert [(76, "", "announced")] * 2 + [(90, "", "signing")] * 2 == days(year)
        assert [KeyUse.TOKENS, KeyUse.AUDIT] * 2 == [move.use for move in year]

    def test_what_is_late_is_planned_for_now_and_skips_nothing(self) -> None:
        now = FIRST_BELL + 400 * DAY

        late = plan([key(KeyState.SIGNING), key(KeyState.RETIRED, kid="r")], now, now + 20 * DAY, RHYTHM)

        assert [(400, "r", "destroyed"), (400, "", "announced"), (414, "", "signing")] == days(late)

    def test_only_what_has_come_is_due(self) -> None:
        keys = [key(KeyState.ANNOUNCED, kid="a"), key(KeyState.SIGNING), key(KeyState.VERIFYING, kid="v")]

        assert () == due(keys, FIRST_BELL + 14 * DAY - SECOND, RHYTHM)
        assert [(14, "a", "signing")] == days(due(keys, FIRST_BELL + 14 * DAY, RHYTHM))
        assert [(14, "a", "signing"), (15, "v", "retired")] == days(due(keys, FIRST_BELL + 15 * DAY, RHYTHM))

    @pytest.mark.parametrize("state", [KeyState.DESTROYED, KeyState.REVOKED])
    def test_what_has_ended_has_no_plan(self, state: KeyState) -> None:
        assert () == tuple(next_moves([key(state)], RHYTHM))

    def test_a_plan_of_seconds_has_an_end(self) -> None:
        hasty = replace(RHYTHM, sign_for=2 * SECOND, waits=Waits(SECOND, SECOND, SECOND))

        assert MOST_MOVES == len(plan([key(KeyState.SIGNING)], FIRST_BELL, FIRST_BELL + 365 * DAY, hasty))


class TestSettings:
    def test_the_least_waits_follow_from_the_house(self) -> None:
        times = HouseTimes(timedelta(minutes=10), timedelta(hours=1), timedelta(seconds=15), timedelta(seconds=30))

        assert Waits(timedelta(minutes=11), timedelta(hours=1, minutes=1), timedelta(minutes=1)) == times.least_waits

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"announced_for": timedelta(minutes=11) - SECOND}, "keys.announced_for must be at least 660 s"),
            ({"sign_for": 14 * DAY}, "keys.sign_for must be longer than keys.announced_for"),
            ({"verifying_margin": -SECOND}, "must not be negative"),
            ({"destroy_after": -SECOND}, "must not be negative"),
            ({"clock_skew": -SECOND}, "keys.clock_skew"),
            ({"clock_skew": timedelta(minutes=6)}, "keys.clock_skew"),
        ],
    )
    def test_a_plan_that_is_not_safe_stops_the_start(self, said: dict[str, timedelta], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            KeySettings(master_key=MASTER, **said)  # type: ignore[arg-type]
        KeySettings(master_key=MASTER, announced_for=timedelta(minutes=11))


# -- a town of machines in one thread: whatever they do in whatever order ----------------------------------------------------

TIMES = KeySettings(
    master_key=MASTER,
    reload_every=2 * SECOND,
    jwks_max_age=12 * SECOND,
    longest_token_life=12 * SECOND,
    clock_skew=2 * SECOND,
    sign_for=30 * SECOND,
    announced_for=18 * SECOND,
    verifying_margin=timedelta(0),
    destroy_after=3 * SECOND,
)
NODES = 3


class Halves:
    """Keys without locks: what a private half is does not matter here."""

    def make(self, family: Family) -> Any:
        return make_key(family), "software"

    def seal(self, half: bytes, _key: KeyInfo) -> bytes:
        return half

    def is_usable(self, *_said: object) -> bool:
        return True

    def destroy(self, _key: KeptKey) -> None:
        """Nothing is kept anywhere."""


@dataclass
class Rows:
    """The table of keys as one transaction sees it."""

    keys: list[KeptKey]

    def signing_keys(self) -> tuple[KeptKey, ...]:
        return tuple(self.keys)

    def add_key(self, made: KeptKey) -> None:
        self.keys.append(made)

    def move(self, moving: KeyInfo, to: KeyState, at: datetime) -> KeyInfo:
        moved = replace(moving, state=to, moved_at=at)
        self.keys = [replace(one, info=moved) if one.info.kid == moving.kid else one for one in self.keys]
        return moved

    def empty(self, _kid: str, _sealed: bytes) -> None:
        """The half is gone."""


@dataclass
class Town:
    """The true time in seconds, what the database has committed, what each node has read, what each service has fetched."""

    now: float = 0.0
    skew: list[float] = field(default_factory=lambda: [0.0] * NODES)
    committed: list[tuple[float, tuple[KeptKey, ...]]] = field(default_factory=list)
    read: list[tuple[float, tuple[KeptKey, ...]]] = field(default_factory=list)
    cached: list[tuple[float, frozenset[str]]] = field(default_factory=list)
    tokens: list[tuple[float, str]] = field(default_factory=list)
    slow: float = 0.0

    def signing_keys(self) -> tuple[KeptKey, ...]:
        return next(keys for at, keys in reversed(self.committed) if at <= self.now)

    @contextmanager
    def moving(self, _then: Callable[[], None], now: Callable[[], datetime]) -> Iterator[tuple[Any, datetime]]:
        rows = Rows(list(self.committed[-1][1]))
        yield rows, now()
        # Committed later than its instant, but never later than the house allows.
        self.committed.append((self.now + self.slow, tuple(rows.keys)))

    def clock_of(self, node: int) -> Callable[[], datetime]:
        return lambda: FIRST_BELL + timedelta(seconds=self.now + self.skew[node])

    def reads(self, node: int) -> tuple[KeptKey, ...]:
        """What a process works with: never older than `reload_every` when it does something."""
        at, keys = self.read[node]
        if self.now - at >= TIMES.reload_every.total_seconds():
            keys = self.signing_keys()
            self.read[node] = self.now, keys
        return keys

    def kids(self, node: int) -> frozenset[str]:
        living = (KeyState.ANNOUNCED, KeyState.SIGNING, KeyState.VERIFYING)
        return frozenset(one.info.kid for one in self.reads(node) if one.info.state in living)


def new_town() -> tuple[Town, list[KeyKeeper]]:
    town, rows = Town(), Rows([])
    rotation.add(rows, Halves(), rotation.Wanted(Family.ED25519, state=KeyState.SIGNING), FIRST_BELL)  # type: ignore[arg-type]
    town.committed = [(-100.0, rows.signing_keys())]
    town.read = [(0.0, rows.signing_keys()) for _ in range(NODES)]
    town.cached = [(0.0, town.kids(0)) for _ in range(NODES)]
    keepers = [KeyKeeper(town, Halves(), town.clock_of(node), TIMES, lambda: None) for node in range(NODES)]  # type: ignore[arg-type]
    return town, keepers


def tick(town: Town, keeper: KeyKeeper) -> None:
    if town.committed[-1][0] > town.now:
        return  # Another process holds the lock.
    for move in keeper.due(keeper._now()):
        keeper.make(move)
        if town.slow:
            return


def by_hand(town: Town, keeper: KeyKeeper) -> None:
    """Somebody presses every button there is, as early as it works."""
    if town.committed[-1][0] > town.now:
        return
    verbs = {KeyState.ANNOUNCED: keeper.promote, KeyState.VERIFYING: keeper.retire, KeyState.RETIRED: keeper.destroy}
    for one in keeper.all():
        if (verb := verbs.get(one.state)) is None:
            continue
        try:
            verb(one.kid)
        except MoveRefused:
            continue
        return
    if not any(one.state is KeyState.ANNOUNCED for one in keeper.all()):
        keeper.announce("EdDSA")


def sign_and_verify(town: Town, node: int) -> None:
    """A token is made; every living one is shown to this node and to every service, which asks again only with an old copy."""
    signers = [one.info.kid for one in town.reads(node) if one.info.state is KeyState.SIGNING]
    assert 1 == len(signers)
    town.tokens.append((town.now, signers[0]))
    life, age = TIMES.longest_token_life.total_seconds(), TIMES.jwks_max_age.total_seconds()
    town.tokens = [(at, kid) for at, kid in town.tokens if town.now < at + life]
    living = {kid for _at, kid in town.tokens}
    # A node that meets a kid it does not know reads the keys again.
    fresh = {one.info.kid for one in town.signing_keys() if one.info.state in (KeyState.SIGNING, KeyState.VERIFYING)}
    assert living <= town.kids(node) | fresh
    for number, (at, kids) in enumerate(town.cached):
        if town.now - at >= age:
            kids = town.kids(node)
            town.cached[number] = town.now, kids
        assert living <= kids


STEP = st.tuples(
    st.sampled_from(["tick", "press", "press", "fetch", "nap", "skew", "slow"]),
    st.integers(0, NODES - 1),
    st.sampled_from([0.0, 0.1, 0.9, 1.0, 1.9, 2.0, 3.0]),
)


@given(st.lists(STEP, min_size=10, max_size=60))
def test_no_order_of_moves_clocks_and_naps_breaks_a_token(steps: list[tuple[str, int, float]]) -> None:
    town, keepers = new_town()
    for what, node, much in steps:
        town.now += much
        if what == "tick":
            tick(town, keepers[node])
        elif what == "press":
            by_hand(town, keepers[node])
        elif what == "fetch":
            town.cached[node] = town.now, town.kids(node)
        elif what == "nap":
            town.now += 6 * much
        elif what == "skew":
            # Half of what two clocks may be apart, either way.
            town.skew[node] = max(-1.0, min(1.0, much - 1.5))
        else:
            town.slow = min(much, TIMES.reload_every.total_seconds())
        signers = [one for one in town.committed[-1][1] if one.info.state is KeyState.SIGNING]
        assert 1 == len(signers)
        sign_and_verify(town, (node + int(much)) % NODES)


def test_the_worst_that_an_announcement_can_meet() -> None:
    """It is committed as late as is allowed, read as late as can be, fetched in the last instant before that, by clocks apart."""
    town, keepers = new_town()
    town.skew, town.slow = [-1.0, 1.0, 0.0], 2.0
    before = town.kids(0)
    by_hand(town, keepers[0])
    town.now, town.slow = 1.95, 0.0
    town.read[2] = town.now, town.signing_keys()
    town.now = 3.9
    town.cached = [(town.now, town.kids(2))] * NODES
    assert [before] * NODES == [kids for _at, kids in town.cached]

    for _ in range(1000):
        if before != {one.info.kid for one in town.signing_keys() if one.info.state is KeyState.SIGNING}:
            break
        town.now += 0.05
        by_hand(town, keepers[1])
    town.read[1] = -100.0, ()

    sign_and_verify(town, 1)
    assert before != {town.tokens[-1][1]}
