"""Cuts the network: a test may speak to this machine and to nobody else."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from functools import cache
from typing import Any


class NetworkIsCut(RuntimeError):
    """A test tried to leave the machine."""


def cut_network() -> None:
    """Refuse connections and name look-ups beyond loopback for the rest of this process."""
    for verb in ("connect", "connect_ex"):
        setattr(socket.socket, verb, _guarded(getattr(socket.socket, verb)))
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        _require_loopback(host)
        return look_up(host, *args, **options)

    socket.getaddrinfo = getaddrinfo


def _guarded(verb: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _require_loopback(address[0])
        return verb(self, address)

    return guarded


@cache
def _require_loopback(host: str | bytes | None) -> None:
    name = host.decode("ascii", errors="replace") if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        if ipaddress.ip_address(str(name)).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkIsCut("tests speak to 127.0.0.1 only")
