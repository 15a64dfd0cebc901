"""What follows from a revoked key: every session in which it may have signed is ended, a few at a time, by any worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from broker.audit.catalogue import ClientChanged
from broker.audit.catalogue_emergency import KeyFalloutEnded
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.audit.search import Question
from broker.audit.search_store import MOST, Search
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


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a key reaches. `lag` is how long another process may have gone on signing with it: until it read its keys anew, by
    a clock that is off."""

    all_clients: Callable[[], Iterable[Client]]
    search: Search
    lag: timedelta

    def clients(self, family: str, since: datetime) -> tuple[str, ...]:
        """Services for which a key of this kind may have signed since then: by what they ask for now, or by what they may have
        asked for before their registration was changed."""
        found = self.search.page(Question(since=since, names=(ClientChanged.name,)), most=MOST)
        changed = {str(entry.fields["client_id"]) for entry in found.entries}
        # More changes than can be looked through: then it may be any of them.
        is_any = found.older is not None
        return tuple(
            one.client_id
            for one in self.all_clients()
            if is_any or one.client_id in changed or family in families_for(one)
        )


class Fallout:
    """Begun in the unit of work of the revocation, carried out by the rounds; killed anywhere, the next round goes on.

    The sessions are walked through twice: at once, and again when no process can sign with the key any more.
    """

    def __init__(self, database: Database, journal: Journal, sign_out: SignOut, reach: Reach, now: Callable[[], datetime]):
        self._database = database
        self._journal = journal
        self._sign_out = sign_out
        self._reach = reach
        self._now = now
        self._store = FalloutStore(database)
        self._sessions = ConcernedSessions(database)

    def begin(self, key: KeyInfo) -> None:
        """Inside the unit of work that revokes; `key` as it was before. A key that never signed concerns nobody's session."""
        if key.state is KeyState.ANNOUNCED:
            return
        since, until = self._signed(key)
        self._store.add(KeyFallout(key.kid, key.family.value, since, until, "", 0, self._now(), None, 1))

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
        now = self._now()
        found = next((one for one in self._store.open() if not _waits(one, now)), None)
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
        is_through = len(some) < _STEP
        if is_through and fallout.walk == 1 and fallout.until > fallout.made_at:
            after = replace(fallout, walk=2, cursor="", sessions=fallout.sessions + ended)
        else:
            over, cursor = self._now() if is_through else None, some[-1] if some else fallout.cursor
            after = replace(fallout, cursor=cursor, sessions=fallout.sessions + ended, ended_at=over)
        if not self._store.step(fallout, after):
            raise Outrun
        if after.ended_at is not None:
            self._journal.append(KeyFalloutEnded(after.kid, after.sessions), SYSTEM)

    def _signed(self, key: KeyInfo) -> tuple[datetime, datetime]:
        """From when until when it may have signed. When a key that signs no more began is not kept: then since it was made."""
        if key.state is KeyState.SIGNING:
            return key.moved_at, self._now() + self._reach.lag
        return key.made_at, key.moved_at + self._reach.lag

    def _concern(self, family: str, since: datetime, until: datetime) -> Concern:
        return Concern(self._reach.clients(family, since), since, until)


def _waits(fallout: KeyFallout, now: datetime) -> bool:
    """The second walk begins when nobody can join any more who concerns us."""
    return fallout.walk == 2 and not fallout.cursor and now < fallout.until


def families_for(client: Client) -> frozenset[str]:
    """The kinds of keys that sign something for a service: ID tokens, UserInfo, introspection, JARM, access tokens."""
    algorithms = {
        client.id_token_signed_response_alg,
        client.userinfo_signed_response_alg,
        client.introspection_signed_response_alg,
        client.authorization_signed_response_alg,
    }
    return frozenset(family.value for family in Family if algorithms & set(family.algorithms))
