"""The table of short-lived state."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base


class ShortLivedRow(Base):
    """One thing on the shelf. Times are milliseconds since 1970: compared in SQL on every verb."""

    __tablename__ = "short_lived"
    __table_args__ = (Index(None, "ends_ms"),)

    kind: Mapped[str] = mapped_column(String(32), primary_key=True, info={"sensitive": False})
    key: Mapped[str] = mapped_column(String(128), primary_key=True, info={"sensitive": False})
    value: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    ends_ms: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
