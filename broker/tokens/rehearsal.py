"""Rehearsals: token responses that were prepared for one check of one service (`broker clients check`).

Nobody stands behind them: what they say is about an invented subject, no grant is written, and their access token opens nothing
but the invented claims that were prepared with it. They lie on the shelf only while a check runs, and a code is taken once.

What lies there carries a MAC: whoever can write to the short-lived store must not be able to add a key to our key set with it.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from broker.foundation.encoding import digest
from broker.foundation.outside import monotonic
from broker.storage.shelf import Shelf, ShelfUnavailable
from broker.tokens.sealed import Marks

# What codes and access tokens of rehearsals begin with, so that those of people never pay for a look at the shelf.
PREFIX = "rehearsal."
LIFE = timedelta(minutes=2)
_CODE, _ACCESS, _KEY = "rehearsal.code", "rehearsal.access", "rehearsal.key"
_RUNNING, _TURN = "rehearsal.running", "rehearsal.turn"
_MAX_WORD = 128
_MAC_SIZE = 32
# How long a process serves a key set without looking whether a rehearsal has a key of its own.
KEY_IS_SEEN_WITHIN = timedelta(seconds=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a code will be answered with. `code_challenge` is that of S256 (RFC 7636 4.2); `confirmation` the key that the code is
    bound to (RFC 9449 10), "" for none."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    answer: Mapping[str, Any] = field(repr=False)
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class Invented:
    """What the UserInfo Endpoint answers, and to whom; `confirmation` is whose key the token is bound to, "" for nobody's."""

    client_id: str
    claims: Mapping[str, Any]
    confirmation: str = ""


class Rehearsals:
    """One a process. `marks` are the Fingerprints of the vault; `seconds` counts them from any start."""

    def __init__(self, shelf: Shelf, marks: Marks, token: Callable[[], str], seconds: Callable[[], float] = monotonic):
        self._shelf = shelf
        self._marks = marks
        self._token = token
        self._seconds = seconds
        # When was looked, and what was there: one value, since a thread must never see the one without the other.
        self._seen: tuple[float, tuple[Mapping[str, Any], ...]] | None = None

    def new_access_token(self, invented: Invented) -> str:
        """An access token that the UserInfo Endpoint answers with exactly these claims, in the form this client takes them."""
        word = PREFIX + self._token()
        self._put(_ACCESS, digest(word), asdict(invented))
        return word

    def new_code(self, prepared: Prepared) -> str:
        """A code that is answered with what was prepared."""
        word = PREFIX + self._token()
        self._put(_CODE, digest(word), asdict(prepared))
        return word

    def take(self, unverified_code: str, client_id: str) -> Prepared | None:
        """What the code stands for, once; None if it is unknown, spent, too old or another client's."""
        if not is_rehearsal(unverified_code):
            return None
        key = digest(unverified_code)
        found = self._genuine(_CODE, key, self._shelf.take(_CODE, key))
        if found is None:
            return None
        prepared = Prepared(**found)
        return prepared if hmac.compare_digest(prepared.client_id, client_id) else None

    def invented(self, unverified_token: str) -> Invented | None:
        """What an access token opens; None if it is none of a rehearsal."""
        if not is_rehearsal(unverified_token):
            return None
        key = digest(unverified_token)
        found = self._genuine(_ACCESS, key, self._shelf.get(_ACCESS, key))
        return None if found is None else Invented(**found)

    def bind(self, token: str, confirmation: str) -> None:
        """From now on the access token is of use only to who holds the key: nobody knew it when the token was made."""
        invented = self.invented(token)
        if invented is not None:
            self._put(_ACCESS, digest(token), asdict(replace(invented, confirmation=confirmation)))

    def begin(self, client_id: str, life: timedelta) -> bool:
        """Whether this service may be checked now: no other check of it is running, in whichever process."""
        return self._shelf.claim(_RUNNING, client_id, life)

    def end(self, client_id: str) -> None:
        """The check is over; without this word it is so after its life."""
        self._shelf.take(_RUNNING, client_id)

    def take_turn(self) -> bool:
        """Whether a key may be published now: there is one place for it, and two checks would take each other's away."""
        return self._shelf.claim(_TURN, "", LIFE)

    def publish(self, jwk: Mapping[str, Any]) -> None:
        """Let our key set hold one more public key for a while; only for who has the turn. Its private half must never
        leave who runs the check."""
        self._put(_KEY, "", jwk)

    def withdraw(self) -> None:
        """The key set is as it was, and it is the next one's turn."""
        self._shelf.take(_KEY, "")
        self._shelf.take(_TURN, "")

    def beside(self, key_set: Mapping[str, Any]) -> Mapping[str, Any]:
        """A key set, with the key of a rehearsal if one is running. Without the shelf it is what it was."""
        now, seen = self._seconds(), self._seen
        if seen is None or now - seen[0] >= KEY_IS_SEEN_WITHIN.total_seconds():
            # Whoever asks while another looks has to look as well: the old answer would be older than it may be.
            seen = self._seen = (now, self._published())
        return key_set if not seen[1] else {"keys": [*key_set["keys"], *seen[1]]}

    def _published(self) -> tuple[Mapping[str, Any], ...]:
        try:
            found = self._genuine(_KEY, "", self._shelf.get(_KEY, ""))
        except ShelfUnavailable:
            _log.warning("the key set is served without looking for rehearsals")
            return ()
        return () if found is None else (found,)

    def _put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        body = json.dumps(dict(value)).encode("utf-8")
        self._shelf.put(kind, key, self._marks.mac(kind, _about(key, body)) + body, LIFE)

    def _genuine(self, kind: str, key: str, kept: bytes | None) -> dict[str, Any] | None:
        """What `_put` has put; None for nothing, and for what somebody else has."""
        if kept is None or not self._marks.fits(kind, _about(key, kept[_MAC_SIZE:]), kept[:_MAC_SIZE]):
            return None
        return dict(json.loads(kept[_MAC_SIZE:]))


def _about(key: str, body: bytes) -> bytes:
    return key.encode("ascii") + b"\x00" + body


def is_rehearsal(unverified_word: str) -> bool:
    """Whether a code or token looks like one of a rehearsal; nothing is believed because of that."""
    return unverified_word.startswith(PREFIX) and len(unverified_word) <= _MAX_WORD
