"""The tables of sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant

_UNTOLD = text("ended_at IS NULL AND ran_out_at IS NULL")


class SessionRow(Base):
    """One signed-in browser. `secret_hash` is the SHA-256 of what the cookie holds; `methods` are separated by spaces.

    `device` is browser and kind of system in words of ours (`firefox/windows`), never the header itself."""

    __tablename__ = "session"
    __table_args__ = (
        Index(None, "secret_hash", unique=True),
        Index(None, "person_id"),
        Index(None, "ends_at"),
        Index("ix_session_untold", "seen_at", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    secret_hash: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    connector: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    level: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    methods: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    authenticated_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    opened_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    seen_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_cause: Mapped[str | None] = mapped_column(String(32), info={"sensitive": False})
    device: Mapped[str] = mapped_column(String(64), server_default=text("''"), info={"sensitive": False})
    # When the services were told that its time was over; it has not been ended by that.
    ran_out_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class SessionClientRow(Base):
    """A client that took part in a session: whom a sign-out concerns."""

    __tablename__ = "session_client"

    session_id: Mapped[str] = mapped_column(ForeignKey(SessionRow.id), primary_key=True, info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), primary_key=True, info={"sensitive": False})
    joined_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
