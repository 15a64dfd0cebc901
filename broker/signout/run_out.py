"""Sessions that merely ran out: nobody ended them, so nobody would tell the services.

A service that may go on without the session, because the person permitted it for longer (`offline_access`), is not told: for it
nothing has ended."""

from __future__ import annotations

from datetime import timedelta

from broker.audit.catalogue_services import SessionRanOut
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.sessions.run_out_store import RunOutSessions
from broker.sessions.store import Sessions
from broker.storage.shelf import Shelf
from broker.tokens.going_on_store import GoingOn

EVERY = timedelta(minutes=5)
_STEP = 50


class RunOut:
    """Looks every five minutes; one worker of all has the turn, and no session is told of twice whoever has it."""

    def __init__(self, lost: RunOutSessions, sessions: Sessions, going_on: GoingOn, journal: Journal, shelf: Shelf):
        self._lost = lost
        self._sessions = sessions
        self._going_on = going_on
        self._journal = journal
        self._shelf = shelf
        self._turn = -1
        self._is_mine = False

    def step(self) -> bool:
        """Tell of a few, if this worker has the turn; whether there is more."""
        turn = int(self._lost.now().timestamp()) // int(EVERY.total_seconds())
        if turn != self._turn:
            self._turn = turn
            self._is_mine = self._shelf.claim("run_out", str(turn), 2 * EVERY)
        if not self._is_mine:
            return False
        found = self._lost.some(_STEP)
        for session_id in found:
            self._tell(session_id)
        self._is_mine = len(found) == _STEP
        return self._is_mine

    def _tell(self, session_id: str) -> None:
        with self._lost.database.work():
            person_id = self._lost.mark(session_id)
            if person_id is None:
                return
            going_on = self._going_on.clients_of(session_id)
            told = tuple(each for each in self._sessions.clients_of(session_id) if each not in going_on)
            self._journal.append(SessionRanOut(session_id, person_id, told), SYSTEM)
