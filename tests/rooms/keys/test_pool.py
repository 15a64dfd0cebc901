"""The pool of sessions: bounded waiting, one connection at a time, and what it takes to lose one."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from broker.foundation.jose import SignerSilent
from keys.backends.pool import KeyMissing, PinRefused, Pool

NO_TIME = timedelta(milliseconds=20)


class Module:
    """Gives two sessions each time, named by the connection; does what `next` says instead, once."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.connections = 0
        self.next: list[Exception] = []

    def connect(self) -> list[str]:
        self.connections += 1
        if self.next:
            raise self.next.pop()
        return [f"{self.connections}a", f"{self.connections}b"]

    def pool(self, wait: timedelta = NO_TIME) -> Pool[str]:
        return Pool(self.connect, wait, lambda: self.now)


@pytest.fixture
def module() -> Module:
    return Module()


def use(pool: Pool[str], error: BaseException | None = None) -> str:
    with pool.session() as session:
        if error is not None:
            raise error
    return session


def test_nothing_is_opened_before_it_is_needed_and_then_once(module: Module) -> None:
    pool = module.pool()
    before = module.connections

    assert {"1a", "1b"} >= {use(pool), use(pool), use(pool)}
    assert (0, 1) == (before, module.connections)


def test_two_users_have_two_sessions_and_the_third_waits_no_longer_than_promised(module: Module) -> None:
    pool = module.pool()

    with pool.session() as one, pool.session() as two, pytest.raises(SignerSilent, match="no session free"):
        use(pool)

    assert {"1a", "1b"} == {one, two}
    assert use(pool)


def test_whoever_waits_goes_on_when_a_session_comes_back(module: Module) -> None:
    pool, got = module.pool(timedelta(seconds=30)), []
    with pool.session(), pool.session():
        waiting = threading.Thread(target=lambda: got.append(use(pool)))
        waiting.start()
    waiting.join(30)

    assert 1 == len(got)


@pytest.mark.parametrize("error", [SignerSilent("gone"), KeyboardInterrupt()])
def test_after_an_error_everything_is_opened_anew(module: Module, error: BaseException) -> None:
    pool = module.pool()
    use(pool)
    module.now += 60
    with pytest.raises(type(error)):
        use(pool, error)

    assert "2" == use(pool)[0]


def test_nobody_connects_anew_under_a_call_that_still_runs(module: Module) -> None:
    pool = module.pool()
    with pool.session():
        module.now += 60
        with pytest.raises(SignerSilent, match="gone"):
            use(pool, SignerSilent("gone"))
        with pytest.raises(SignerSilent, match="no session free"):
            use(pool)
        during = module.connections

    assert 1 == during
    assert "2" == use(pool)[0]


def test_a_module_that_does_not_answer_is_asked_again_only_after_a_pause(module: Module) -> None:
    pool = module.pool()
    module.next = [SignerSilent("away")]
    with pytest.raises(SignerSilent, match="away"):
        use(pool)
    module.now += 1.9
    with pytest.raises(SignerSilent, match="a moment ago"):
        use(pool)
    module.now += 0.2

    assert "2" == use(pool)[0]


def test_a_refused_pin_is_never_tried_again(module: Module) -> None:
    pool = module.pool()
    module.next = [PinRefused("wrong")]
    for _ in range(3):
        with pytest.raises(PinRefused):
            use(pool)
        module.now += 3600

    assert 1 == module.connections


@pytest.mark.parametrize(("later", "connections"), [(29, 1), (31, 2)])
def test_a_missing_key_is_looked_for_in_new_sessions_but_not_for_ever(module: Module, later: float, connections: int) -> None:
    pool = module.pool()
    use(pool)
    module.now += later
    with pytest.raises(KeyMissing):
        use(pool, KeyMissing("gone"))
    use(pool)

    assert connections == module.connections
