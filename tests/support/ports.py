"""Ports of 127.0.0.1 for programs that open them by themselves, some seconds after they were told which."""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path
from typing import Final

# In the environment of a run of tests and of whatever it starts: the run's folder.
RUN: Final = "SCHOOL_SIGNIN_TEST_RUN"
MOST: Final = 8
# Below those that the system hands out to whoever asks for any: between looking and opening it would give them away.
_FIRST, _END = 12_000, 30_000


def free_ports(count: int = 1) -> int:
    """The first of `count` ports in a row, 8 at most, that are free and that nobody else of this run is told of."""
    assert count <= MOST
    for _ in range(200):
        first = random.randrange(_FIRST, _END, MOST)
        if all(_is_free(port) for port in range(first, first + count)) and _claimed(first):
            return first
    raise AssertionError("no free ports")


def _claimed(first: int) -> bool:
    run = os.environ.get(RUN)
    if run is None:
        return True
    try:
        (Path(run) / f"{first}.port").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
