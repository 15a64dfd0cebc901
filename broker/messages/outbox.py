"""The outbox: what is said in the same unit of work as the change it tells of, and sent later by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.sealing import Sealer


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

    def __init__(self, database: Database, sealer: Sealer, outside: Outside):
        self._database = database
        self._sealer = sealer
        self._outside = outside

    def put(self, letter: Letter) -> str:
        """Keep a letter, as a part of the caller's unit of work; its identifier."""
        raise NotImplementedError


AddressesOf = Callable[[str], Sequence[tuple[Channel, str]]]


class Notices:
    """Tells a person at their own confirmed addresses; `addresses_of` is the directory's, handed in by the composition root."""

    def __init__(self, outbox: Outbox, addresses_of: AddressesOf):
        self._outbox = outbox
        self._addresses_of = addresses_of

    def tell(self, person_id: str, kind: str, **variables: str) -> int:
        """Put a letter to every address worth using (all e-mail addresses, else the phone); how many. Inside the caller's work()."""
        raise NotImplementedError
