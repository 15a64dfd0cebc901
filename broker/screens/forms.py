"""One-time form keys: against forged posts, and against the second of two posts that a double click sends.

A key is bound to one browser and one purpose. The first POST does the work; every later one gets the first one's answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Final

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf

FORM_FIELD: Final = "form_key"
_TTL: Final = timedelta(minutes=60)
_KEY: Final = "form.key"
_USED: Final = "form.used"
_ANSWER: Final = "form.answer"
_FAILED: Final = b"failed"
_GIVEN: Final = b"ok:"
_LOOKS: Final = 40
_BETWEEN_LOOKS: Final = 0.05


class FormStale(Exception):
    """The key is unknown, too old, of another browser or another form (cause 1009)."""


class FormBusy(Exception):
    """The first of two posts is still at work after two seconds (cause 1004)."""


@dataclass(frozen=True, slots=True)
class FirstUse:
    """This post is the only one that may do the work. `key_id` is the digest of the key."""

    key_id: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Another post with this key came before; ask `answer_once` for its answer."""

    key_id: str


class FormKeys:
    """Issues and accepts form keys. `pause` waits for the given seconds; a test passes its own."""

    def __init__(self, shelf: Shelf, outside: Outside, pause: Callable[[float], object] | None = None):
        self._shelf = shelf
        self._outside = outside
        self._pause = pause or Event().wait

    def issue(self, browser_id: str, purpose: str) -> str:
        """A fresh key for a form shown to this browser. `purpose` names the form and what it is about.

        Raises:
            ShelfUnavailable: the store did not answer.
        """
        key = self._outside.token()
        self._shelf.put(_KEY, digest(key), _owner(browser_id, purpose), _TTL)
        return key

    def require(self, browser_id: str, purpose: str, unverified_key: str | None) -> FirstUse | Repeat:
        """Accept a posted key; for exactly one caller in the world the answer is FirstUse.

        Raises:
            FormStale: the key is not one we gave to this browser for this purpose.
            ShelfUnavailable: the store did not answer.
        """
        if not unverified_key:
            raise FormStale
        key_id = digest(unverified_key)
        owner = self._shelf.get(_KEY, key_id)
        if owner is None or not hmac.compare_digest(owner, _owner(browser_id, purpose)):
            raise FormStale
        # The mark must outlive the key, or the last second of the key would allow a second first use.
        return FirstUse(key_id) if self._shelf.claim(_USED, key_id, 2 * _TTL) else Repeat(key_id)

    def answer_once(self, use: FirstUse | Repeat, make_answer: Callable[[], str]) -> str:
        """The address to redirect to: made by the first post, remembered for the others.

        Raises:
            FormStale: this is a repeat and the first post failed.
            FormBusy: this is a repeat and the first post has not finished in two seconds.
            Exception: whatever `make_answer` raises, for the first post only.
        """
        if isinstance(use, Repeat):
            return self._first_answer(use.key_id)
        try:
            answer = make_answer()
        except BaseException:
            self._shelf.put(_ANSWER, use.key_id, _FAILED, _TTL)
            raise
        self._shelf.put(_ANSWER, use.key_id, _GIVEN + answer.encode("utf-8"), _TTL)
        return answer

    def _first_answer(self, key_id: str) -> str:
        for look in range(_LOOKS):
            if look:
                self._pause(_BETWEEN_LOOKS)
            kept = self._shelf.get(_ANSWER, key_id)
            if kept == _FAILED:
                raise FormStale
            if kept is not None:
                return kept.removeprefix(_GIVEN).decode("utf-8")
        raise FormBusy


def _owner(browser_id: str, purpose: str) -> bytes:
    return digest(f"{len(browser_id)}:{browser_id}:{purpose}").encode("ascii")
