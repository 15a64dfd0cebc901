"""The tables of custody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant

_OPEN = text("ended_at IS NULL")
_UNDECIDED = text("decided_at IS NULL")


class SecretJobRow(Base):
    """Rewriting everything that lies under an old secret key. `part` and `cursor` say how far it has come: the column that is
    being rewritten and the key of the last row, as JSON. Whoever works on it has taken it until `taken_until`."""

    __tablename__ = "secret_job"
    # One at a time of a kind, whatever the number of processes.
    __table_args__ = (Index("uq_secret_job_open", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    part: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    cursor: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    seen: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    changed: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    broken: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    total: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    taken_by: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    taken_until: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class KeyFetchRow(Base):
    """The first time that an announced key was fetched from a place. `place` is the fingerprint of a network address."""

    __tablename__ = "key_fetch"

    kid: Mapped[str] = mapped_column(String(43), primary_key=True, info={"sensitive": False})
    place: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    first_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class KeyFollowerRow(Base):
    """A place where a service asks for its tokens; empty for one without a secret, whose people's browsers do."""

    __tablename__ = "key_follower"

    client_id: Mapped[str] = mapped_column(String(128), primary_key=True, info={"sensitive": False})
    place: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    last_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class KeyCheckRow(Base):
    """Whether a service followed a new key at its last readiness check."""

    __tablename__ = "key_check"

    client_id: Mapped[str] = mapped_column(String(128), primary_key=True, info={"sensitive": False})
    passed: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class RotationReportRow(Base):
    """The signed report of a rotation that is over, under the kid of the key that came. `signed` is a compact JWS."""

    __tablename__ = "rotation_report"

    kid: Mapped[str] = mapped_column(String(43), primary_key=True, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    signed: Mapped[str] = mapped_column(Text, info={"sensitive": False})


class TwoPersonRow(Base):
    """One act that a second person has to confirm. At most one of an act about one thing waits."""

    __tablename__ = "two_person_request"
    __table_args__ = (
        Index("uq_two_person_request_open", "act", "about", unique=True, sqlite_where=_UNDECIDED, postgresql_where=_UNDECIDED),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    act: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    about: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    grounds: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    asked_by: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    asked_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    decided_by: Mapped[str | None] = mapped_column(String(36), info={"sensitive": False})
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    outcome: Mapped[str | None] = mapped_column(String(16), info={"sensitive": False})


class KeyFalloutRow(Base):
    """The sessions in which a revoked key may have signed, ended step by step. `cursor` is the last session that was looked at;
    the key signed from `since` until `until`. `walk`: the first time through the sessions, or the second."""

    __tablename__ = "key_fallout"

    kid: Mapped[str] = mapped_column(String(43), primary_key=True, info={"sensitive": False})
    family: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    since: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    until: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    cursor: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    sessions: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    made_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    walk: Mapped[int] = mapped_column(Integer, server_default=text("1"), info={"sensitive": False})


class ExpiryWarningRow(Base):
    """That somebody was told of a date so many days ahead of it. `mark` names the very thing: its successor is warned of anew."""

    __tablename__ = "expiry_warning"

    what: Mapped[str] = mapped_column(String(24), primary_key=True, info={"sensitive": False})
    mark: Mapped[str] = mapped_column(String(64), primary_key=True, info={"sensitive": False})
    days: Mapped[int] = mapped_column(Integer, primary_key=True, info={"sensitive": False})
    told_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
