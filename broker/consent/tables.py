"""The table of permissions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class ConsentRow(Base):
    """The standing permission of one person to one client; its history is in the journal. `items` are separated by spaces."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("person_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    items: Mapped[str] = mapped_column(String(256), info={"sensitive": False})
    given_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
