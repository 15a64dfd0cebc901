"""Devices on which somebody has signed in before: a cookie that says so, and opens nothing."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

from broker.foundation.encoding import from_b64url
from broker.foundation.outside import Outside
from keys.secrets.fingerprints import Fingerprints

COOKIE = "known"
KEPT_FOR = timedelta(days=180)
# A family's telephone, a teacher's computer; the one that signed in longest ago gives way.
_MOST = 5
_LONGEST = 256
_MARK_BYTES = 12
_WORD = "device.known"


class KnownDevices:
    """A cookie holds a random name of the device and a keyed mark for each login that was used on it.

    Nobody can make a mark, or use one on another device's name, and no login can be read from it. Whoever steals the cookie gets
    no more than a few tries of their own (limits/guesses.py).
    """

    def __init__(self, fingerprints: Fingerprints, outside: Outside):
        self._fingerprints = fingerprints
        self._outside = outside

    def device_of(self, unverified_cookie: str | None, unverified_login: str) -> str:
        """The name of the device if somebody has signed in on it by this login before, else ""."""
        device, marks = _read(unverified_cookie)
        return device if device and self._has_mark(device, marks, unverified_login) else ""

    def with_login(self, unverified_cookie: str | None, login: str) -> str:
        """The value of the cookie after a sign-in of `login` on the device that brought this one."""
        device, marks = _read(unverified_cookie)
        if not self._has_mark(device, marks, login):
            # A device is named by us: a name from elsewhere would be shared by whoever has read it.
            known = self._outside.token(_MARK_BYTES) if not marks else device
            device, marks = known, [*marks, self._mark(known, login)][-_MOST:]
        return ".".join((device, *marks))

    def _mark(self, device: str, unverified_login: str) -> str:
        return urlsafe_b64encode(self._fingerprints.mac(_WORD, _about(device, unverified_login))[:_MARK_BYTES]).decode("ascii")

    def _has_mark(self, device: str, unverified_marks: list[str], unverified_login: str) -> bool:
        about = _about(device, unverified_login)
        return any(self._fingerprints.fits(_WORD, about, _bytes_of(mark)) for mark in unverified_marks)


def _about(device: str, unverified_login: str) -> bytes:
    return f"{device}\n{unverified_login.strip().casefold()}".encode()


def _bytes_of(unverified_mark: str) -> bytes:
    """What a mark is written from; nothing if it is none, or written in another way than ours."""
    try:
        found = from_b64url(unverified_mark)
    except ValueError:
        return b""
    return found if len(found) == _MARK_BYTES and len(unverified_mark) == _MARK_BYTES * 4 // 3 else b""


def _read(unverified_cookie: str | None) -> tuple[str, list[str]]:
    """Device and marks; nothing of a cookie that cannot be ours."""
    if not unverified_cookie or len(unverified_cookie) > _LONGEST or not unverified_cookie.isascii():
        return "", []
    device, *marks = unverified_cookie.split(".")
    return (device, marks[:_MOST]) if device and marks else ("", [])
