"""The tables of links, and of what lets us ask again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from broker.directory.tables import PersonRow
from broker.storage.columns import Base, UtcInstant, second_print


class UpstreamLinkRow(Base):
    """One identity ↔ one person, and the database itself keeps it so: unique both ways."""

    __tablename__ = "upstream_link"
    __table_args__ = (
        UniqueConstraint("person_id"),
        UniqueConstraint("connector", "subject_print"),
        second_print("connector", "subject_print_2", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), info={"sensitive": False})
    connector: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    subject_print: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    subject_print_2: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    subject_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "link:{id}"})
    level: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    is_standard: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    is_of_parent: Mapped[bool] = mapped_column(Boolean, server_default=false(), info={"sensitive": False})
    evidence: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    linked_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    seen_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    # What was found when children were compared last; see Links.note_kin.
    kin_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})


class KeepsakeRow(Base):
    """What lets us ask an upstream again about a person; there only where `esia.look_again` says so. `told_at` is when the
    upstream told something last or was asked to; `wanted_at` when it became due. `is_doubtful`: it may be spent."""

    __tablename__ = "upstream_keepsake"
    __table_args__ = (Index(None, "wanted_at"),)

    link_id: Mapped[str] = mapped_column(
        ForeignKey(UpstreamLinkRow.id, ondelete="CASCADE"), primary_key=True, info={"sensitive": False}
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "keepsake:{link_id}"})
    told_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    wanted_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    is_doubtful: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
