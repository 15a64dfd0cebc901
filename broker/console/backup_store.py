"""What a backup says of the journal, and what is closed in the rows that come back from one.

A restored database knows nothing of what was used since the backup. So whatever could serve once, and whatever hangs on it, is
over: a restored house lets nobody in by anything that was given out before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, desc, func, insert, inspect, select, update

from broker.audit.tables import AuditCheckpointRow, AuditHeadRow
from broker.custody.tables import TwoPersonRow
from broker.custody.two_people_store import RUN_OUT
from broker.directory.tables import InvitationRow
from broker.linking.tables import KeepsakeRow
from broker.messages.tables import LetterRow
from broker.passkeys.tables import StaffLinkRow
from broker.sessions.tables import SessionRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database
from broker.storage.leases import GIVEN_UP, WAITING
from broker.storage.tables import HouseRestoreRow, ShortLivedRow
from broker.tokens.tables import GrantRow

# Everything on the shelf ends within minutes, and serves once: it never goes into a backup.
LEFT_OUT: Final = frozenset({ShortLivedRow.__tablename__})
_RESTORED: Final = "restored"
_NOW: Any = bindparam("now_", type_=UtcInstant)


def _of(row: Any) -> Any:
    table: Table = row.__table__
    return table


_SESSIONS, _GRANTS, _INVITATIONS, _LETTERS = _of(SessionRow), _of(GrantRow), _of(InvitationRow), _of(LetterRow)
_REQUESTS, _LINKS, _RESTORES, _SHELF = _of(TwoPersonRow), _of(StaffLinkRow), _of(HouseRestoreRow), _of(ShortLivedRow)
_KEEPSAKES = _of(KeepsakeRow)
_HEADS, _CHECKPOINTS = _of(AuditHeadRow), _of(AuditCheckpointRow)

_ENDED: Final[tuple[Any, ...]] = (
    update(_SESSIONS).where(_SESSIONS.c.ended_at.is_(None)).values(ended_at=_NOW, ended_cause=_RESTORED),
    # The hash goes too: what is not there cannot be compared.
    update(_GRANTS).where(_GRANTS.c.ended_at.is_(None)).values(ended_at=_NOW, ended_cause=_RESTORED, refresh_hash=None),
    update(_INVITATIONS).where(_INVITATIONS.c.used_at.is_(None), _INVITATIONS.c.cancelled_at.is_(None)).values(cancelled_at=_NOW),
    update(_REQUESTS).where(_REQUESTS.c.decided_at.is_(None)).values(decided_at=_NOW, outcome=RUN_OUT),
    update(_LETTERS)
    .where(_LETTERS.c.state == WAITING)
    .values(state=GIVEN_UP, trouble=_RESTORED, done_at=_NOW, taken_until=None, sealed=None),
)
_REMOVED: Final[tuple[Any, ...]] = (
    delete(_LINKS).where(_LINKS.c.used_at.is_(None)),
    # Spent since then, they would come back as good, and the upstream's "no" would look like a permission withdrawn.
    delete(_KEEPSAKES),
    # A backup has none; who changes a backup by hand gets no further by it.
    delete(_SHELF),
)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A restore whose entry in the journal is still to be written. `at` is when it began."""

    id: str
    backup_at: datetime
    head_seq: int
    at: datetime


def journal_end(connection: Connection) -> Mapping[str, Any]:
    """Where the journal ends, and the newest checkpoint of ours, for the first line of a backup."""
    head = connection.execute(select(_HEADS.c.seq, _HEADS.c.hash)).first()
    document = connection.execute(select(_CHECKPOINTS.c.document).order_by(desc(_CHECKPOINTS.c.number)).limit(1)).scalar()
    return {
        "head_seq": head.seq if head else 0,
        "head_hash": head.hash if head else "",
        "checkpoint": document or "",
    }


def close_everything(connection: Connection, restore: Unfinished) -> None:
    """End what the old time has left open, and keep the house shut until `finish`."""
    for statement in _ENDED:
        connection.execute(statement, {"now_": restore.at})
    for statement in _REMOVED:
        connection.execute(statement)
    row = {"id": restore.id, "backup_at": restore.backup_at, "restored_at": restore.at, "head_seq": restore.head_seq}
    connection.execute(insert(_RESTORES), row | {"finished_at": None})


def has_tables(database: Database) -> bool:
    """Whether this release, or one that knows of restores, has made its tables here."""
    return inspect(database.engine).has_table(HouseRestoreRow.__tablename__)


def find_unfinished(database: Database) -> Unfinished | None:
    """The restore that stopped before its end, if there is one."""
    asked = select(_RESTORES.c.id, _RESTORES.c.backup_at, _RESTORES.c.head_seq, _RESTORES.c.restored_at)
    asked = asked.where(_RESTORES.c.finished_at.is_(None))
    row = database.session.execute(asked).first()
    return None if row is None else Unfinished(*row)


def last_restored_at(database: Database) -> datetime | None:
    """When the newest backup came back into this database; None for never."""
    found: datetime | None = database.session.execute(select(func.max(_RESTORES.c.restored_at))).scalar()
    return found


def closed_by(database: Database, restore: Unfinished) -> tuple[int, int]:
    """How many sessions and grants ended with it."""
    sessions, grants = (
        database.session.execute(
            select(func.count()).where(table.c.ended_cause == _RESTORED, table.c.ended_at == restore.at)
        ).scalar_one()
        for table in (_SESSIONS, _GRANTS)
    )
    return sessions, grants


def finish(database: Database, restore_id: str, now: datetime) -> bool:
    """True for the one caller who finishes it, inside the unit of work that says so."""
    this = (_RESTORES.c.id == restore_id, _RESTORES.c.finished_at.is_(None))
    done = database.session.execute(update(_RESTORES).where(*this).values(finished_at=now))
    return int(done.rowcount) == 1
