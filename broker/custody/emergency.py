"""A stolen key: who decides, what happens at once, what follows, and who has not answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broker.audit.catalogue_emergency import GlassBroken
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.custody.fallout import Fallout
from broker.custody.fallout_store import KeyFallout
from broker.custody.key_moves import KeyMoves
from broker.custody.two_people import GROUNDS, TwoPeople
from broker.custody.two_people_store import TwoPersonRequest
from broker.deliveries.queue import Queue
from broker.deliveries.store import Unanswered
from broker.signout.announce import LOGOUT
from broker.storage.database import Database
from keys.signing.keeper import KeyKeeper
from keys.signing.key import KeyInfo, KeyUse
from keys.signing.lifecycle import require_revocable
from keys.signing.rotation import UnknownKey

REVOKE: Final = "keys.revoke"
# Writes to every officer and auditor, in the unit of work around it; how many it wrote to.
Alarm = Callable[[str, Mapping[str, str]], int]


class NotTyped(Exception):
    """The name of the key was not typed as it stands on the page."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a revocation would do now: open sessions, people, services; `signs` if another key has to take over at once."""

    key: KeyInfo
    sessions: int
    people: int
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of one revocation. `unanswered` services were told by back-channel logout and have not answered since."""

    fallout: KeyFallout
    unanswered: tuple[Unanswered, ...]


@dataclass(frozen=True, slots=True)
class Hands:
    """What the emergency works with."""

    database: Database
    journal: Journal
    keeper: KeyKeeper
    moves: KeyMoves
    fallout: Fallout
    queue: Queue
    alarm: Alarm


class Emergency:
    """Every method that finds no key raises UnknownKey; one that is revoked already, MoveRefused."""

    def __init__(self, two_people: TwoPeople, hands: Hands):
        self._two_people = two_people
        self._hands = hands

    @property
    def two_people(self) -> TwoPeople:
        """Who decides, for other acts that take two."""
        return self._two_people

    def consequences(self, kid: str) -> Consequences:
        """Before anybody decides."""
        key = self._revocable(kid)
        sessions, people, services = self._hands.fallout.expected(key) if key.use is KeyUse.TOKENS else (0, 0, ())
        return Consequences(key, sessions, people, services)

    def waiting(self) -> tuple[TwoPersonRequest, ...]:
        """Revocations that wait for a second person."""
        return tuple(one for one in self._two_people.waiting() if one.act == REVOKE)

    def ask(self, kid: str, unverified_typed: str, grounds: str, person_id: str) -> TwoPersonRequest:
        """The first of two people.

        Raises:
            NotTyped, ValueError (the grounds), AlreadyAsked.
        """
        _require_grounds(grounds)
        key = self._revocable(kid)
        if unverified_typed.strip() != key.kid:
            raise NotTyped
        return self._two_people.ask(REVOKE, key.kid, grounds, person_id)

    def confirm(self, request_id: str, person_id: str) -> TwoPersonRequest:
        """The second: the key is revoked in the same unit of work.

        Raises:
            NotConfirmed.
        """
        return self._two_people.confirm(
            REVOKE, request_id, person_id, lambda request, actor: self._revoke(request.about, actor)
        )

    def withdraw(self, request_id: str, person_id: str) -> bool:
        """Take a request back."""
        return self._two_people.withdraw(REVOKE, request_id, person_id)

    def break_glass(self, kid: str, grounds: str, actor: Actor) -> None:
        """Alone, at once, and loud: in the journal, in the meters, and in the post of every officer and auditor.

        Raises:
            ValueError: `grounds` is not one of GROUNDS.
        """
        _require_grounds(grounds)
        hands = self._hands
        with hands.database.work():
            self._revoke(kid, actor)
            told = hands.alarm("glass_broken", {"kid": kid})
            hands.journal.append(GlassBroken(REVOKE, kid, grounds, told), actor)

    def aftermath(self) -> tuple[Aftermath, ...]:
        """What became of every revocation, the newest first."""
        return tuple(Aftermath(one, self._unanswered(one.made_at, one.ended_at)) for one in self._hands.fallout.all())

    def _revoke(self, kid: str, actor: Actor) -> None:
        key = self._revocable(kid)
        self._hands.moves.revoke(kid, actor)
        # Tokens are no matter of the key that signs the journal.
        if key.use is KeyUse.TOKENS:
            self._hands.fallout.begin(key)

    def _revocable(self, kid: str) -> KeyInfo:
        for key in self._hands.keeper.all():
            if key.kid == kid:
                require_revocable(key)
                return key
        raise UnknownKey

    def _unanswered(self, since: datetime, until: datetime | None) -> tuple[Unanswered, ...]:
        return self._hands.queue.unanswered_between(LOGOUT, since, until)


def _require_grounds(grounds: str) -> None:
    if grounds not in GROUNDS:
        raise ValueError(f"The grounds must be one of: {', '.join(GROUNDS)}.")
