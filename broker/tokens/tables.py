"""The table of grants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class GrantRow(Base):
    """One redeemed authorization. Lists are separated by spaces; `refresh_hash` is the SHA-256 of the one valid refresh token."""

    __tablename__ = "oauth_grant"
    __table_args__ = (Index(None, "session_id"), Index(None, "person_id", "client_id"), Index(None, "ends_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    session_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    scopes: Mapped[str] = mapped_column(String(256), info={"sensitive": False})
    claims: Mapped[str] = mapped_column(String(512), info={"sensitive": False})
    id_claims: Mapped[str] = mapped_column(String(512), info={"sensitive": False})
    authenticated_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    connector: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    level: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    amr: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    resources: Mapped[str] = mapped_column(String(2048), server_default=text("''"), info={"sensitive": False})
    authorization_details: Mapped[str] = mapped_column(Text, server_default=text("''"), info={"sensitive": False})
    confirmation: Mapped[str] = mapped_column(String(64), server_default=text("''"), info={"sensitive": False})
    opened_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    refresh_hash: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    refresh_generation: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    refreshed_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    access_not_before: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_cause: Mapped[str | None] = mapped_column(String(32), info={"sensitive": False})
