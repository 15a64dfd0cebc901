"""The tables of the vault."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant

_SIGNING = text("state = 'signing'")
_CURRENT = text("state = 'current'")


class SigningKeyRow(Base):
    """One signing key. `kid` is its thumbprint; `private_sealed` is locked under the master key."""

    __tablename__ = "signing_key"
    # The database itself refuses a second signer of a family.
    __table_args__ = (Index("uq_signing_key_signer", "family", unique=True, sqlite_where=_SIGNING, postgresql_where=_SIGNING),)

    kid: Mapped[str] = mapped_column(String(43), primary_key=True, info={"sensitive": False})
    family: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    state: Mapped[str] = mapped_column(String(12), info={"sensitive": False})
    public_jwk: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    moved_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class SecretKeyRow(Base):
    """One symmetric key of the house: for sealing, fingerprints or pairwise subjects."""

    __tablename__ = "secret_key"
    __table_args__ = (Index("uq_secret_key_current", "purpose", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    purpose: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    state: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
