"""The tables of the directory. Personal data of people lies in one sealed column; all the rest is codes and days."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant, second_print


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
    """One diary account. The prints are keyed fingerprints of normal forms; SNILS and names may be shared by two cards.

    `filled_at` is when an upstream gave the SNILS that the school had not written. The three of a pause are set and emptied
    together: since when the sign-in is closed for a while, by whom (kind and identifier of an actor), and a word of PauseReason.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index(None, "snils_print"),
        Index(None, "name_birth_print"),
        Index(None, "login_print", unique=True),
        second_print("snils_print_2"),
        second_print("name_birth_print_2"),
        second_print("login_print_2", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    card_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "person:{id}"})
    snils_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    name_birth_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    login_print: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    snils_print_2: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    name_birth_print_2: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    login_print_2: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    is_blocked: Mapped[bool] = mapped_column(Boolean, info={"sensitive": False})
    activated_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    filled_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    paused_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    paused_by: Mapped[str | None] = mapped_column(String(80), info={"sensitive": False})
    pause_reason: Mapped[str | None] = mapped_column(String(16), info={"sensitive": False})
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


class CredentialRow(Base):
    """The diary password of one person (Argon2id), and what they did once with their login."""

    __tablename__ = "credential"

    person_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), primary_key=True, info={"sensitive": False})
    password_hash: Mapped[str | None] = mapped_column(String(200), info={"sensitive": True})
    changed_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    login_changed_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    rules_accepted_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class InvitationRow(Base):
    """A login and a temporary password on paper. `password_hash` is a keyed MAC: a random password needs no slow hash.

    `stage` is the step of the wizard that comes next: data, contacts, password, done.
    """

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), info={"sensitive": False})
    password_hash: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True})
    stage: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    issued_by: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    issued_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    expires_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    printed_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    opened_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class ContactRow(Base):
    """A person's own phone or e-mail, by which they get back in. Only a confirmed one is ever used for that."""

    __tablename__ = "contact"
    __table_args__ = (Index(None, "value_print"), second_print("value_print_2"))

    person_id: Mapped[str] = mapped_column(ForeignKey(PersonRow.id), primary_key=True, info={"sensitive": False})
    kind: Mapped[str] = mapped_column(String(8), primary_key=True, info={"sensitive": False})
    value_sealed: Mapped[bytes] = mapped_column(
        LargeBinary, info={"sensitive": True, "sealed_for": "contact:{person_id}:{kind}"}
    )
    value_print: Mapped[str] = mapped_column(String(64), info={"sensitive": True})
    value_print_2: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    changed_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})


class CardChangeRow(Base):
    """The school's journal: who did what to which card and why. Names of fields only, never values."""

    __tablename__ = "card_change"
    __table_args__ = (Index(None, "school_id", "at"), Index(None, "person_id", "at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    school_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    person_id: Mapped[str | None] = mapped_column(String(36), info={"sensitive": False})
    actor_kind: Mapped[str] = mapped_column(String(16), info={"sensitive": False})
    actor_id: Mapped[str] = mapped_column(String(64), info={"sensitive": False})
    action: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    fields: Mapped[str] = mapped_column(Text, info={"sensitive": False})
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "card_change:{id}"})


class MergeRow(Base):
    """Two cards of one person made one. `before_sealed` holds both as they were, for undoing within thirty days."""

    __tablename__ = "card_merge"
    __table_args__ = (Index(None, "school_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    school_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    kept_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    merged_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    before_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sensitive": True, "sealed_for": "card_merge:{id}"})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    undone_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})


class ApartRow(Base):
    """Two cards that look like one person and are not, as a school has said. `one_id` is the smaller identifier."""

    __tablename__ = "card_apart"

    one_id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    other_id: Mapped[str] = mapped_column(String(36), primary_key=True, info={"sensitive": False})
    at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
