"""Reading untrusted fields one by one, noting where something is wrong instead of stopping at the first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,35}", re.ASCII)
_MOST_PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` says where (`people[3].snils`), `problem` says what, without quoting the value: it may be personal."""

    path: str
    problem: str


class Problems:
    """What was found wrong so far."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def note(self, path: str, problem: str) -> None:
        """Remember a problem; after the first two hundred nobody reads on."""
        if len(self._found) < _MOST_PROBLEMS:
            self._found.append(Problem(path, problem))

    def found(self) -> tuple[Problem, ...]:
        return tuple(self._found)


class Fields:
    """One object of a document. Every reading method notes a problem and returns an empty value when the field is wrong."""

    def __init__(self, values: Mapping[str, object], path: str, problems: Problems):
        self._values = values
        self._path = path
        self._problems = problems

    def note(self, name: str, problem: str) -> None:
        """Note a problem of one field."""
        self._problems.note(self._place(name), problem)

    def text(self, name: str, longest: int) -> str:
        """A text with at least one visible sign."""
        found = self.text_or_none(name, longest)
        if found is None and self._values.get(name) is None:
            self.note(name, "is missing")
        return found or ""

    def text_or_none(self, name: str, longest: int) -> str | None:
        """A text, or None when the field is null or absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self.note(name, f"must be a text of 1 to {longest} signs")
            return None
        # A line break or NUL would let two different values look or compare alike.
        if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in value):
            self.note(name, "holds signs that cannot be seen")
            return None
        return value.strip()

    def identifier(self, name: str) -> str:
        """Up to 36 Latin letters, digits, dots, hyphens and underscores."""
        return self.pattern(name, _IDENTIFIER.pattern, "an identifier of at most 36 Latin letters, digits and hyphens")

    def pattern(self, name: str, pattern: str, what: str) -> str:
        """A text of a given form; `what` ends the sentence "must be …"."""
        value = self._values.get(name)
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
            return value
        self.note(name, f"must be {what}")
        return ""

    def word(self, name: str, known: Collection[str], *, may_be_absent: bool = False) -> str:
        """One of a closed list."""
        value = self._values.get(name)
        if value is None and may_be_absent:
            return ""
        if not isinstance(value, str) or value not in known:
            self.note(name, f"must be one of: {', '.join(known)}")
            return ""
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            self.note(name, "must be true or false")
        return value is True

    def words(self, name: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of identifiers, or of words of a closed list; each counts once."""
        found = []
        for number, value in enumerate(self._list(name)):
            fits = isinstance(value, str) and (value in known if known is not None else _IDENTIFIER.fullmatch(value))
            if fits:
                found.append(str(value))
            else:
                self.note(f"{name}[{number}]", f"must be one of: {', '.join(known)}" if known else "must be an identifier")
        return tuple(dict.fromkeys(found))

    def inner(self, name: str, known: Collection[str], *, may_be_absent: bool = False) -> Fields | None:
        """An object inside this one."""
        value = self._values.get(name)
        if value is None and may_be_absent:
            return None
        if not isinstance(value, Mapping):
            self.note(name, "must be an object")
            return None
        return fields_of(value, self._place(name), known, self._problems)

    def items(self, name: str, known: Collection[str]) -> Iterator[Fields]:
        """The objects of a list inside this one."""
        for number, value in enumerate(self._list(name)):
            if isinstance(value, Mapping):
                yield fields_of(value, self._place(f"{name}[{number}]"), known, self._problems)
            else:
                self.note(f"{name}[{number}]", "must be an object")

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name, [])
        if isinstance(value, list):
            return value
        self.note(name, "must be a list")
        return []

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def fields_of(values: Mapping[str, object], path: str, known: Collection[str], problems: Problems) -> Fields:
    """The fields of one object. A field nobody knows is a problem: it may be a misspelt one."""
    found = Fields(values, path, problems)
    for name in values:
        if name not in known:
            found.note(str(name)[:40], "is not known")
    return found
