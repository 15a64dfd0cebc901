"""Grants: opened by a code, refreshed by rotation, ended once and for all."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from broker.audit.catalogue import CodeReused, RefreshReused, TokensRevoked
from broker.audit.event import Actor, Event
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.hot import Hot
from broker.tokens.authorization import Authorization, Grant
from broker.tokens.codes import grant_id_of
from broker.tokens.lives import Lives, usual_lives
from broker.tokens.refresh import RANDOM_SIZE, Refresh, make_refresh, read_refresh
from broker.tokens.refusal import GrantRefused
from broker.tokens.sealed import BadToken, Marks
from broker.tokens.settings import TokenSettings
from broker.tokens.tables import GRANT_COLUMNS, GRANT_TABLE, grant_of, row_of

# Core statements on the table itself: the hot path loads no entity.
_TABLE = GRANT_TABLE
_C = _TABLE.c
_THIS = _C.id == bindparam("id_")
_OPEN = _C.ended_at.is_(None)
_BY_ID = Hot(select(*GRANT_COLUMNS).where(_THIS))
_BY_ID_WITH_HASH = Hot(select(*GRANT_COLUMNS, _C.refresh_hash).where(_THIS))
_INSERT = Hot(insert(_TABLE), _TABLE.columns.keys())
_LIVE_OF_PERSON = (
    select(*GRANT_COLUMNS)
    .where(_C.person_id == bindparam("person_id_"), _OPEN, _C.ends_at > bindparam("now_"))
    .order_by(_C.opened_at)
)
# The one gate of rotation: of any number of callers with the same token exactly one changes a row.
_ROTATE = Hot(
    update(_TABLE)
    .where(_THIS, _OPEN, _C.refresh_hash == bindparam("old_hash_"))
    .values(
        refresh_hash=bindparam("new_hash_"), refresh_generation=bindparam("generation_"), refreshed_at=bindparam("now_")
    )
)
# The same gate for a token that goes on working: it is the current one, and stays it.
_USED = Hot(
    update(_TABLE).where(_THIS, _OPEN, _C.refresh_hash == bindparam("old_hash_")).values(refreshed_at=bindparam("now_"))
)
_CUT_ACCESS = update(_TABLE).where(_THIS).values(access_not_before=bindparam("now_"))
_ENDING: dict[str, Any] = {"ended_at": bindparam("now_"), "ended_cause": bindparam("cause_")}
_END = update(_TABLE).where(_THIS, _OPEN).values(**_ENDING)
_END_OF_SESSION = update(_TABLE).where(_C.session_id == bindparam("session_id_"), _OPEN).values(**_ENDING)
_END_OF_CLIENT = (
    update(_TABLE)
    .where(_C.person_id == bindparam("person_id_"), _C.client_id == bindparam("client_id_"), _OPEN)
    .values(**_ENDING)
)
_OVER = select(_C.id).where(_C.ends_at < bindparam("before_")).limit(bindparam("most_"))
_FORGET = delete(_TABLE).where(_C.id.in_(_OVER))


class Journal(Protocol):
    """What this room needs of the journal."""

    def append(self, event: Event, actor: Actor) -> object:
        """Write one event into the running unit of work."""


class SessionHolder(Protocol):
    """What this room needs of sessions."""

    def hold_unended(self, session_id: str) -> bool:
        """Whether the session has not been ended; it stays so until the unit of work is over."""


@dataclass(frozen=True, slots=True)
class RefreshUse:
    """Who uses a refresh token, and how. `require` may raise to refuse a request that is merely mistaken; the token then stays
    as it is. `rotates` is off for clients whose tokens are bound to them otherwise (FAPI 2.0 Security Profile 5.3.2.1)."""

    client_id: str
    require: Callable[[Grant], None] | None = None
    rotates: bool = True
    lives: Lives | None = None


@dataclass(frozen=True, slots=True)
class PresentedRefresh:
    """A refresh token that was the current one of `grant` a moment ago. Made by `Grants.present` only; nothing is spent yet."""

    grant: Grant
    use: RefreshUse
    refresh: Refresh
    token: str = field(repr=False)


class Grants:
    """Every grant there is. A grant never comes back once it has ended."""

    def __init__(self, database: Database, outside: Outside, sessions: SessionHolder, marks: Marks, settings: TokenSettings):
        self._database = database
        self._outside = outside
        self._sessions = sessions
        self._marks = marks
        self._settings = settings

    def open(
        self, code: str, authorization: Authorization, *, offline: bool, lives: Lives | None = None
    ) -> tuple[Grant, str | None]:
        """The grant of a code that was just taken, and its first refresh token if `offline`. `lives` are the client's own.

        Raises:
            GrantRefused: the session was ended in the meantime.
        """
        now, grant_id = self._outside.now(), grant_id_of(code)
        token, kept = make_refresh(grant_id, 1, self._outside.random(RANDOM_SIZE), self._marks) if offline else (None, None)
        lives = lives or usual_lives(self._settings)
        ends_at = now + (lives.grant if offline else lives.access)
        grant = Grant(grant_id, _without_code(authorization), now, ends_at, 1 if offline else 0, now, None, None)
        with self._database.work() as session:
            if not self._sessions.hold_unended(authorization.session_id):
                raise GrantRefused("session ended")
            _INSERT.change(session, row_of(grant) | {"refresh_hash": kept and kept.hash})
        return grant, token

    def find(self, grant_id: str) -> Grant | None:
        """A grant in whatever state, or None."""
        row = _BY_ID.first(self._database.session, {"id_": grant_id})
        return None if row is None else grant_of(row)

    def of_person(self, person_id: str) -> tuple[Grant, ...]:
        """A person's living grants, the oldest first."""
        found = {"person_id_": person_id, "now_": self._outside.now()}
        return tuple(grant_of(row) for row in self._database.session.execute(_LIVE_OF_PERSON, found))

    def present(self, unverified_token: str, use: RefreshUse, journal: Journal) -> PresentedRefresh:
        """Look at a refresh token (RFC 6749 6). It goes on working until it is spent, so whatever fails in between costs nothing.

        A genuine token that is not the current one means that two parties hold the grant: it ends for both (RFC 9700 4.14.2).

        Raises:
            BadToken: not a refresh token of ours.
            GrantRefused: of another client, ended, idle too long, or used before.
        """
        presented = read_refresh(unverified_token, self._marks)
        row = _BY_ID_WITH_HASH.first(self._database.session, {"id_": presented.grant_id})
        if row is None:
            raise BadToken("no such grant")
        grant, now = grant_of(row[:-1]), self._outside.now()
        if grant.authorization.client_id != use.client_id:
            raise GrantRefused("of another client")
        if not grant.is_alive(now):
            raise GrantRefused("grant ended")
        if not hmac.compare_digest(row[-1] or "", presented.hash):
            with self._database.work() as session:
                self._end_as_reused(session, grant, journal)
            raise GrantRefused("refresh token reused")
        if now - grant.refreshed_at >= (use.lives or usual_lives(self._settings)).idle:
            raise GrantRefused("idle too long")
        if use.require is not None:
            use.require(grant)
        return PresentedRefresh(grant, use, presented, unverified_token)

    def spend(self, presented: PresentedRefresh, journal: Journal) -> str | None:
        """Put the next token in the place of this one, in the running unit of work; returns it.

        None when somebody else has been faster: the grant has then ended for both, and that must be committed. Where the client
        keeps its token (`use.rotates` is off), the current one goes on working and is returned.

        Raises:
            GrantRefused: the session was ended in the meantime.
        """
        at, now = presented.refresh, self._outside.now()
        gate: dict[str, object] = {"id_": at.grant_id, "old_hash_": at.hash, "now_": now}
        with self._database.work() as session:
            if not self._sessions.hold_unended(presented.grant.authorization.session_id):
                raise GrantRefused("session ended")
            token, kept = make_refresh(at.grant_id, at.generation + 1, self._outside.random(RANDOM_SIZE), self._marks)
            following: dict[str, object] = {"new_hash_": kept.hash, "generation_": kept.generation}
            statement, parameters = (_ROTATE, gate | following) if presented.use.rotates else (_USED, gate)
            if statement.change(session, parameters) == 1:
                return token if presented.use.rotates else presented.token
            self._end_as_reused(session, presented.grant, journal)
        return None

    def end(self, grant_id: str, cause: str) -> bool:
        """End a grant and every token of it; False if it had ended before."""
        with self._database.work() as session:
            return _changed(session, _END, {"id_": grant_id, "now_": self._outside.now(), "cause_": cause}) == 1

    def end_of_session(self, session_id: str, cause: str) -> int:
        """End every grant of a session; returns how many lived."""
        with self._database.work() as session:
            parameters = {"session_id_": session_id, "now_": self._outside.now(), "cause_": cause}
            return _changed(session, _END_OF_SESSION, parameters)

    def end_of_client(self, person_id: str, client_id: str, cause: str) -> int:
        """End every grant of one person to one client; returns how many lived. For a withdrawn permission."""
        with self._database.work() as session:
            parameters = {"person_id_": person_id, "client_id_": client_id, "now_": self._outside.now(), "cause_": cause}
            return _changed(session, _END_OF_CLIENT, parameters)

    def end_reused_code(self, code: str, journal: Journal) -> bool:
        """End the grant that an already redeemed code made, if there is one (RFC 6749 4.1.2)."""
        with self._database.work() as session:
            grant = self.find(grant_id_of(code))
            if grant is None or grant.ended_at is not None:
                return False
            ending: dict[str, object] = {"id_": grant.id, "now_": self._outside.now(), "cause_": "code_reused"}
            if _changed(session, _END, ending) != 1:
                return False
            about = grant.authorization
            event = CodeReused(grant_id=grant.id, client_id=about.client_id, person_id=about.person_id)
            journal.append(event, Actor("client", about.client_id))
        return True

    def revoke_access(self, grant: Grant, issued_at: datetime, journal: Journal) -> None:
        """End every access token issued so far, the one of `issued_at` included; the refresh token stays (RFC 7009 2.1)."""
        # The clock of the node that issued the token may run ahead of ours.
        cut_at = max(self._outside.now(), issued_at)
        with self._database.work() as session:
            session.execute(_CUT_ACCESS, {"id_": grant.id, "now_": cut_at})
            journal.append(_revoked(grant, "access"), Actor("client", grant.authorization.client_id))

    def revoke_refresh(self, grant: Grant, journal: Journal) -> None:
        """End the grant, its access tokens included (RFC 7009 2.1)."""
        with self._database.work():
            if self.end(grant.id, "revoked"):
                journal.append(_revoked(grant, "refresh"), Actor("client", grant.authorization.client_id))

    def forget(self, before: datetime, at_most: int = 1000) -> int:
        """Delete grants whose absolute life ended before an instant, one batch; returns how many. For the upkeep."""
        with self._database.work() as session:
            return _changed(session, _FORGET, {"before_": before, "most_": at_most})

    def _end_as_reused(self, session: Connection, grant: Grant, journal: Journal) -> None:
        ending: dict[str, object] = {"id_": grant.id, "now_": self._outside.now(), "cause_": "refresh_reused"}
        if _changed(session, _END, ending) != 1:
            # Another request with the same token has ended it a moment ago, and said so.
            return
        about = grant.authorization
        event = RefreshReused(grant_id=grant.id, client_id=about.client_id, person_id=about.person_id)
        journal.append(event, Actor("client", about.client_id))


def _changed(session: Connection, statement: Any, parameters: dict[str, object]) -> int:
    result: Any = session.execute(statement, parameters)
    return int(result.rowcount)


def _revoked(grant: Grant, cause: str) -> TokensRevoked:
    about = grant.authorization
    return TokensRevoked(grant_id=grant.id, client_id=about.client_id, person_id=about.person_id, cause=cause)


def _without_code(authorization: Authorization) -> Authorization:
    values = {name: getattr(authorization, name) for name in Authorization.__slots__}
    return Authorization(**(values | {"redirect_uri": "", "nonce": None, "code_challenge": None}))


__all__ = ["Grants", "Journal", "SessionHolder"]
