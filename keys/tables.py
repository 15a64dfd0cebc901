"""The tables of the vault."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant

_SIGNING = text("state = 'signing'")
_LIVE_SIGNING = text("life = 'signing'")
_CURRENT = text("state = 'current'")


class SigningKeyRow(Base):
    """One signing key. `kid` is its thumbprint; `private_sealed` is locked under the master key.

    `life` is its state. `state` is what a worker of the release before 0004 may make of it, which knows no audit keys and four
    states only: a key it must not touch is retired to it. `life` is empty in a row that such a worker has made.
    """

    __tablename__ = "signing_key"
    # The database itself refuses a second signer of a family.
    __table_args__ = (
        Index("uq_signing_key_signer", "family", unique=True, sqlite_where=_SIGNING, postgresql_where=_SIGNING),
        Index(
            "uq_signing_key_signer_of_use", "use", "family",
            unique=True, sqlite_where=_LIVE_SIGNING, postgresql_where=_LIVE_SIGNING,
        ),
    )  # fmt: skip

    kid: Mapped[str] = mapped_column(String(43), primary_key=True, info={"sensitive": False})
    family: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    state: Mapped[str] = mapped_column(String(12), info={"sensitive": False})
    public_jwk: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    moved_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    use: Mapped[str] = mapped_column(String(8), server_default=text("'tokens'"), info={"sensitive": False})
    life: Mapped[str] = mapped_column(String(12), server_default=text("''"), info={"sensitive": False})
    kept_in: Mapped[str] = mapped_column(String(12), server_default=text("'software'"), info={"sensitive": False})


class SecretKeyRow(Base):
    """One symmetric key of the house; purposes and states are those of keys/secrets/purposes.py. `records` is the form of records
    that are sealed under it. Rows of the release before 0004 have neither `records` nor `moved_at`."""

    __tablename__ = "secret_key"
    __table_args__ = (Index("uq_secret_key_current", "purpose", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    purpose: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    state: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    moved_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    records: Mapped[int | None] = mapped_column(Integer, info={"sensitive": False})
