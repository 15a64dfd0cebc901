"""Reads one TOML table strictly: every value typed, every key known, every problem a sentence that says where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

Word = TypeVar("Word", bound=Enum)


class TomlTable:
    """`where` begins every problem. A value that is missing or of a wrong type is noted in `problems` and replaced by an empty
    one, so that one reading finds everything; the caller must not use the result when there are problems.
    """

    def __init__(self, values: Mapping[str, object], where: str, problems: list[str]):
        self._values = values
        self._left = set(values)
        self.where = where
        self.problems = problems

    def note(self, sentence: str) -> None:
        """Adds a problem of this table."""
        self.problems.append(f"{self.where}: {sentence}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank; `default` where the key is absent."""
        value = self._take(key, optional=default is not None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.note(f"{key} must be a text that is not empty")
            return ""
        return value

    def day(self, key: str) -> date:
        """A calendar day, written without quotation marks."""
        value = self._take(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.note(f"{key} must be a day such as 2024-07-01, without quotation marks")
        return date.min

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false; `default` where the key is absent."""
        value = self._take(key, optional=default is not None)
        if value is None and default is not None:
            return default
        if value is not None and not isinstance(value, bool):
            self.note(f"{key} must be true or false")
        return value is True

    def age(self, key: str) -> int | None:
        """Whole years from 0 to 120, or None where the key is absent."""
        value = self._take(key, optional=True)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 120:
            self.note(f"{key} must be a whole number of years")
            return None
        return value

    def word(self, key: str, words: type[Word]) -> Word:
        """One member of an enumeration, by its value."""
        value = self._take(key)
        for member in words:
            if member.value == value:
                return member
        if value is not None:
            self.note(f"{key} must be one of: {', '.join(str(member.value) for member in words)}")
        return next(iter(words))

    def words(self, key: str, known: Iterable[str] | None = None, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, each once, each of `known` if that is given."""
        value = self._take(key, optional=default is not None)
        if value is None:
            return default or ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.note(f"{key} must be a list of words")
            return ()
        if len(set(value)) != len(value):
            self.note(f"{key} has a word twice")
        allowed = None if known is None else tuple(known)
        for item in value:
            if allowed is not None and item not in allowed:
                self.note(f"{key} has the unknown word {item}; known are: {', '.join(allowed)}")
        return tuple(value)

    def table(self, key: str, optional: bool = False) -> TomlTable | None:
        """A table inside this one."""
        value = self._take(key, optional)
        if isinstance(value, dict):
            return TomlTable(value, f"{self.where}, {key}", self.problems)
        if value is not None:
            self.note(f"{key} must be a table")
        return None

    def tables(self, key: str) -> tuple[TomlTable, ...]:
        """A list of tables that is not empty."""
        value = self._take(key)
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return tuple(
                TomlTable(item, f"{self.where}, {key} {place}", self.problems) for place, item in enumerate(value, start=1)
            )
        if value is not None:
            self.note(f"{key} must be a list of tables that is not empty")
        return ()

    def done(self) -> None:
        """Notes every key nobody asked for: a misspelt field must not silently mean nothing."""
        for key in sorted(self._left):
            self.note(f"{key} is not a known field")

    def _take(self, key: str, optional: bool = False) -> object:
        self._left.discard(key)
        value = self._values.get(key)
        if value is None and not optional:
            self.note(f"{key} is missing")
        return value
