"""The one path on which a session ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from broker.audit.catalogue_services import GrantOutlived
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.sessions.store import Sessions
from broker.storage.database import Database
from broker.tokens.authorization import Grant
from broker.tokens.store import Grants


@dataclass(frozen=True, slots=True)
class Ended:
    """What a sign-out did. `was_open` is False when somebody had been faster; `clients` took part in the session."""

    session_id: str
    was_open: bool
    clients: tuple[str, ...]
    grants: int


class SignOut:
    """Ends sessions and everything that hangs on them."""

    def __init__(self, database: Database, sessions: Sessions, grants: Grants, journal: Journal):
        self._database = database
        self._sessions = sessions
        self._grants = grants
        self._journal = journal

    def end_session(self, session_id: str, cause: str, actor: Actor = SYSTEM) -> Ended:
        """End a session and all its grants, offline ones included, in one unit of work
        (docs/decisions/0003-sign-out-ends-offline-grants.md).

        The session first: whoever is redeeming a code of it at this moment holds the row, so the grant is there to be ended.
        """
        with self._database.work():
            was_open = self._sessions.end(session_id, self._journal, cause, actor)
            grants = self._grants.end_of_session(session_id, cause)
            clients = self._sessions.clients_of(session_id)
        return Ended(session_id, was_open, clients, grants)

    def end_others(
        self, person_id: str, kept_session_id: str, cause: str, actor: Actor, connector: str | None = None
    ) -> tuple[Ended, ...]:
        """End every session of a person but one, in one unit of work; with `connector` only those that began by it.

        Offline grants whose session has run out end too (OpenID Connect Core 11): whoever had the old password may have got one,
        and it would go on working for months.
        """
        with self._database.work():
            found = [one for one in self._sessions.of_person(person_id) if connector in (None, one.connector)]
            ended = tuple(self.end_session(one.id, cause, actor) for one in found if one.id != kept_session_id)
            for grant in self._grants.of_person(person_id):
                about = grant.authorization
                if about.session_id != kept_session_id and connector in (None, about.connector):
                    self.end_late(grant, cause, actor)
        return ended

    def end_resting(self, person_id: str, connector: str, levels: Collection[str], cause: str, actor: Actor = SYSTEM) -> int:
        """End what a person began through one upstream at one of these levels: sessions, and grants whose session has run out
        (OpenID Connect Core 11). How many sessions."""
        with self._database.work():
            sessions = [one for one in self._sessions.of_person(person_id) if one.connector == connector and one.level in levels]
            for one in sessions:
                self.end_session(one.id, cause, actor)
            for grant in self._grants.of_person(person_id):
                if grant.authorization.connector == connector and grant.authorization.level in levels:
                    self.end_late(grant, cause, actor)
        return len(sessions)

    def end_late(self, grant: Grant, cause: str, actor: Actor) -> bool:
        """End a grant whose session has run out already; False if it had ended before. Its client hears of it as of a session."""
        about = grant.authorization
        with self._database.work():
            if not self._grants.end(grant.id, cause):
                return False
            self._journal.append(GrantOutlived(grant.id, about.client_id, about.person_id, about.session_id, cause), actor)
        return True
