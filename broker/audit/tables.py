"""The tables of the journal. Nothing ever updates an entry, and nothing is deleted but a whole beginning of the chain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


def _where(column: str, condition: str) -> Index:
    """An index over the rows that say anything there; most do not."""
    return Index(None, column, "seq", postgresql_where=text(condition), sqlite_where=text(condition))


class AuditEntryRow(Base):
    """One event. `fields` is canonical JSON without personal data; `seq` is given by the chain, not by the database."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        # Counting events over time reads nothing else.
        Index(None, "at", "name"),
        Index(None, "client_id", "seq"),
        Index(None, "name", "seq"),
        _where("actor_kind", "actor_kind IN ('staff', 'cli', 'diary')"),
        _where("person", "person <> ''"),
        _where("actor_id", "actor_id <> ''"),
        _where("object", "object <> ''"),
        _where("cause", "cause <> 0"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    name: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    actor_kind: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    actor_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    fields: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    previous: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    # Copies of what the fields say, to find entries by; the chain knows only the fields.
    client_id: Mapped[str] = mapped_column(String(64), server_default=text("''"), info={"sensitive": False})
    person: Mapped[str] = mapped_column(String(128), server_default=text("''"), info={"sensitive": False})
    object: Mapped[str] = mapped_column(String(128), server_default=text("''"), info={"sensitive": False})
    cause: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"sensitive": False})


class AuditHeadRow(Base):
    """The one row every writer locks: the end of the chain, under a MAC that needs our key.

    Somebody with the database alone can rewrite entries and their hashes, but cannot make the head agree.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, info={"sensitive": False})
    seq: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    mac: Mapped[str] = mapped_column(String(64), info={"sensitive": False})


class AuditAliasRow(Base):
    """Who is meant by an alias of the chain. When the row is gone, nobody can tell any more.

    `kind` is person (`meaning` is our identifier) or subject (`meaning` is a fingerprint); `person_id` is whose subject it is,
    once an event has said so, else "".
    """

    __tablename__ = "audit_alias"
    __table_args__ = (UniqueConstraint("meaning", "kind"), Index(None, "person_id"))

    alias: Mapped[str] = mapped_column(String(24), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    meaning: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})


class AuditCheckpointRow(Base):
    """A signed word of ours about the chain as it was at `at`. `hour` is set in those that are made every hour: one an hour."""

    __tablename__ = "audit_checkpoint"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, info={"sensitive": False})
    seq: Mapped[int] = mapped_column(BigInteger, index=True, info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    hour: Mapped[str | None] = mapped_column(String(13), unique=True, info={"sensitive": False})
    document: Mapped[str] = mapped_column(Text, info={"sensitive": False})


class AuditStartRow(Base):
    """The one row that says where the chain begins once old entries were removed: after the checkpoint `number`. Under a MAC."""

    __tablename__ = "audit_start"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, info={"sensitive": False})
    number: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
    seq: Mapped[int] = mapped_column(BigInteger, info={"sensitive": False})
    hash: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    mac: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
