"""Which move of a key is allowed when."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from keys.signing.key import MOVES, Family, KeyInfo, KeyState, family_of
from keys.signing.lifecycle import MoveRefused, Waits, ready_at, require_move, require_revocable
from tests.support.clock import FIRST_BELL

A, S, V, R = KeyState.ANNOUNCED, KeyState.SIGNING, KeyState.VERIFYING, KeyState.RETIRED
D, X = KeyState.DESTROYED, KeyState.REVOKED
WAITS = Waits(announced_for=timedelta(minutes=10), verifying_for=timedelta(hours=1), retired_for=timedelta(days=30))
NONE = timedelta(0)

WAIT_OF_MOVE = {
    (A, S): WAITS.announced_for,
    (A, R): NONE,
    (S, V): NONE,
    (V, R): WAITS.verifying_for,
    (R, D): WAITS.retired_for,
    **{(state, X): NONE for state in (A, S, V, R, D)},
}


def key_in(state: KeyState) -> KeyInfo:
    return KeyInfo("k" * 43, Family.RSA, state, FIRST_BELL - timedelta(days=9), FIRST_BELL)


@pytest.mark.parametrize(("state", "to"), list(product(KeyState, KeyState)))
def test_every_pair_of_states(state: KeyState, to: KeyState) -> None:
    key, wait = key_in(state), WAIT_OF_MOVE.get((state, to))
    if wait is None:
        with pytest.raises(MoveRefused) as refused:
            require_move(key, to, FIRST_BELL + timedelta(days=999), WAITS)
        assert refused.value.ready_at is None
        return

    require_move(key, to, FIRST_BELL + wait, WAITS)

    assert FIRST_BELL + wait == ready_at(key, to, WAITS)
    if wait:
        with pytest.raises(MoveRefused) as refused:
            require_move(key, to, FIRST_BELL + wait - timedelta(microseconds=1), WAITS)
        assert FIRST_BELL + wait == refused.value.ready_at


@pytest.mark.parametrize(("state", "is_fine"), [(A, True), (S, True), (V, True), (R, True), (D, True), (X, False)])
def test_what_may_be_revoked(state: KeyState, is_fine: bool) -> None:
    if is_fine:
        require_revocable(key_in(state))
    else:
        with pytest.raises(MoveRefused):
            require_revocable(key_in(state))


def test_every_state_has_its_moves_and_revoked_has_none() -> None:
    assert set(KeyState) == set(MOVES)
    assert [X] == [state for state in KeyState if not MOVES[state]]


@pytest.mark.parametrize(("algorithm", "family"), [("RS256", Family.RSA), ("PS256", Family.RSA), ("ES256", Family.P256)])
def test_families(algorithm: str, family: Family) -> None:
    assert family is family_of(algorithm)
    assert algorithm in key_in(S).algorithms or family is not Family.RSA


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "ES384", "rs256", ""])
def test_no_family_for_what_is_not_ours(algorithm: str) -> None:
    with pytest.raises(ValueError, match="no key of ours"):
        family_of(algorithm)
