"""Sessions: opened, seen, ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit.catalogue import SessionEnded
from broker.audit.event import SYSTEM, Actor, Event
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.sessions.opening import Opening
from broker.sessions.session import PastSession, Session
from broker.sessions.settings import SessionSettings
from broker.sessions.tables import SessionClientRow, SessionRow
from broker.storage.database import Database
from broker.storage.hot import Hot

_MAX_COOKIE = 128
_NOTED_AT_MOST = 10_000

# Core statements on the tables themselves: the hot path loads no entity.
_TABLE: Any = SessionRow.__table__
_C = _TABLE.c
_CLIENT: Any = SessionClientRow.__table__
_COLUMNS = (
    _C.id,
    _C.person_id,
    _C.connector,
    _C.level,
    _C.methods,
    _C.region,
    _C.authenticated_at,
    _C.opened_at,
    _C.seen_at,
    _C.ends_at,
    _C.device,
)
_OPEN = _C.ended_at.is_(None)
_BY_SECRET = Hot(select(*_COLUMNS).where(_C.secret_hash == bindparam("secret_hash_"), _OPEN))
_BY_ID = select(*_COLUMNS).where(_C.id == bindparam("id_"), _OPEN)
_HOLD = Hot(select(_C.id).where(_C.id == bindparam("id_"), _OPEN).with_for_update(read=True))
_BY_PERSON = select(*_COLUMNS).where(_C.person_id == bindparam("person_id_"), _OPEN).order_by(_C.opened_at)
_HISTORY = (
    select(*_COLUMNS, _C.ended_at, _C.ended_cause)
    .where(_C.person_id == bindparam("person_id_"), _C.opened_at >= bindparam("since_"))
    .order_by(_C.opened_at.desc())
    .limit(bindparam("most_"))
)
_ON_DEVICE = select(_C.id).where(_C.person_id == bindparam("person_id_"), _C.device == bindparam("device_")).limit(1)
_ENDED_CAUSE = select(_C.ended_cause).where(_C.secret_hash == bindparam("secret_hash_"), _C.ended_at.is_not(None))
_SEEN = (
    update(_TABLE)
    .where(_C.id == bindparam("id_"), _OPEN, _C.seen_at <= bindparam("before_"))
    .values(seen_at=bindparam("now_"))
)
_END = (
    update(_TABLE)
    .where(_C.id == bindparam("id_"), _OPEN)
    .values(ended_at=bindparam("now_"), ended_cause=bindparam("cause_"))
    .returning(_C.person_id)
)
_CLIENTS = select(_CLIENT.c.client_id).where(_CLIENT.c.session_id == bindparam("id_")).order_by(_CLIENT.c.joined_at)
_LAST_USE = (
    select(_CLIENT.c.client_id, func.max(_CLIENT.c.joined_at).label("last_at"))
    .join(_TABLE, _C.id == _CLIENT.c.session_id)
    .where(_C.person_id == bindparam("person_id_"))
    .group_by(_CLIENT.c.client_id)
)


class Journal(Protocol):
    """What this room needs of the journal."""

    def append(self, event: Event, actor: Actor) -> object:
        """Write one event into the running unit of work."""


class Sessions:
    """Every session there is. A session is alive until it is ended, idle too long, or `ends_at` has passed."""

    def __init__(self, database: Database, outside: Outside, settings: SessionSettings):
        self._database = database
        self._outside = outside
        self._settings = settings
        self._noted: set[tuple[str, str]] = set()
        insert_row = sqlite.insert if database.is_sqlite else postgresql.insert
        self._note = insert_row(SessionClientRow).on_conflict_do_nothing(index_elements=["session_id", "client_id"])

    def open(self, opening: Opening) -> tuple[Session, str]:
        """Begin a session; returns it and the secret for the cookie, which nobody can ask for again.

        The cookie always changes, so a cookie planted before the sign-in opens nothing (session fixation). The same person
        signing in again in the same browser keeps the session's identifier, so that what hangs on it still ends with it; a
        session of somebody else in that browser is ended.
        """
        secret, now = self._outside.token(), self._outside.now()
        values = {
            "secret_hash": digest(secret),
            "person_id": opening.person_id,
            "connector": opening.connector,
            "level": opening.level,
            "methods": " ".join(opening.methods),
            "region": opening.region,
            "authenticated_at": opening.authenticated_at or now,
            "seen_at": now,
            "ends_at": now + self._settings.absolute,
            "device": opening.device,
        }
        with self._database.work() as session:
            before = self._alive(_BY_SECRET.first(session, _secret_of(opening.unverified_cookie)))
            if before is not None and before.person_id == opening.person_id:
                session.execute(update(_TABLE).where(_C.id == before.id).values(**values))
                found = session.execute(_BY_ID, {"id_": before.id}).one()
            else:
                if before is not None:
                    session.execute(_END, {"id_": before.id, "now_": now, "cause_": "replaced"})
                new_id = self._outside.uuid()
                session.execute(insert(_TABLE).values(id=new_id, opened_at=now, **values))
                found = session.execute(_BY_ID, {"id_": new_id}).one()
        return _session(found), secret

    def current(self, unverified_cookie: str | None) -> Session | None:
        """The live session a cookie opens, or None. Noted as seen at most once in `seen_every`."""
        if not unverified_cookie or len(unverified_cookie) > _MAX_COOKIE:
            return None
        found = self._alive(_BY_SECRET.first(self._database.session, _secret_of(unverified_cookie)))
        if found is None:
            return None
        now = self._outside.now()
        if now - found.seen_at >= self._settings.seen_every:
            self._note_seen(found.id, now)
        return found

    def find(self, session_id: str) -> Session | None:
        """A live session by its identifier, or None."""
        return self._alive(self._database.session.execute(_BY_ID, {"id_": session_id}).first())

    def of_person(self, person_id: str) -> tuple[Session, ...]:
        """A person's live sessions, oldest first."""
        rows = self._database.session.execute(_BY_PERSON, {"person_id_": person_id})
        return tuple(session for row in rows if (session := self._alive(row)) is not None)

    def history(self, person_id: str, since: datetime, most: int = 100) -> tuple[PastSession, ...]:
        """Sessions opened since then, over or not, the newest first, `most` at the most."""
        asked = {"person_id_": person_id, "since_": since, "most_": most}
        return tuple(
            PastSession(_session(row[:-2]), row.ended_at, row.ended_cause or "")
            for row in self._database.session.execute(_HISTORY, asked)
        )

    def knows_device(self, person_id: str, device: str) -> bool:
        """Whether the person has ever had a session on this kind of device, over or not. Ask before opening the new one."""
        asked = {"person_id_": person_id, "device_": device}
        return self._database.session.execute(_ON_DEVICE, asked).first() is not None

    def ended_cause(self, unverified_cookie: str | None) -> str:
        """Why the session of a cookie was ended for good; "" for a live, unknown or merely late one."""
        if not unverified_cookie or len(unverified_cookie) > _MAX_COOKIE:
            return ""
        return self._database.session.execute(_ENDED_CAUSE, _secret_of(unverified_cookie)).scalar_one_or_none() or ""

    def hold_unended(self, session_id: str) -> bool:
        """Whether nobody has signed out of this session; inside `work()` it stays so until the unit of work ends.

        A session that merely ran out of time counts as unended: offline grants outlive it (OpenID Connect Core 11).

        Raises:
            RuntimeError: called outside a unit of work, where the answer would mean nothing.
        """
        if not self._database.at_work:
            raise RuntimeError("a session can only be held inside a unit of work")
        return _HOLD.first(self._database.session, {"id_": session_id}) is not None

    def end(self, session_id: str, journal: Journal, cause: str, actor: Actor = SYSTEM) -> bool:
        """End a session for good; False if it had ended before. Call SignOut instead: what hangs on a session ends with it."""
        with self._database.work() as session:
            ended = session.execute(_END, {"id_": session_id, "now_": self._outside.now(), "cause_": cause}).first()
            if ended is None:
                return False
            journal.append(SessionEnded(session_id=session_id, person_id=ended.person_id, cause=cause), actor)
        return True

    def note_client(self, session_id: str, client_id: str) -> None:
        """Remember that a client took part in a session. A pair this process has noted before costs nothing."""
        pair = (session_id, client_id)
        if pair in self._noted:
            return
        with self._database.work() as session:
            joined = {"session_id": session_id, "client_id": client_id, "joined_at": self._outside.now()}
            session.execute(self._note, joined)
        if len(self._noted) >= _NOTED_AT_MOST:
            self._noted.clear()
        self._noted.add(pair)

    def clients_of(self, session_id: str) -> tuple[str, ...]:
        """Identifiers of the clients that took part, in the order they came."""
        return tuple(self._database.session.execute(_CLIENTS, {"id_": session_id}).scalars())

    def last_use_of_clients(self, person_id: str) -> dict[str, datetime]:
        """When each client was last brought into a session of this person, by client."""
        rows = self._database.session.execute(_LAST_USE, {"person_id_": person_id})
        return {row.client_id: row.last_at for row in rows}

    def _note_seen(self, session_id: str, now: datetime) -> None:
        before = now - self._settings.seen_every
        with self._database.work() as session:
            session.execute(_SEEN, {"id_": session_id, "before_": before, "now_": now})

    def _alive(self, row: Any) -> Session | None:
        if row is None:
            return None
        session, now = _session(row), self._outside.now()
        return session if _lives(session, now, self._settings.idle) else None


def _lives(session: Session, now: datetime, idle: timedelta) -> bool:
    return now < session.ends_at and now - session.seen_at < idle


def _secret_of(unverified_cookie: str | None) -> dict[str, str]:
    return {"secret_hash_": digest(unverified_cookie or "")}


def _session(row: Any) -> Session:
    id_, person_id, connector, level, methods, region, *rest = row
    return Session(id_, person_id, connector, level, tuple(methods.split()), region, *rest)


__all__ = ["Journal", "Sessions"]
