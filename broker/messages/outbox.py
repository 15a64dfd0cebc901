"""The outbox: what is said in the same unit of work as the change it tells of, and sent later by somebody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from broker.foundation.outside import Outside
from broker.messages.settings import MessageSettings
from broker.messages.store import LetterStore, Shown
from broker.storage.database import Database
from broker.storage.leases import GIVEN_UP, SENT, WAITING
from keys.secrets.sealing import Sealer

STATES = (WAITING, SENT, GIVEN_UP)

# A code lives a quarter of an hour: a letter that brings it later only confuses.
_CODES_END_AFTER = timedelta(minutes=15)
# As long as somebody may ask whether they were told.
_KEPT_FOR = timedelta(days=30)
_CODES = frozenset({"code", "code_for_login", "phone_confirm"})


class Channel(Enum):
    """How a letter travels."""

    MAIL = "mail"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `kind` names its text in the catalogue (`message.<kind>`), `variables` fill it. Neither appears in repr()."""

    kind: str
    channel: Channel
    address: str
    language: str
    person_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Letter(kind={self.kind!r}, channel={self.channel.value!r})"


class Outbox:
    """Keeps letters until they are sent or given up."""

    def __init__(self, database: Database, sealer: Sealer, outside: Outside, settings: MessageSettings):
        self._database = database
        self._sealer = sealer
        self._outside = outside
        self._settings = settings
        self._store = LetterStore(database)
        self._bells = {channel: threading.Event() for channel in Channel}

    def bell_of(self, channel: Channel) -> threading.Event:
        """Set when a letter of this process is committed: the courier of its channel need not wait longer."""
        return self._bells[channel]

    def put(self, letter: Letter) -> str:
        """Keep a letter, as a part of the caller's unit of work; its identifier.

        Raises:
            RuntimeError: outside a unit of work, where it could tell of a change that never was.
        """
        if not self._database.at_work:
            raise RuntimeError("a letter is put inside the unit of work whose change it tells of")
        letter_id, now = self._outside.uuid(), self._outside.now()
        inside = json.dumps({"address": letter.address, "variables": dict(letter.variables)}, ensure_ascii=False)
        envelope = {
            "kind": letter.kind,
            "channel": letter.channel.value,
            "language": letter.language,
            "person_id": letter.person_id,
        }
        lasts = _CODES_END_AFTER if letter.kind in _CODES else self._settings.give_up_after
        self._store.add(letter_id, envelope, self._sealer.seal(inside.encode(), bound_to(letter_id)), (now, now + lasts))
        self._database.after_commit(self._bells[letter.channel].set)
        return letter_id

    def tidy(self, at_most: int = 1000) -> int:
        """Remove letters that were done thirty days ago, one batch; how many."""
        with self._database.work():
            return self._store.tidy(self._outside.now() - _KEPT_FOR, at_most)

    def newest(self, state: str | None, at_most: int) -> tuple[Shown, ...]:
        """How the newest letters fare, those of one state or all."""
        return self._store.newest(STATES if state is None else (state,), at_most)

    def counts(self) -> dict[str, int]:
        """How many letters there are in each state."""
        return dict.fromkeys(STATES, 0) | self._store.counts()


def bound_to(letter_id: str) -> str:
    """The owner its sealed part belongs to."""
    return f"letter:{letter_id}"


AddressesOf = Callable[[str], Sequence[tuple[Channel, str]]]


class Notices:
    """Tells a person at their own confirmed addresses; `addresses_of` is the directory's, handed in by the composition root."""

    def __init__(self, outbox: Outbox, addresses_of: AddressesOf):
        self._outbox = outbox
        self._addresses_of = addresses_of

    def tell(self, person_id: str, kind: str, language: str = "ru", **variables: str) -> int:
        """Put a letter to every address worth using (all e-mail addresses, else the phone); how many.

        Inside the caller's unit of work. `language` is Russian unless the person has shown another preference.
        """
        everywhere = self._addresses_of(person_id)
        chosen = [found for found in everywhere if found[0] is Channel.MAIL] or everywhere[:1]
        for channel, address in chosen:
            self._outbox.put(Letter(kind, channel, address, language, person_id, variables))
        return len(chosen)
