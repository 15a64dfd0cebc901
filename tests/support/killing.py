"""kill -9 before any statement or commit of an act: a child that is really gone, and a database that is really left as it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

KILLED = 9


def steps_of(act: Callable[[], object]) -> int:
    """How many statements and commits an act takes; runs it."""
    steps: list[None] = []
    with _told(lambda: steps.append(None)):
        act()
    return len(steps)


def dies_at(step: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is gone before its n-th statement or commit (from 0); whether it got there."""
    child = os.fork()
    if child == 0:
        left = iter(range(step))

        def next_one() -> None:
            if next(left, None) is None:
                os._exit(KILLED)

        try:
            with _told(next_one):
                act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


@contextmanager
def _told(tell: Callable[[], None]) -> Iterator[None]:
    def heard(*_about: object) -> None:
        tell()

    names = ("before_cursor_execute", "commit")
    for name in names:
        event.listen(Engine, name, heard)
    try:
        yield
    finally:
        for name in names:
            event.remove(Engine, name, heard)
