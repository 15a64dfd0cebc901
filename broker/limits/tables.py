"""The table of counted tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class TryCountRow(Base):
    """How often something was tried since its window began. `print` is a keyed fingerprint of what and who."""

    __tablename__ = "try_count"
    __table_args__ = (Index(None, "ends_at"),)

    print: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": True})
    count: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
