"""A school's list as a table: its columns, its rows as values, and what can be wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from broker.directory.card import Card
from broker.directory.person import Role

# Field of a card or place, and what the column is called in the file. The order is that of the template and of exports.
COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("id", "Код"),
    ("surname", "Фамилия"),
    ("name", "Имя"),
    ("patronymic", "Отчество"),
    ("birth_date", "Дата рождения"),
    ("sex", "Пол"),
    ("snils", "СНИЛС"),
    ("login", "Логин"),
    ("role", "Роль"),
    ("class_name", "Класс"),
    ("left_on", "Выбыл"),
    ("children", "Дети"),
    ("school", "Школа"),
)
TITLES: Final = dict(COLUMNS)
NEEDED: Final = ("surname", "name")
ROLE_WORDS: Final = {
    "ученик": Role.PUPIL,
    "ученица": Role.PUPIL,
    "родитель": Role.PARENT,
    "учитель": Role.TEACHER,
    "администратор": Role.SCHOOL_ADMINISTRATOR,
    "администратор дневника": Role.SCHOOL_ADMINISTRATOR,
    **{role.value: role for role in Role},
}
ROLE_NAMES: Final = {
    Role.PUPIL: "ученик",
    Role.PARENT: "родитель",
    Role.TEACHER: "учитель",
    Role.SCHOOL_ADMINISTRATOR: "администратор",
}
SEX_WORDS: Final = {"м": "M", "муж": "M", "мужской": "M", "m": "M", "ж": "F", "жен": "F", "женский": "F", "f": "F"}
SEX_NAMES: Final = {"M": "М", "F": "Ж"}
# Typed into a cell to say "there is none": an empty cell leaves what the card has.
CLEARED: Final = frozenset({"-", "—", "–"})


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one line of a file (the first line is 1). `field` is a column's field or "", `message` a word of the list
    under `school.roster.problem`. Never quotes the cell: it may be personal."""

    line: int
    field: str
    message: str


class RosterRefused(Exception):
    """A file with problems; nothing of it was written."""

    def __init__(self, problems: tuple[RowProblem, ...]):
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class RosterMoved(Exception):
    """Somebody changed the same cards while the file was being looked at; nothing was written, try again."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line as it stands in the file: cells by field, all text."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, checked. `given` are the fields whose cells were not empty; a field given as None is to be cleared."""

    line: int
    person_id: str
    card: Card
    given: frozenset[str]
    role: Role
    class_name: str | None
    left_on: date | None
    children: tuple[str, ...]
    school_id: str

    def __repr__(self) -> str:
        return f"Entry(line={self.line})"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose cards a file may touch. `school_id` is that of the one school, or None for the whole directory, where a line names
    its school itself and may bring a code of its own."""

    school_id: str | None
    today: date

    @property
    def is_whole(self) -> bool:
        return self.school_id is None
