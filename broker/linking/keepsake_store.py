"""What an upstream gave us so that it can be asked again about somebody who is not there: sealed, one a link, used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit.catalogue import TokensIssued
from broker.audit.catalogue_upstream import UpstreamQuestionClosed, UpstreamQuestioned
from broker.audit.event import SYSTEM, Actor, Event
from broker.audit.journal import Journal
from broker.linking.tables import KeepsakeRow, UpstreamLinkRow
from broker.storage.database import Database
from keys.secrets.sealing import Sealer

_REFRESH = "refresh_token"
_KEPT: Any = KeepsakeRow.__table__
_K = _KEPT.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A keepsake that is about to be spent, and whose it is. `was_doubtful`: nobody knows whether it had been spent before."""

    link_id: str
    person_id: str
    connector: str
    keepsake: str = field(repr=False)
    taken_at: datetime
    was_doubtful: bool


class Keepsakes:
    """`every` is the time between two questions about one person."""

    def __init__(self, database: Database, sealer: Sealer, tools: tuple[Callable[[], datetime], Journal], every: timedelta):
        """`tools`: the clock and the journal."""
        self._database = database
        self._sealer = sealer
        self._now, self._journal = tools
        self._every = every
        self._insert = (sqlite.insert if database.is_sqlite else postgresql.insert)(_KEPT)

    def keep(self, link_id: str, keepsake: str) -> None:
        """After a sign-in. Whatever was kept before gives way: the upstream has just told everything anew."""
        values = {"sealed": self._sealed(link_id, keepsake), "told_at": self._now(), "wanted_at": None, "is_doubtful": False}
        kept = self._insert.values(link_id=link_id, **values).on_conflict_do_update(index_elements=["link_id"], set_=values)
        with self._database.work():
            self._database.session.execute(kept)

    def hear(self, event: Event, _actor: Actor) -> None:
        """A listener of the journal: when a service refreshes somebody's tokens, the upstream is due to be asked about them."""
        if not isinstance(event, TokensIssued) or event.grant_type != _REFRESH:
            return
        theirs = select(UpstreamLinkRow.id).where(UpstreamLinkRow.person_id == event.person_id).scalar_subquery()
        now = self._now()
        is_time = (_K.wanted_at.is_(None), _K.told_at <= now - self._every)
        self._database.session.execute(update(_KEPT).where(_K.link_id == theirs, *is_time).values(wanted_at=now))

    def take_due(self) -> Taken | None:
        """One that is due, for the one caller that gets it; None when there is none. Until the answer is there it is doubtful
        whether it can be used again, also if this process ends."""
        asked = (
            select(_K.link_id, _K.sealed, _K.is_doubtful, _K.wanted_at, UpstreamLinkRow.person_id, UpstreamLinkRow.connector)
            .join(UpstreamLinkRow, UpstreamLinkRow.id == _K.link_id)
            .where(_K.wanted_at.is_not(None))
            .order_by(_K.wanted_at)
            .limit(1)
        )
        row = self._database.session.execute(asked).first()
        if row is None:
            return None
        now = self._now()
        same = (_K.link_id == row.link_id, _K.wanted_at == row.wanted_at)
        taken = update(_KEPT).where(*same).values(wanted_at=None, told_at=now, is_doubtful=True).returning(_K.link_id)
        with self._database.work():
            if self._database.session.execute(taken).first() is None:
                return None
            self._journal.append(UpstreamQuestioned(row.person_id, row.connector), SYSTEM)
        keepsake = self._sealer.unseal(row.sealed, _owner(row.link_id)).decode("utf-8")
        return Taken(row.link_id, row.person_id, row.connector, keepsake, now, row.is_doubtful)

    def replace(self, taken: Taken, keepsake: str | None, outcome: str = "told") -> None:
        """What came of it: the next keepsake, or None where there is none. A sign-in meanwhile has brought a newer one, which
        stays."""
        if keepsake is None:
            self.forget(taken)
            return
        values = {"sealed": self._sealed(taken.link_id, keepsake), "is_doubtful": False}
        with self._database.work():
            self._close(taken, outcome)
            self._database.session.execute(update(_KEPT).where(*_still(taken)).values(**values))

    def unanswered(self, taken: Taken, *, is_unasked: bool) -> None:
        """Nobody knows. `is_unasked`: nothing was sent, so it is as good as it was before."""
        with self._database.work():
            self._close(taken, "unknown")
            if is_unasked:
                self._database.session.execute(update(_KEPT).where(*_still(taken)).values(is_doubtful=taken.was_doubtful))

    def forget(self, taken: Taken) -> bool:
        """It is of no use any more. True if it was still this one."""
        with self._database.work():
            self._close(taken, "refused")
            gone = self._database.session.execute(delete(_KEPT).where(*_still(taken)).returning(_K.link_id)).first()
        return gone is not None

    def _close(self, taken: Taken, outcome: str) -> None:
        self._journal.append(UpstreamQuestionClosed(taken.person_id, taken.connector, outcome), SYSTEM)

    def _sealed(self, link_id: str, keepsake: str) -> bytes:
        return self._sealer.seal(keepsake.encode("utf-8"), _owner(link_id))


def _owner(link_id: str) -> str:
    return f"keepsake:{link_id}"


def _still(taken: Taken) -> tuple[Any, ...]:
    return (_K.link_id == taken.link_id, _K.told_at == taken.taken_at)
