"""The tables of streams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class StreamRow(Base):
    """What one client wants to hear of. `delivery` is push or poll; `authorization` is the sealed header it wants to be pushed
    with; `events` are separated by spaces; `status` is enabled, paused or disabled."""

    __tablename__ = "signal_stream"
    __table_args__ = (Index(None, "client_id", unique=True),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    delivery: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    endpoint_url: Mapped[str] = mapped_column(String(2000), info={"sensitive": False})
    authorization: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "signal_stream:{id}"})
    events: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    description: Mapped[str] = mapped_column(String(256), info={"sensitive": False})
    status: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    reason: Mapped[str] = mapped_column(String(256), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class LeftOutRow(Base):
    """Somebody a stream is not told of, by the `sub` that its client knows them by."""

    __tablename__ = "signal_left_out"

    stream_id: Mapped[str] = mapped_column(ForeignKey(StreamRow.id), primary_key=True, info={"sensitive": False})
    sub: Mapped[str] = mapped_column(String(255), primary_key=True, info={"sensitive": False})
