"""The tables of custody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant

_OPEN = text("ended_at IS NULL")


class SecretJobRow(Base):
    """Rewriting everything that lies under an old secret key. `part` and `cursor` say how far it has come: the column that is
    being rewritten and the key of the last row, as JSON. Whoever works on it has taken it until `taken_until`."""

    __tablename__ = "secret_job"
    # One at a time of a kind, whatever the number of processes.
    __table_args__ = (Index("uq_secret_job_open", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    part: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    cursor: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    seen: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    changed: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    broken: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    total: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    taken_by: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    taken_until: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
