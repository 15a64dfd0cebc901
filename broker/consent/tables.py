"""The table of permissions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class ConsentRow(Base):
    """The standing permission of one person to one client; its history is in the journal. `items` are separated by spaces."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("person_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    items: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    given_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class ConsentAskedRow(Base):
    """A child's request that a parent has to answer (cause 7012). `items` are words of items.py, separated by spaces."""

    __tablename__ = "consent_asked"
    __table_args__ = (Index(None, "person_id", "client_id", unique=True), Index(None, "ends_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    items: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    asked_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
