"""The tables of short-lived state and of what was restored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class ShortLivedRow(Base):
    """One thing on the shelf. Times are milliseconds since 1970: compared in SQL on every verb.

    Without numbers of their own SQLite keeps rows in the tree of the primary key: half the cost of a code (docs/performance.md).
    """

    __tablename__ = "short_lived"
    __table_args__ = (Index(None, "ends_ms"), {"sqlite_with_rowid": False})

    kind: Mapped[str] = mapped_column(String(32), primary_key=True, info={"sensitive": False})
    key: Mapped[str] = mapped_column(String(128), primary_key=True, info={"sensitive": False})
    value: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    ends_ms: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})


class HouseRestoreRow(Base):
    """One return of a backup. Until `finished_at` the house does not open: its journal does not say yet what happened.

    `head_seq` is where the journal ended in the backup.
    """

    __tablename__ = "house_restore"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    backup_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    restored_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    head_seq: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
