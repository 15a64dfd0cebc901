"""Tokens of diaries, and by which name a diary knows what it has provisioned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant, second_print


class ProvisioningTokenRow(Base):
    """The token of one diary: SHA-256 of 256 random bits. `region` limits whose schools it may touch."""

    __tablename__ = "provisioning_token"
    __table_args__ = (Index(None, "hash", unique=True),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    name: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    is_enabled: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class ProvisionedRow(Base):
    """What a diary calls somebody (`externalId`, RFC 7643 3.1): sealed, because a diary may use a personal number for it.

    `source_id` is the diary, whichever of its tokens it came with.
    """

    __tablename__ = "provisioned"
    __table_args__ = (
        Index(None, "source_id", "external_print", unique=True),
        second_print("source_id", "external_print_2", unique=True),
    )

    source_id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    external_sealed: Mapped[bytes] = mapped_column(
        LargeBinary, info={"sensitive": True, "sealed_for": "provisioned:{source_id}:{person_id}"}
    )
    external_print: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    external_print_2: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
