"""Whether letters are late at all: asked for everybody at once, so that the answer says nothing about one address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from broker.messages.carrier import Trouble
from broker.messages.outbox import Channel
from broker.messages.settings import MessageSettings
from broker.messages.store import LetterStore
from broker.storage.database import Database

_GIVEN_UP_LATELY = timedelta(hours=1)
# One address that does not exist, one text without words, a way that is closed on purpose: waiting would mend none of these.
_NOT_DELAYS = frozenset({Trouble.REFUSED.value, Trouble.UNREADABLE.value, Trouble.NO_WAY.value})


class Delays:
    """Cause 8005, from how the letters of all people fare.

    A way is late when letters wait for it that nobody has come to, or when trouble keeps them while nothing else got through.
    One full mailbox is therefore no delay, and the first letter that leaves after a repair ends one.
    """

    def __init__(self, database: Database, settings: MessageSettings, now: Callable[[], datetime]):
        self._store = LetterStore(database)
        self._late_after = settings.late_after
        self._now = now

    def are_on(self, channels: Iterable[Channel] = tuple(Channel)) -> bool:
        """Whether letters on one of these ways come late just now. One question to the database a way."""
        return any(self._is_late(channel) for channel in channels)

    def _is_late(self, channel: Channel) -> bool:
        now = self._now()
        before = now - self._late_after
        found = self._store.pace(channel.value, sorted(_NOT_DELAYS), now - _GIVEN_UP_LATELY)
        if found.untouched_since is not None and found.untouched_since <= before:
            return True
        if found.given_up_at is not None and (found.sent_at is None or found.sent_at < found.given_up_at):
            return True
        is_kept = found.troubled_since is not None and found.troubled_since <= before
        return is_kept and (found.sent_at is None or found.sent_at <= before)
