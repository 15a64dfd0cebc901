"""People, schools and what ties them together, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum


class Role(Enum):
    """What somebody is in a school."""

    PUPIL = "pupil"
    PARENT = "parent"
    TEACHER = "teacher"
    SCHOOL_ADMINISTRATOR = "school_administrator"


@dataclass(frozen=True, slots=True)
class SchoolContact:
    """Who can fix a card, as shown on cause pages. Texts are the school's own; `*_en` are "" where it has written none."""

    days: str
    hours: str
    room: str
    phone: str
    days_en: str = ""
    hours_en: str = ""
    room_en: str = ""

    def told_in(self, language: str) -> tuple[str, str, str, str]:
        """Days, hours, room and telephone for readers of `language`; the Russian text where there is no English one."""
        if language == "ru":
            return self.days, self.hours, self.room, self.phone
        return self.days_en or self.days, self.hours_en or self.hours, self.room_en or self.room, self.phone


@dataclass(frozen=True, slots=True)
class School:
    """`region` is the two-digit code; `name_*` are the display names."""

    id: str
    region: str
    name_ru: str
    name_en: str
    is_open: bool
    contact: SchoolContact | None


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is what, where. `left_on` is the first local day on which it no longer holds."""

    school: School
    role: Role
    class_name: str | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """One diary account: the card, unsealed. Personal values never appear in repr().

    `is_blocked`: the diary is closed (cause 4003). `is_paused`: the sign-in is closed for a while (cause 3204).
    """

    id: str
    surname: str
    name: str
    patronymic: str | None
    birth_date: date | None
    sex: str | None
    snils: str | None
    email: str | None
    phone: str | None
    login: str | None
    is_blocked: bool
    activated_at: datetime | None
    memberships: tuple[Membership, ...]
    staff_roles: tuple[str, ...]
    is_paused: bool = False

    def __repr__(self) -> str:
        return f"Person(id={self.id!r})"

    @property
    def is_shut_out(self) -> bool:
        """Whether no way in is open, whatever the rules of a region say."""
        return self.is_blocked or self.is_paused

    def roles_on(self, day: date) -> tuple[Role, ...]:
        """Roles held on a local day in schools that are open, each once, in the order of the card."""
        found = [m.role for m in self.memberships if m.school.is_open and (m.left_on is None or day < m.left_on)]
        return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil as their parent may see them."""

    person_id: str
    full_name: str
    class_name: str | None
    school_id: str | None
