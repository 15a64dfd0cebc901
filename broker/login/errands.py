"""What a person was about when they went to another part of the house: which sign-in they left, and that they may connect."""

from __future__ import annotations

from datetime import timedelta

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf

_LEFT, _CONNECT = "errand.left", "errand.connect"
_CONNECT_FOR = timedelta(minutes=10)


class Errands:
    """Kept by browser or by session, and in no address that could be passed on. Call nothing here inside a unit of work."""

    def __init__(self, shelf: Shelf, outside: Outside, kept_for: timedelta):
        """`kept_for` is how long a sign-in that was left can be begun anew."""
        self._shelf = shelf
        self._outside = outside
        self._kept_for = kept_for

    def leave(self, browser: str, attempt_id: str) -> None:
        """This browser (the digest of its secret) goes to get its password back in the midst of an attempt."""
        self._shelf.put(_LEFT, browser, attempt_id.encode("ascii"), self._kept_for)

    def back_url(self, browser: str) -> str:
        """Where the sign-in that was left goes on, with the service it is for; "" when none was."""
        kept = self._shelf.get(_LEFT, browser)
        return "" if kept is None else f"/login/{kept.decode('ascii')}/again"

    def allow_connect(self, session_id: str) -> str:
        """A word with which this session, and no other, begins once to connect Gosuslugi without showing its password again.

        It is made by a page of the person's own: a link from elsewhere could tie a stranger's Gosuslugi to their diary.
        """
        word = self._outside.token(16)
        self._shelf.put(_CONNECT, digest(f"{session_id} {word}"), b"1", _CONNECT_FOR)
        return word

    def take_connect(self, session_id: str, unverified_word: str) -> bool:
        """True once for a word that this session was given."""
        return self._shelf.take(_CONNECT, digest(f"{session_id} {unverified_word}")) is not None
