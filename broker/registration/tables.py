"""The tables of registration: who manages a client, tokens that let services register, issuers of software statements."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class ClientRecordRow(Base):
    """How a client came to be and who may change it. `said` is JSON that is returned or applied again and is no field of the
    client; `ends_at` is the end of a sandbox."""

    __tablename__ = "client_record"
    __table_args__ = (Index(None, "ends_at"),)

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    token_hash: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    way: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    by: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    said: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    name_state: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class InitialTokenRow(Base):
    """A token that lets services register (RFC 7591 3): SHA-256 of 256 random bits. `preset` are fields of the client as JSON."""

    __tablename__ = "initial_token"
    __table_args__ = (Index(None, "hash", unique=True),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    name: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    preset: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    uses_left: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    is_enabled: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class StatementIssuerRow(Base):
    """Somebody whose software statements we believe (RFC 7591 2.3), with their public keys as a JWK set."""

    __tablename__ = "statement_issuer"
    __table_args__ = (Index(None, "issuer", unique=True),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    issuer: Mapped[str] = mapped_column(String(500), info={"sensitive": False})
    jwks: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    is_enabled: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class SpentStatementRow(Base):
    """A software statement that has made a client (RFC 7591 2.3): SHA-256 of its issuer and `jti`, kept until its own end."""

    __tablename__ = "spent_statement"
    __table_args__ = (Index(None, "ends_at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
