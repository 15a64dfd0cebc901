"""Everything a process cannot compute by itself: the clock, randomness and the network, as one value."""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One outgoing request. `url` is absolute; `body` is already encoded; `within` may give it less time than the settings do."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back. Header names are lower case; `body` is whole and within the size limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpFailure(Exception):
    """No usable answer came back. `kind` is one of: timeout, connection, tls, too_large, redirect, refused.

    `answer` is what led elsewhere (redirect), without a body: for whoever wants to know where to, never to be followed.
    """

    def __init__(self, kind: str, answer: HttpResponse | None = None):
        super().__init__(kind)
        self.kind = kind
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Outside:
    """The clock (aware UTC), the random source (cryptographic), the sender of outgoing HTTP requests, and waiting (seconds).

    Tests pass their own; the product passes `real_outside(...)`.
    """

    now: Callable[[], datetime]
    random: Callable[[int], bytes]
    send: Callable[[HttpRequest], HttpResponse]
    pause: Callable[[float], object] = time.sleep

    def token(self, size: int = 32) -> str:
        """A fresh secret of `size` random bytes as base64url without padding."""
        return base64.urlsafe_b64encode(self.random(size)).rstrip(b"=").decode("ascii")

    def uuid(self) -> str:
        """A random UUID (RFC 9562, version 4) in its canonical text form."""
        return str(uuid.UUID(bytes=self.random(16), version=4))


# The only reading of the wall clock in the project.
utc_now: Callable[[], datetime] = partial(datetime.now, UTC)
# Seconds from an arbitrary start; for durations and caches, never for instants.
monotonic: Callable[[], float] = time.monotonic


def real_outside(send: Callable[[HttpRequest], HttpResponse]) -> Outside:
    """The product's outside: the system clock and the operating system's random source."""
    return Outside(now=utc_now, random=secrets.token_bytes, send=send)
