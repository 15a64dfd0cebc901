"""What a school does to somebody's ways in: unlock, close, open, pause, end sessions, take the link, invite anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from broker.audit.event import Actor
from broker.directory.invitations import Invitation, Invitations, Issued
from broker.directory.pauses import Pause, PauseReason, Pauses
from broker.directory.school_cards import SchoolCards
from broker.directory.school_person import CardGuarded, SchoolPerson
from broker.foundation.encoding import canonical_json
from broker.foundation.normal_forms import age_on
from broker.foundation.outside import Outside
from broker.limits.guesses import Guesses
from broker.linking.links import Links
from broker.messages.outbox import Notices
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.signout.untie import UntieCause, Untying
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.secrets.sealing import Sealer

SECOND_PERSON_WITHIN: Final = timedelta(minutes=15)
INVITATION_LIFE: Final = timedelta(days=30)
_ASKED: Final = "school.unlink"
_ADULT: Final = 18


class SecondPersonMissing(Exception):
    """An adult's link is taken by two people, and the school has only one: the region's support helps."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody of the staff has asked to take an adult's link; another one has to confirm until `ends_at`."""

    by: str
    reason: str
    ends_at: datetime

    def __repr__(self) -> str:
        return f"Asked(by={self.by!r})"


@dataclass(frozen=True, slots=True)
class Access:
    """How somebody can get in today. `locked_until` is None while they may try their password."""

    linked_at: datetime | None
    sessions: int
    locked_until: datetime | None
    invitation: Invitation | None
    asked: Asked | None
    pause: Pause | None


@dataclass(frozen=True, slots=True)
class AccessRooms:
    """The rooms that hold somebody's ways in. `guesses` are the counts that the sign-in keeps of wrong passwords; `title_of` says
    what an upstream is called in Russian, None for Gosuslugi."""

    database: Database
    shelf: Shelf
    outside: Outside
    links: Links
    untying: Untying
    sessions: Sessions
    sign_out: SignOut
    guesses: Guesses
    invitations: Invitations
    pauses: Pauses
    notices: Notices
    sealer: Sealer
    title_of: Callable[[str], str | None]


class AccessDesk:
    """The actions. Every one takes the cards of the one school it may speak of, and somebody of that school."""

    def __init__(self, rooms: AccessRooms):
        self._rooms = rooms

    def of(self, cards: SchoolCards, person_id: str) -> Access:
        """How it stands. Raises NotHere."""
        found, rooms = cards.get(person_id), self._rooms
        link = rooms.links.of_person(person_id)
        return Access(
            linked_at=link.linked_at if link else None,
            sessions=len(rooms.sessions.of_person(person_id)),
            locked_until=self._locked_until(found),
            invitation=rooms.invitations.of_person(person_id),
            asked=self._asked(cards, person_id),
            pause=rooms.pauses.find(person_id),
        )

    def unlock(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor) -> None:
        """The diary password may be tried again (cause 4002). Raises NotHere."""
        found = cards.get(person_id)
        with self._rooms.database.work():
            cards.desk(actor).note("unlocked", person_id, reason)
        if found.person.login:
            self._rooms.guesses.open_again(found.person.login)

    def end_sessions(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor) -> int:
        """Every device is signed out, with what hangs on it; how many. Raises NotHere."""
        cards.get(person_id)
        with self._rooms.database.work():
            return self._end_sessions(cards, person_id, reason, actor)

    def set_blocked(self, cards: SchoolCards, person_id: str, is_blocked: bool, reason: str, actor: Actor) -> None:
        """Close somebody's diary, sessions included, or open it again. Raises NotHere, CardGuarded."""
        with self._rooms.database.work():
            if cards.desk(actor).set_blocked(person_id, is_blocked, reason) and is_blocked:
                self._end_sessions(cards, person_id, "", actor)

    def pause(self, cards: SchoolCards, person_id: str, why: PauseReason, reason: str, actor: Actor) -> None:
        """Close somebody's sign-in for a while, sessions and what hangs on them included. Raises NotHere, CardGuarded.

        `reason` is free text beside `why`, for the school's own journal.
        """
        with self._rooms.database.work():
            self._own(cards, person_id)
            if self._rooms.pauses.pause(person_id, why, actor):
                cards.desk(actor).note("paused", person_id, reason)
                self._end_sessions(cards, person_id, "", actor)

    def resume(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor) -> bool:
        """The pause is over; False if it was none, or is not a school's to end. Raises NotHere, CardGuarded."""
        with self._rooms.database.work():
            self._own(cards, person_id)
            if not self._rooms.pauses.resume(person_id, actor):
                return False
            cards.desk(actor).note("resumed", person_id, reason)
        return True

    def unlink(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor) -> bool:
        """Take the Gosuslugi link. A child's at once: True. An adult's first only asks for a second person: False.

        Raises:
            NotHere, CardGuarded.
            SecondPersonMissing: an adult, and nobody else runs this school's console.
        """
        found = self._own(cards, person_id)
        if self.needs_second_person(cards, found):
            if cards.administrators() < 2:
                raise SecondPersonMissing
            asked = {"by": actor.id, "reason": reason, "ends_at": (self._now() + SECOND_PERSON_WITHIN).isoformat()}
            # Sealed: a reason in free text may say anything about anybody.
            sealed = self._rooms.sealer.seal(canonical_json(asked), f"{_ASKED}:{_key(cards, person_id)}")
            self._rooms.shelf.put(_ASKED, _key(cards, person_id), sealed, SECOND_PERSON_WITHIN)
            with self._rooms.database.work():
                cards.desk(actor).note("unlink_asked", person_id, reason)
            return False
        self._untie(cards, person_id, reason, actor)
        return True

    def confirm_unlink(self, cards: SchoolCards, person_id: str, actor: Actor) -> bool:
        """The second person agrees: the link goes. False when nobody else has asked in time. Raises NotHere, CardGuarded."""
        self._own(cards, person_id)
        waiting = self._asked(cards, person_id)
        if waiting is None or waiting.by == actor.id:
            return False
        # Taken, and looked at again: it may have been asked anew since, by the one who confirms.
        asked = self._read(cards, person_id, self._rooms.shelf.take(_ASKED, _key(cards, person_id)))
        if asked is None or asked.by == actor.id:
            return False
        self._untie(cards, person_id, asked.reason, actor)
        return True

    def needs_second_person(self, cards: SchoolCards, found: SchoolPerson) -> bool:
        """Whoever is eighteen, or of unknown age, is not cut off from Gosuslugi by one member of staff alone."""
        born = found.person.birth_date
        return born is None or age_on(born, cards.today) >= _ADULT

    def invite(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor, *, ends_sessions: bool = False) -> Issued:
        """A new invitation; earlier ones open nothing. Raises NotHere, CardGuarded.

        With `ends_sessions` whoever is in is signed out: the old invitation may have been used by somebody else (4004).
        """
        self._own(cards, person_id)
        with self._rooms.database.work():
            issued = self._rooms.invitations.issue(person_id, actor, self._now() + INVITATION_LIFE)
            cards.desk(actor).note("invited", person_id, reason)
            if ends_sessions:
                self._end_sessions(cards, person_id, "", actor)
        return issued

    def _own(self, cards: SchoolCards, person_id: str) -> SchoolPerson:
        found = cards.get(person_id)
        if found.is_guarded:
            raise CardGuarded
        return found

    def _untie(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor) -> None:
        rooms = self._rooms
        with rooms.database.work():
            link = rooms.links.of_person(person_id)
            if link is None or rooms.untying.untie(person_id, UntieCause.SCHOOL, actor) is None:
                return
            cards.desk(actor).note("unlinked", person_id, reason)
            title = rooms.title_of(link.connector)
            if title is None:
                rooms.notices.tell(person_id, "unlinked")
            else:
                rooms.notices.tell(person_id, "unlinked_other", upstream=title)

    def _end_sessions(self, cards: SchoolCards, person_id: str, reason: str, actor: Actor) -> int:
        ended = self._rooms.sign_out.end_others(person_id, "", "school", actor)
        if ended:
            cards.desk(actor).note("sessions_ended", person_id, reason)
        return len(ended)

    def _locked_until(self, found: SchoolPerson) -> datetime | None:
        if not found.person.login:
            return None
        return self._rooms.guesses.closed_until(found.person.login)

    def _asked(self, cards: SchoolCards, person_id: str) -> Asked | None:
        return self._read(cards, person_id, self._rooms.shelf.get(_ASKED, _key(cards, person_id)))

    def _read(self, cards: SchoolCards, person_id: str, kept: bytes | None) -> Asked | None:
        if kept is None:
            return None
        said = json.loads(self._rooms.sealer.unseal(kept, f"{_ASKED}:{_key(cards, person_id)}"))
        return Asked(said["by"], said["reason"], datetime.fromisoformat(said["ends_at"]))

    def _now(self) -> datetime:
        return self._rooms.outside.now()


def _key(cards: SchoolCards, person_id: str) -> str:
    return f"{cards.school.id}:{person_id}"
