"""From the text of a line to a checked entry, every problem noted with its column. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from broker.directory.card import Card
from broker.directory.person import Role
from broker.directory.roster import CLEARED, ROLE_WORDS, SEX_WORDS, Entry, RawRow, RowProblem, Scope
from broker.directory.school_edits import birth_date_of, class_of, login_of, name_of, patronymic_of, snils_of
from broker.foundation.normal_forms import patronymic_form, russian_date

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,35}", re.ASCII)
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_MOST_CHILDREN: Final = 20


def read_row(row: RawRow, scope: Scope) -> Entry | tuple[RowProblem, ...]:
    """The entry of a line, or what is wrong with it."""
    problems: list[RowProblem] = []
    given: set[str] = set()

    def read(field: str, parse: Callable[[str], Any]) -> Any:
        text = row.cells.get(field, "")
        if not text:
            return None
        given.add(field)
        try:
            return None if text in CLEARED else parse(text)
        except ValueError as bad:
            problems.append(RowProblem(row.line, field, str(bad).replace("card.", "").replace(".", "_")))
            return None

    card = _card(read, scope.today)
    class_name = read("class_name", lambda text: class_of(text, is_needed=True))
    role = read("role", _role) or (Role.PUPIL if class_name else None)
    entry = Entry(
        line=row.line,
        person_id=read("id", _code) or "",
        card=card,
        given=frozenset(given),
        role=role or Role.PUPIL,
        class_name=class_name,
        left_on=read("left_on", _day),
        children=read("children", _children) or (),
        school_id=read("school", _code) or scope.school_id or "",
    )
    problems += _missing(entry, {problem.field for problem in problems}, has_role=role is not None)
    if scope.school_id is not None and entry.school_id != scope.school_id:
        problems.append(RowProblem(row.line, "school", "school_unknown"))
    return tuple(problems) if problems else entry


def _card(read: Callable[[str, Callable[[str], Any]], Any], today: date) -> Card:
    return Card(
        surname=read("surname", name_of) or "",
        name=read("name", name_of) or "",
        patronymic=read("patronymic", lambda text: patronymic_of(text) if patronymic_form(text) else None),
        birth_date=read("birth_date", lambda text: birth_date_of(_russian(text), today)),
        sex=read("sex", _sex),
        snils=read("snils", lambda text: snils_of(_eleven(text))),
        login=read("login", login_of),
    )


def _missing(entry: Entry, wrong: set[str], *, has_role: bool) -> list[RowProblem]:
    needed = [("surname", bool(entry.card.surname), "name_empty"), ("name", bool(entry.card.name), "name_empty")]
    needed.append(("role", has_role, "role_none"))
    needed.append(("school", bool(entry.school_id), "school_unknown"))
    return [RowProblem(entry.line, field, message) for field, is_there, message in needed if not is_there and field not in wrong]


def _role(text: str) -> Role:
    found = ROLE_WORDS.get(text.casefold())
    if found is None:
        raise ValueError("role_none")
    return found


def _sex(text: str) -> str:
    found = SEX_WORDS.get(text.casefold().rstrip("."))
    if found is None:
        raise ValueError("sex_none")
    return found


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError("code_format")
    return text


def _day(text: str) -> date:
    found = russian_date(_russian(text))
    if found is None:
        raise ValueError("date_format")
    return found


def _children(text: str) -> tuple[str, ...]:
    """Codes or SNILS, with commas or semicolons between them."""
    found = tuple(dict.fromkeys(part.strip() for part in re.split(r"[,;\n]", text) if part.strip()))
    if len(found) > _MOST_CHILDREN:
        raise ValueError("children_many")
    return found


def _russian(text: str) -> str:
    """Spreadsheets also write a day as 2013-09-05."""
    iso = _ISO.fullmatch(text.partition(" ")[0])
    return f"{iso[3]}.{iso[2]}.{iso[1]}" if iso else text


def _eleven(text: str) -> str:
    """A spreadsheet drops the zeros a SNILS begins with."""
    return text.zfill(11) if text.isascii() and text.isdigit() and 9 <= len(text) <= 11 else text
