"""The tables of relying parties."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class ClientRow(Base):
    """One relying party. `registration` is JSON with the standards' names: only we read it, and only whole."""

    __tablename__ = "client"

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    registration: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    is_enabled: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    version: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    changed_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class ClientSecretRow(Base):
    """One secret of a client, as the SHA-256 of 256 random bits. `ends_at` is empty for the newest."""

    __tablename__ = "client_secret"
    __table_args__ = (Index(None, "client_id"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": True})
    client_id: Mapped[str] = mapped_column(ForeignKey(ClientRow.client_id), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    # The secret itself, sealed; empty unless the client authenticates with client_secret_jwt.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "client_secret:{client_id}"})
    ends_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class DeveloperRow(Base):
    """Somebody who looks after the services of an organisation. Person identifiers come from the directory."""

    __tablename__ = "developer"

    person_id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    organisation: Mapped[str] = mapped_column(String(100), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class DeveloperClientRow(Base):
    """Which organisation's developers look after a client. Said here, because a client can call its organisation anything."""

    __tablename__ = "developer_client"
    __table_args__ = (Index(None, "organisation"),)

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    organisation: Mapped[str] = mapped_column(String(100), info={"sensitive": False})
