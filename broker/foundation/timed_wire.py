"""A connection with one deadline for everything, and a limit for all that comes in.

A time-out of a socket begins anew with every byte: whoever sends one byte a second would hold a thread for hours.
"""

from __future__ import annotations

import io
import socket
import ssl
from typing import Any

from broker.foundation.outside import monotonic


class WireEnded(Exception):
    """More came in, headers included, than anybody asked for."""


class TimedWire(io.RawIOBase):
    """What `http.client` reads from. `deadline` is an instant of the monotonic clock in seconds.

    Every verb raises TimeoutError when the deadline has passed; reading raises WireEnded beyond `max_bytes`.
    """

    def __init__(self, connected: socket.socket, deadline: float, max_bytes: int):
        super().__init__()
        self._socket = connected
        self._deadline = deadline
        self._left = max_bytes

    def makefile(self, *_mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def shake_hands(self) -> None:
        """TLS, where there is any; the certificate and its name are verified in it."""
        if isinstance(self._socket, ssl.SSLSocket):
            self._wait_no_longer()
            self._socket.do_handshake()

    def send(self, message: bytes) -> None:
        """The whole message."""
        rest = memoryview(message)
        while rest:
            self._wait_no_longer()
            rest = rest[self._socket.send(rest) :]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._wait_no_longer()
        if self._left <= 0:
            raise WireEnded
        count = self._socket.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def _wait_no_longer(self) -> None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


class TimedReading(io.RawIOBase):
    """What a library's own answer reads from: the socket it was given, with our deadline before every read of it."""

    def __init__(self, connected: socket.socket, deadline: float):
        super().__init__()
        self._socket = connected
        # The socket stays open as long as somebody reads from it, whatever the library closes before.
        self._bytes = connected.makefile("rb", buffering=0)
        self._deadline = deadline

    def makefile(self, *_mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._bytes.readinto(buffer) or 0

    def close(self) -> None:
        self._bytes.close()
        super().close()
