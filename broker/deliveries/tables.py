"""The queue of deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class DeliveryRow(Base):
    """One thing that one client must be told. `about` is JSON: identifiers, words and instants that the body is made from.

    `kind` names who writes the body and whether it is carried or fetched; `group_id` is what belongs together: a session, or a
    stream of signals. `state` is waiting, sent or given_up; `taken_until` is the lease of whoever is carrying it just now.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "state", "next_at"), Index(None, "group_id", "made_at"), Index(None, "client_id", "made_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    group_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    about: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    state: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    tries: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    trouble: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    next_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    taken_until: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    done_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
