"""What follows from a revoked key: every session in which it may have signed is ended, a few at a time, by any worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from broker.audit.catalogue_emergency import KeyFalloutEnded
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.custody.fallout_store import FalloutStore, KeyFallout
from broker.sessions.concerned_store import Concern, ConcernedSessions
from broker.signout.sign_out import SignOut
from broker.storage.database import Database
from keys.signing.key import Family, KeyInfo, KeyState

CAUSE: Final = "key_revoked"
_STEP: Final = 50


class Outrun(Exception):
    """Another worker has done this step."""


class Fallout:
    """Begun in the unit of work of the revocation, carried out by the rounds; killed anywhere, the next round goes on."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        sign_out: SignOut,
        all_clients: Callable[[], Iterable[Client]],
        now: Callable[[], datetime],
    ):
        self._database = database
        self._journal = journal
        self._sign_out = sign_out
        self._all_clients = all_clients
        self._now = now
        self._store = FalloutStore(database)
        self._sessions = ConcernedSessions(database)

    def begin(self, key: KeyInfo) -> None:
        """Inside the unit of work that revokes; `key` as it was before. A key that never signed concerns nobody's session."""
        if key.state is KeyState.ANNOUNCED:
            return
        since, until = self._signed(key)
        self._store.add(KeyFallout(key.kid, key.family.value, since, until, "", 0, self._now(), None))

    def expected(self, key: KeyInfo) -> tuple[int, int, tuple[str, ...]]:
        """Before it is done: how many sessions end, of how many people, and at which services."""
        if key.state is KeyState.ANNOUNCED:
            return 0, 0, ()
        concern = self._concern(key.family.value, *self._signed(key))
        return (*self._sessions.count(concern), tuple(concern.clients))

    def all(self) -> tuple[KeyFallout, ...]:
        """Of every revoked key, the newest first."""
        return self._store.all()

    def step(self) -> bool:
        """End a few sessions; whether there is more."""
        found = self._store.open()
        if found is None:
            return False
        try:
            with self._database.work():
                self._end_some(found)
        except Outrun:
            pass
        return True

    def _end_some(self, fallout: KeyFallout) -> None:
        concern = self._concern(fallout.family, fallout.since, fallout.until)
        some = self._sessions.some(concern, fallout.cursor, _STEP)
        ended = sum(self._sign_out.end_session(session_id, CAUSE).was_open for session_id in some)
        over = self._now() if len(some) < _STEP else None
        if not self._store.step(fallout, some[-1] if some else fallout.cursor, ended, over):
            raise Outrun
        if over is not None:
            self._journal.append(KeyFalloutEnded(fallout.kid, fallout.sessions + ended), SYSTEM)

    def _signed(self, key: KeyInfo) -> tuple[datetime, datetime]:
        """From when until when it may have signed. When a key that signs no more began is not kept: then since it was made."""
        if key.state is KeyState.SIGNING:
            return key.moved_at, self._now()
        return key.made_at, key.moved_at

    def _concern(self, family: str, since: datetime, until: datetime) -> Concern:
        clients = tuple(client.client_id for client in self._all_clients() if family in families_for(client))
        return Concern(clients, since, until)


def families_for(client: Client) -> frozenset[str]:
    """The kinds of keys that sign something for a service: ID tokens, UserInfo, introspection, JARM, access tokens."""
    algorithms = {
        client.id_token_signed_response_alg,
        client.userinfo_signed_response_alg,
        client.introspection_signed_response_alg,
        client.authorization_signed_response_alg,
    }
    return frozenset(family.value for family in Family if algorithms & set(family.algorithms))
