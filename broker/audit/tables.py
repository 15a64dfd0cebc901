"""The tables of the journal. Nothing ever updates or deletes an entry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class AuditEntryRow(Base):
    """One event. `fields` is canonical JSON without personal data; `seq` is given by the chain, not by the database."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at"), Index(None, "client_id", "at"))

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    name: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    actor_kind: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    actor_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    fields: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    previous: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    # A copy of the field of that name, to find a service's entries by; the chain knows only the field.
    client_id: Mapped[str] = mapped_column(String(64), server_default=text("''"), info={"sensitive": False})


class AuditHeadRow(Base):
    """The one row every writer locks: the end of the chain, under a MAC that needs our key.

    Somebody with the database alone can rewrite entries and their hashes, but cannot make the head agree.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, info={"sensitive": False})
    seq: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    mac: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
