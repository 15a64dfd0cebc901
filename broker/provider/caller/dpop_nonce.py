"""Nonces of DPoP proofs: every node makes and knows the same ones, and keeps none (RFC 9449 8, 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.foundation.encoding import b64url, from_b64url
from broker.tokens.sealed import Marks

_PURPOSE = "dpop.nonce"
_SIZE = 18


@dataclass(frozen=True, slots=True)
class Nonces:
    """A nonce is a MAC over the number of its window of time, so nobody can make one ahead. `marks` are the Fingerprints of the
    vault.

    A proof with a nonce cannot have been made before its window began, whatever clock the caller has.
    """

    marks: Marks
    now: Callable[[], datetime]
    life: timedelta

    def current(self) -> str:
        """The nonce that new proofs shall hold."""
        return self._of(self._window())

    def accepts(self, unverified_nonce: str) -> bool:
        """Whether it is that of this window or of the one before."""
        try:
            given = from_b64url(unverified_nonce)
        except ValueError:
            return False
        if len(unverified_nonce) != _SIZE * 4 // 3 or len(given) != _SIZE:
            return False
        window = self._window()
        return any(self.marks.fits(_PURPOSE, _about(at), given) for at in (window, window - 1))

    def _window(self) -> int:
        return int(self.now().timestamp() // self.life.total_seconds())

    def _of(self, window: int) -> str:
        return b64url(self.marks.mac(_PURPOSE, _about(window))[:_SIZE])


def _about(window: int) -> bytes:
    return str(window).encode("ascii")
