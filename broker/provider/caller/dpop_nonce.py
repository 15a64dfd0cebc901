"""Nonces of DPoP proofs: every node makes and knows the same ones, and keeps none (RFC 9449 8, 9)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.foundation.encoding import b64url

_PURPOSE = "dpop.nonce"
_SIZE = 18


@dataclass(frozen=True, slots=True)
class Nonces:
    """A nonce is a MAC over the number of its window of time, so nobody can make one ahead. `mac` is Fingerprints.mac.

    A proof with a nonce cannot have been made before its window began, whatever clock the caller has.
    """

    mac: Callable[[str, bytes], bytes]
    now: Callable[[], datetime]
    life: timedelta

    def current(self) -> str:
        """The nonce that new proofs shall hold."""
        return self._of(self._window())

    def accepts(self, unverified_nonce: str) -> bool:
        """Whether it is that of this window or of the one before."""
        window, given = self._window(), unverified_nonce.encode("utf-8", "replace")
        known = [hmac.compare_digest(given, self._of(at).encode("ascii")) for at in (window, window - 1)]
        return any(known)

    def _window(self) -> int:
        return int(self.now().timestamp() // self.life.total_seconds())

    def _of(self, window: int) -> str:
        return b64url(self.mac(_PURPOSE, str(window).encode("ascii"))[:_SIZE])
