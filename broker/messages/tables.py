"""The outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class LetterRow(Base):
    """One message to one address. `sealed` holds address and variables, and is emptied when the letter is sent or given up.

    `state` is waiting, sent or given_up; `taken_until` is the lease of the courier that is sending it just now.
    """

    __tablename__ = "letter"
    __table_args__ = (Index(None, "state", "next_at"), Index(None, "state", "channel", "done_at"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    channel: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    language: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    person_id: Mapped[str | None] = mapped_column(String(36), info={"sensitive": False})
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "letter:{id}"})
    state: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    tries: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    trouble: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    next_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    taken_until: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    done_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class PlannedWorkRow(Base):
    """A span in which nobody begins to sign in. `withdrawn_at` is when staff took it back, None while it stands."""

    __tablename__ = "planned_work"
    __table_args__ = (Index(None, "ends_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    starts_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    planned_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
