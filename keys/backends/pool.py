"""A few sessions with a hardware module, shared by the threads of one process; knows no library."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition
from typing import Generic, TypeVar

from broker.foundation.jose import SignerSilent

Session = TypeVar("Session")

# A module that went away is asked for again only so often; every asking logs in.
_PAUSE_SECONDS = 2.0
# Some modules forget their keys while they are away. What is missing so soon after a log-in is not forgotten but gone.
_FORGETS_AFTER_SECONDS = 30.0


class KeyMissing(SignerSilent):
    """The token answers and does not have the key."""


class PinRefused(SignerSilent):
    """The token knows another PIN. Asking again would lock it for everybody, so this process never does."""


class Pool(Generic[Session]):
    """Opened at the first use, and anew after a fork or an error: then all sessions are dropped, since most modules forget them.

    `connect` returns all sessions, and leaves first what it opened before, in this process or in its parent.
    """

    def __init__(self, connect: Callable[[], list[Session]], wait: timedelta, monotonic: Callable[[], float]):
        self._connect = connect
        self._wait = wait.total_seconds()
        self._monotonic = monotonic
        self._gave_up: PinRefused | None = None
        self._begin()
        # A child has its parent's memory but not its sessions (PKCS #11 3.1, 5.4): a call with one of them ends anyhow.
        mine = weakref.WeakMethod(self._begin)
        os.register_at_fork(after_in_child=lambda: again() if (again := mine()) is not None else None)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One session for the caller alone. What is raised inside makes the pool connect anew before anybody's next use.

        Raises:
            SignerSilent: no session came free in time, or the module cannot be reached.
        """
        taken = self._take()
        try:
            yield taken
        except KeyMissing:
            self._give_back(None if self._may_have_forgotten() else taken)
            raise
        except BaseException:
            self._give_back(None)
            raise
        self._give_back(taken)

    def _begin(self) -> None:
        self._change = Condition()
        self._free: list[Session] = []
        self._is_up = False
        self._is_connecting = False
        self._out = 0
        self._tried_at: float | None = None

    def _take(self) -> Session:
        with self._change:
            if not self._change.wait_for(self._may_go, self._wait):
                raise SignerSilent("the hardware module had no session free in time")
            if self._free:
                self._out += 1
                return self._free.pop()
            self._require_patience()
            self._is_connecting = True
        return self._opened()

    def _may_go(self) -> bool:
        # Nobody connects anew under a call that is still running.
        return bool(self._free) or not (self._is_up or self._is_connecting or self._out)

    def _require_patience(self) -> None:
        if self._gave_up is not None:
            raise self._gave_up
        now = self._monotonic()
        if self._tried_at is not None and now - self._tried_at < _PAUSE_SECONDS:
            raise SignerSilent("the hardware module did not answer a moment ago")
        self._tried_at = now

    def _may_have_forgotten(self) -> bool:
        return self._tried_at is None or self._monotonic() - self._tried_at >= _FORGETS_AFTER_SECONDS

    def _opened(self) -> Session:
        # Not under the lock: a module may think for long, and the others are promised an answer in time.
        sessions: list[Session] = []
        try:
            sessions = self._connect()
        except PinRefused as refused:
            self._gave_up = refused
            raise
        finally:
            with self._change:
                self._is_connecting = False
                self._is_up = bool(sessions)
                self._free, self._out = sessions[1:], len(sessions[:1])
                self._change.notify_all()
        return sessions[0]

    def _give_back(self, session: Session | None) -> None:
        with self._change:
            self._out -= 1
            if session is None:
                self._is_up, self._free = False, []
            elif self._is_up:
                self._free.append(session)
            self._change.notify_all()
