"""The tables of passkeys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class PasskeyRow(Base):
    """One credential of somebody. `credential_hash` is the SHA-256 of its identifier, which may be a thousand bytes long."""

    __tablename__ = "passkey"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"sensitive": False})
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": False})
    public_key: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": False})
    sign_count: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
    # Given by its owner to tell one from another; staff are told not to write names of people.
    name: Mapped[str] = mapped_column(String(40), info={"sensitive": False})
    is_synced: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class StaffLinkRow(Base):
    """A one-time link by which somebody makes their first passkey. `person_id` is "" when whoever opens it becomes `role`."""

    __tablename__ = "staff_link"

    # The SHA-256 of 256 random bits.
    hash: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": True})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    role: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
