"""Acts that take two people: one asks, another confirms within a quarter of an hour, or nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from broker.audit.catalogue_emergency import SecondPersonAsked, SecondPersonConfirmed, SecondPersonWithdrawn
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.custody.two_people_store import CONFIRMED, VOID, WITHDRAWN, TwoPersonRequest, TwoPersonStore
from broker.foundation.outside import Outside
from broker.storage.database import Database

WAITS: Final = timedelta(minutes=15)
# Why somebody asks; prose could hold anything, and the journal keeps it for ever.
GROUNDS: Final = ("stolen", "suspected", "lost", "drill")
# Nothing has happened: a second officer agrees that somebody becomes one, or is one no more.
JOINING: Final = "joining"
LEAVING: Final = "leaving"
# A file of rules that two people have read.
PLANNING: Final = "planning"
POLICY: Final = "policy.plan"
# Acts about a person: the journal knows people by aliases only (decision 0019).
BECOMES_OFFICER: Final = "staff.officer"
LEAVES_OFFICER: Final = "staff.officer_leaves"
LEAVES_STAFF: Final = "staff.leaves"
_ABOUT_PEOPLE: Final = frozenset({BECOMES_OFFICER, LEAVES_OFFICER, LEAVES_STAFF})

SamePerson = Callable[[str, str], bool]
MayAsk = Callable[[str], bool]


class NotConfirmed(Exception):
    """Nothing was done. `why` is a word: gone (decided, over, or never there), same (not another person), void (who asked may
    not ask any more)."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


class TwoPeople:
    """`is_same(a, b)` says whether two cards belong to one human being: by card, by Gosuslugi account or by SNILS;
    `may_ask(a)` whether somebody may still ask for such acts: two yeses count only while both are given by officers."""

    def __init__(self, database: Database, journal: Journal, outside: Outside, is_same: SamePerson, may_ask: MayAsk):
        self._database = database
        self._journal = journal
        self._outside = outside
        self._is_same = is_same
        self._may_ask = may_ask
        self._store = TwoPersonStore(database)

    def waiting(self) -> tuple[TwoPersonRequest, ...]:
        """What waits for a second person, oldest first."""
        return tuple(one for one in self._store.waiting(self._outside.now()) if self._may_ask(one.asked_by))

    def ask(self, act: str, about: str, grounds: str, person_id: str) -> TwoPersonRequest:
        """Ask for an act; it is done when somebody else confirms it.

        Raises:
            ValueError: `grounds` is none of GROUNDS, JOINING, LEAVING, PLANNING.
            AlreadyAsked: it waits already.
        """
        if grounds not in (*GROUNDS, JOINING, LEAVING, PLANNING):
            raise ValueError(f"The grounds must be one of: {', '.join(GROUNDS)}.")
        now = self._outside.now()
        request = TwoPersonRequest(self._outside.uuid(), act, about, grounds, person_id, now, now + WAITS)
        told, about_person = _told(request)
        with self._database.work():
            self._store.add(request)
            self._journal.append(SecondPersonAsked(request.id, act, told, grounds, about_person), Actor("staff", person_id))
        return request

    def confirm(
        self, act: str, request_id: str, person_id: str, do: Callable[[TwoPersonRequest, Actor], None]
    ) -> TwoPersonRequest:
        """Say yes to an act as the second person: `do` runs in the same unit of work, for exactly one caller.

        Raises:
            NotConfirmed: it is gone or asks for another act, the same person asked, or who asked may not any more.
        """
        now, actor = self._outside.now(), Actor("staff", person_id)
        with self._database.work():
            request = self._store.find(request_id, now)
            # A yes to one act is never a yes to another, whichever page the identifier was carried to.
            if request is None or request.act != act:
                raise NotConfirmed("gone")
            if not self._may_ask(request.asked_by):
                raise NotConfirmed("void")
            if self._is_same(request.asked_by, person_id):
                raise NotConfirmed("same")
            if not self._store.decide(request_id, CONFIRMED, person_id, now):
                raise NotConfirmed("gone")
            self._journal.append(SecondPersonConfirmed(request.id, request.act, *_told(request)), actor)
            do(request, actor)
        return request

    def withdraw(self, act: str, request_id: str, person_id: str) -> bool:
        """Take a request for an act back; anybody who could confirm it may. False when it is gone or asks for another act."""
        now = self._outside.now()
        with self._database.work():
            request = self._store.find(request_id, now)
            if request is None or request.act != act:
                return False
            if not self._store.decide(request_id, WITHDRAWN, person_id, now):
                return False
            self._journal.append(SecondPersonWithdrawn(request_id), Actor("staff", person_id))
        return True

    def void(self, person_id: str, actor: Actor) -> None:
        """Whatever this person has asked for is over, also if they may ask again later. Joins the caller's work."""
        now = self._outside.now()
        with self._database.work():
            for request in self._store.waiting(now):
                if request.asked_by == person_id and self._store.decide(request.id, VOID, actor.id, now):
                    self._journal.append(SecondPersonWithdrawn(request.id), actor)


def _told(request: TwoPersonRequest) -> tuple[str, str | None]:
    """What the journal says an act is about: `about`, or a person."""
    return ("", request.about) if request.act in _ABOUT_PEOPLE else (request.about, None)
