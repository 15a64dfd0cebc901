"""The tables of the directory. Personal data of people lies in one sealed column; all the rest is codes and days."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant


class SchoolRow(Base):
    """A school. `contact` is JSON: whom to ask there, as the school publishes it."""

    __tablename__ = "school"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    name_ru: Mapped[str] = mapped_column(String(200), info={"sensitive": False})
    name_en: Mapped[str] = mapped_column(String(200), info={"sensitive": False})
    is_open: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    contact: Mapped[str | None] = mapped_column(Text, info={"sensitive": False})


class PersonRow(Base):
    """One diary account. The prints are keyed fingerprints of normal forms; SNILS and names may be shared by two cards."""

    __tablename__ = "person"
    __table_args__ = (
        Index(None, "snils_print"),
        Index(None, "name_birth_print"),
        Index(None, "login_print", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    card_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    snils_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    name_birth_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    login_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    is_blocked: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    activated_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    changed_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class MembershipRow(Base):
    """Who is what in which school; `position` keeps the order of the card."""

    __tablename__ = "membership"
    __table_args__ = (Index(None, "school_id"),)

    person_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), primary_key=True, info={"sensitive": False})
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, info={"sensitive": False})
    school_id: Mapped[str] = mapped_column(ForeignKey(SchoolRow.id), info={"sensitive": False})
    role: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    class_name: Mapped[str | None] = mapped_column(String(32), info={"sensitive": False})
    left_on: Mapped[date | None] = mapped_column(Date, info={"sensitive": False})


class KinshipRow(Base):
    """Whose parent somebody is, as the school has recorded it."""

    __tablename__ = "kinship"
    __table_args__ = (Index(None, "child_id"),)

    parent_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), primary_key=True, info={"sensitive": False})
    child_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), primary_key=True, info={"sensitive": False})


class StaffRoleRow(Base):
    """What somebody may do in the console."""

    __tablename__ = "staff_role"

    person_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), primary_key=True, info={"sensitive": False})
    role: Mapped[str] = mapped_column(String(32), primary_key=True, info={"sensitive": False})
