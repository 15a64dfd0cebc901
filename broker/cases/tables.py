"""The table of cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class CaseRow(Base):
    """One person who could not get in, for one reason. `cause` was shown to them, `real_cause` is what the school must know.

    `compared` (field -> word of policy's Match), `said` (field -> keyed hash of Gosuslugi's normal form) and `wrong_fields` are
    JSON. `sameness` is the fingerprint that finds the open case of the same person and cause again; it is unique, so that
    parallel failures make one case, and None once the case is closed.
    """

    __tablename__ = "access_case"
    __table_args__ = (
        Index(None, "number", unique=True),
        Index(None, "person_id"),
        Index(None, "subject_print"),
        Index(None, "sameness", unique=True),
        Index(None, "ends_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    number: Mapped[str] = mapped_column(String(9), info={"sensitive": False})
    cause: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    real_cause: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    person_id: Mapped[str | None] = mapped_column(String(36), info={"sensitive": False})
    subject_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    sameness: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    compared: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    said: Mapped[str] = mapped_column(Text, info={"sensitive": True})
    wrong_fields: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    times: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    state: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    opened_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    seen_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    fixed_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    closed_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    closed_why: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
