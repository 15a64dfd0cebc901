"""The table of the console: rules of regions that wait for a second person, or that two people agreed to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class PolicyDraftRow(Base):
    """A region file, by its SHA-256. `agreed_at` is when a second person said yes, None while nobody has."""

    __tablename__ = "policy_draft"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    file_name: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    content: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    asked_by: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    asked_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    agreed_by: Mapped[str | None] = mapped_column(String(36), info={"sensitive": False})
    agreed_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
