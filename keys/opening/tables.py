"""The table of opening keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class OpeningKeyRow(Base):
    """One decryption key. `kid` is its thumbprint, `private_sealed` is locked under the master key, `ends_at` is empty while it
    is published. The public half is made of the private one: who can merely write here cannot have another published."""

    __tablename__ = "opening_key"

    kid: Mapped[str] = mapped_column(String(43), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
