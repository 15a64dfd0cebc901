"""Sends what waits in the outbox. Many couriers may work at once; a letter is with one of them at a time.

A letter is sent at least once: it is marked after it was handed over, so a process that is killed between the two leaves a
letter that is sent again when its lease is over. Its Message-ID (RFC 5322 3.6.4), or the `id` an SMS gateway gets, is the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from broker.audit.catalogue_messages import MessageGivenUp, MessageSent
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.foundation.outside import Outside
from broker.messages.carrier import OF_THE_WAY, Carrier, NotCarried, Parcel, Trouble, Words
from broker.messages.outbox import Channel, Letter, bound_to
from broker.messages.retry import next_try_at
from broker.messages.store import LetterStore, Taken
from broker.storage.database import Database
from broker.storage.leases import GIVEN_UP, SENT
from keys.secrets.sealing import SealBroken, Sealer

# Longer than the time limits of one SMTP dialogue together (smtp.py): a lease must not end while its letter is being sent.
LEASE = timedelta(minutes=3)
_BATCH = 20

WordsOf = Callable[[Letter], Words]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. `tried` counts letters, whatever became of them."""

    tried: int = 0
    sent: int = 0
    postponed: int = 0
    given_up: int = 0

    def __add__(self, other: Round) -> Round:
        return Round(
            self.tried + other.tried, self.sent + other.sent, self.postponed + other.postponed, self.given_up + other.given_up
        )


@dataclass(frozen=True, slots=True)
class Ways:
    """How letters get their words, and by whom they are carried. A channel without a carrier is a closed one.

    `channels` are those that this courier looks after; letters of the others wait for another.
    """

    words_of: WordsOf
    carriers: Mapping[Channel, Carrier]
    channels: frozenset[Channel] = frozenset(Channel)


class Courier:
    """Takes letters by lease, words them, hands them to a carrier, and writes down what became of them.

    Used by one thread at a time; every thread or process that sends has its own.
    """

    def __init__(self, database: Database, sealer: Sealer, journal: Journal, outside: Outside, ways: Ways):
        self._database = database
        self._sealer = sealer
        self._journal = journal
        self._outside = outside
        self._ways = ways
        self._channels = sorted(channel.value for channel in ways.channels)
        self._store = LetterStore(database)

    def send_due(self) -> Round:
        """One round: up to twenty letters whose time has come. Needs an application context; never inside a unit of work.

        Raises:
            RuntimeError: called inside a unit of work, which would hold the database while a mail server thinks.
        """
        if self._database.at_work:
            raise RuntimeError("letters are not sent inside a unit of work")
        done: list[str] = []
        closed: set[str] = set()
        try:
            for letter_id, channel in self._store.due(self._channels, self._outside.now(), _BATCH):
                # A way on which nobody answers is tried once a round, so that it holds up nothing else.
                if channel not in closed:
                    done.append(self._send(letter_id, closed))
        finally:
            for carrier in self._ways.carriers.values():
                carrier.rest()
        counts = {word: done.count(word) for word in ("sent", "postponed", "given_up")}
        return Round(tried=sum(counts.values()), **counts)

    def _send(self, letter_id: str, closed: set[str]) -> str:
        now = self._outside.now()
        with self._database.work():
            taken = self._store.take(letter_id, now, now + LEASE)
        if taken is None:
            return "with another"
        if now >= taken.ends_at:
            return self._give_up(taken, taken.trouble or Trouble.TOO_LATE.value)
        try:
            self._carry(taken)
        except NotCarried as failed:
            if failed.trouble in OF_THE_WAY:
                closed.add(taken.channel)
            if failed.is_final:
                return self._give_up(taken, failed.trouble.value)
            return self._postpone(taken, failed.trouble.value)
        with self._database.work():
            if self._store.finish(taken.id, SENT, "", self._outside.now()):
                self._journal.append(MessageSent(taken.id, taken.kind, taken.channel, taken.tries), SYSTEM)
        return "sent"

    def _carry(self, taken: Taken) -> None:
        carrier = self._ways.carriers.get(Channel(taken.channel))
        if carrier is None:
            raise NotCarried(Trouble.NO_WAY, is_final=True)
        carrier.carry(self._packed(taken))

    def _packed(self, taken: Taken) -> Parcel:
        try:
            inside = json.loads(self._sealer.unseal(taken.sealed, bound_to(taken.id)))
            letter = Letter(taken.kind, Channel(taken.channel), inside["address"], taken.language, variables=inside["variables"])
            return Parcel(taken.id, letter.address, letter.language, self._ways.words_of(letter))
        except (SealBroken, ValueError):
            # A text without one of its variables, or a record whose key is lost: no repeat makes it readable.
            raise NotCarried(Trouble.UNREADABLE, is_final=True) from None

    def _postpone(self, taken: Taken, trouble: str) -> str:
        chance = self._outside.random(1)[0] / 255
        with self._database.work():
            self._store.postpone(taken, trouble, next_try_at(self._outside.now(), taken.tries, chance, taken.ends_at))
        _log.warning("a letter could not be sent and waits", extra=_told(taken, trouble))
        return "postponed"

    def _give_up(self, taken: Taken, trouble: str) -> str:
        with self._database.work():
            if self._store.finish(taken.id, GIVEN_UP, trouble, self._outside.now()):
                self._journal.append(MessageGivenUp(taken.id, taken.kind, taken.channel, trouble), SYSTEM)
        _log.error("a letter was given up", extra=_told(taken, trouble))
        return "given_up"


def _told(taken: Taken, trouble: str) -> dict[str, object]:
    return {"letter_id": taken.id, "kind": taken.kind, "channel": taken.channel, "tries": taken.tries, "trouble": trouble}
