"""Attempts on the shelf: sealed, short-lived, opened only by the browser they began in."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from broker.connectors.port import Leg
from broker.foundation.encoding import b64url, digest, from_b64url
from broker.foundation.outside import Outside
from broker.login.asked import Asked
from broker.login.attempt import Attempt
from broker.login.attempt_form import from_bytes, to_bytes
from broker.login.settings import LoginSettings
from broker.storage.shelf import Shelf
from keys.secrets.sealing import SealBroken, Sealer

_ATTEMPT = "attempt"
_ORIGIN = "attempt.origin"
_USED = "attempt.used"
_LEG = "leg"
_LEG_OF = "leg.of"
_FINISHING = "attempt.finishing"
_UNFINISHED = "attempt.unfinished"
_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
# Longer than opening a session takes, short enough that after a crash the same browser goes on at once.
_FINISHING_FOR = timedelta(seconds=10)


class OtherBrowser(Exception):
    """The attempt began in another browser."""


class NoCookie(Exception):
    """The browser brought no cookie at all."""


@dataclass(frozen=True, slots=True)
class Gone:
    """An attempt that can no longer be continued. `origin` is a fresh copy of how it began, if this browser may start it anew;
    `was_used` says that it ended well, otherwise its time ran out, and `unfinished` says in the midst of what
    (`Attempt.unfinished`)."""

    origin: Attempt | None
    was_used: bool
    unfinished: str = ""


class Attempts:
    """Keeps attempts. Every method may raise ShelfUnavailable; nothing here may be called inside a unit of work."""

    def __init__(self, shelf: Shelf, sealer: Sealer, outside: Outside, settings: LoginSettings):
        self._shelf = shelf
        self._sealer = sealer
        self._outside = outside
        self._settings = settings

    def begin(self, asked: Asked | None, resume_url: str, browser_secret: str, region: str) -> Attempt:
        """A new attempt of this browser, kept."""
        attempt = Attempt(
            id=self._outside.token(16),
            asked=asked,
            resume_url=resume_url,
            browser=digest(browser_secret),
            ends_at=self._outside.now() + self._settings.attempt_ttl,
            region=region,
        )
        self._put(_ORIGIN, attempt, self._settings.restart_within)
        self.save(attempt)
        return attempt

    def save(self, attempt: Attempt) -> None:
        """Keep what has been learnt. It never lives longer than it was meant to when it began."""
        left = attempt.ends_at - self._outside.now()
        if left > timedelta(0):
            self._put(_ATTEMPT, attempt, left)
            if attempt.unfinished:
                self._shelf.put(_UNFINISHED, attempt.id, attempt.unfinished.encode("ascii"), self._settings.restart_within)
            if attempt.unfinished and not attempt.is_over:
                # Whoever asked for more time may be here longer than the beginning was to be remembered.
                self._put(_ORIGIN, attempt, self._settings.restart_within)

    def find(self, unverified_id: str, unverified_cookie: str | None) -> Attempt | Gone:
        """The attempt, or what is left of it.

        Raises:
            NoCookie, OtherBrowser: an identifier alone opens nothing.
        """
        if not unverified_cookie:
            raise NoCookie
        attempt = self._get(_ATTEMPT, unverified_id)
        if attempt is not None:
            require_browser(attempt, unverified_cookie)
            return attempt
        origin = self._get(_ORIGIN, unverified_id)
        if origin is None:
            return Gone(None, was_used=False)
        require_browser(origin, unverified_cookie)
        if self._shelf.get(_USED, unverified_id) is not None:
            return Gone(origin, was_used=True)
        return Gone(origin, was_used=False, unfinished=(self._shelf.get(_UNFINISHED, unverified_id) or b"").decode("ascii"))

    def take(self, attempt: Attempt) -> Attempt | None:
        """The attempt as it is now, removed: only one caller gets it, and only this once.

        The mark stays behind: a slow request that still held a copy may put the attempt back, but nobody can take it again.
        """
        sealed = self._shelf.take(_ATTEMPT, attempt.id)
        if sealed is None or not self._shelf.claim(_USED, attempt.id, self._settings.restart_within):
            return None
        return self._opened(attempt.id, sealed, _ATTEMPT)

    def may_finish(self, attempt: Attempt) -> bool:
        """True for the one request that opens the session; its twin waits a moment and finds the work done."""
        return self._shelf.claim(_FINISHING, attempt.id, _FINISHING_FOR)

    def is_still(self, attempt: Attempt) -> bool:
        """Whether the attempt is on the shelf as this copy has it: nobody else has gone on with it meanwhile."""
        return self._get(_ATTEMPT, attempt.id) == attempt

    def keep_leg(self, attempt: Attempt, connector: str, leg: Leg) -> None:
        """Remember a trip until the browser comes back with its state."""
        left = max(attempt.ends_at - self._outside.now(), timedelta(seconds=1))
        key = digest(leg.state)
        self._shelf.put(_LEG_OF, key, attempt.id.encode("ascii"), self._settings.restart_within)
        kept: dict[str, object] = {"connector": connector, "memory": {}}
        if leg.memory:
            # It may hold the secret by which a code is redeemed (RFC 7636).
            kept["sealed"] = b64url(self._sealer.seal(json.dumps(dict(leg.memory)).encode("utf-8"), f"{_LEG}:{key}"))
        self._shelf.put(_LEG, key, json.dumps(kept).encode("utf-8"), left)

    def attempt_of(self, unverified_state: str) -> str | None:
        """The identifier of the attempt a state belongs to; it stays known after the trip, for a reload or a double delivery."""
        found = self._shelf.get(_LEG_OF, digest(unverified_state))
        return None if found is None else found.decode("ascii")

    def take_leg(self, unverified_state: str, connector: str) -> Leg | None:
        """The trip, for exactly one caller; None for everybody after, and for an answer that came to another upstream's address
        (mix-up, RFC 9700 4.4)."""
        taken = self._shelf.take(_LEG, digest(unverified_state))
        kept = {} if taken is None else json.loads(taken)
        if kept.get("connector") != connector:
            return None
        try:
            return Leg("", unverified_state, self._memory(digest(unverified_state), kept))
        except SealBroken:
            # Under a key that is gone: the person starts anew.
            return None

    def _memory(self, key: str, kept: Mapping[str, Any]) -> Mapping[str, str]:
        if "sealed" not in kept:
            return {}
        memory: Mapping[str, str] = json.loads(self._sealer.unseal(from_b64url(kept["sealed"]), f"{_LEG}:{key}"))
        return memory

    def renewed(self, origin: Attempt, browser_secret: str, region: str) -> Attempt:
        """A new attempt for the same request: relying party, region and language are kept."""
        return self.begin(origin.asked, origin.resume_url, browser_secret, region or origin.region)

    def _put(self, kind: str, attempt: Attempt, ttl: timedelta) -> None:
        plain = attempt if kind == _ATTEMPT else replace(attempt.forgetting_person(), left_at=None)
        self._shelf.put(kind, attempt.id, self._sealer.seal(to_bytes(plain), f"{kind}:{attempt.id}"), ttl)

    def _get(self, kind: str, unverified_id: str) -> Attempt | None:
        if not is_attempt_id(unverified_id):
            return None
        sealed = self._shelf.get(kind, unverified_id)
        return None if sealed is None else self._opened(unverified_id, sealed, kind)

    def _opened(self, id_: str, sealed: bytes, kind: str) -> Attempt | None:
        try:
            attempt = from_bytes(self._sealer.unseal(sealed, f"{kind}:{id_}"))
        except (SealBroken, ValueError, TypeError, KeyError):
            # Written by another release or under a key that is gone: the person starts anew.
            return None
        # A store may keep things a little longer than told; our own clock decides.
        is_late = kind == _ATTEMPT and _is_past(attempt.ends_at, self._outside.now())
        return None if is_late else attempt


def is_attempt_id(unverified_text: str) -> bool:
    """Whether an attempt could be called so."""
    return _ID.fullmatch(unverified_text) is not None


def require_browser(attempt: Attempt, unverified_cookie: str) -> None:
    """Refuse a browser that did not begin this attempt.

    Raises:
        OtherBrowser: the cookie is another one.
    """
    if not hmac.compare_digest(attempt.browser, digest(unverified_cookie)):
        raise OtherBrowser


def _is_past(instant: datetime, now: datetime) -> bool:
    return now >= instant
