"""A reader of bytes from outside, and the bytes it likes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    """`reads` takes bytes and may raise `refuses` only; `seeds` are bytes it likes or nearly likes."""

    reads: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    # How many of a hundred tries: what is dear is tried less often.
    share: int = 4

    def tried(self, data: bytes) -> None:
        """Raises whatever the door does not promise."""
        with contextlib.suppress(*self.refuses):
            self.reads(data)


def text(data: bytes) -> str:
    """As most readers get it."""
    return data.decode("utf-8", "replace")


def header(data: bytes) -> str:
    """As a server hands a header over: Latin letters, no line ends."""
    return data.replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
