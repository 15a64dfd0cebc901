"""A small part of the ICU message format: `{name}` and `{name, plural, one {...} other {... # ...}}`.

Only what the texts need: one level, no nesting of a plural inside a plural. Parsed once at start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_PLURAL = re.compile(r"\{(\w+), plural,((?:\s*\w+ \{[^{}]*\})+)\s*\}")
_FORM = re.compile(r"(\w+) \{([^{}]*)\}")
_NAME = re.compile(r"\{(\w+)\}")


class BadMessage(ValueError):
    """A text of the catalogue cannot be parsed or filled in. Carries only names of keys and variables."""


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str


@dataclass(frozen=True, slots=True)
class _Plural:
    name: str
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed text. `variables` are the names it needs; `plurals` those of them that must be whole numbers."""

    parts: tuple[str | _Variable | _Plural, ...]

    @property
    def variables(self) -> frozenset[str]:
        """Every name the text needs."""
        return frozenset(part.name for part in self.parts if not isinstance(part, str))

    def plural_forms(self) -> tuple[frozenset[str], ...]:
        """The plural forms each plural of the text gives."""
        return tuple(frozenset(part.forms) for part in self.parts if isinstance(part, _Plural))

    def format(self, values: Mapping[str, str | int], plural_form: Callable[[int], str]) -> str:
        """The text with its variables filled in.

        Raises:
            BadMessage: a variable is missing, or a counted one is not a whole number.
        """
        return "".join(_said(part, values, plural_form) for part in self.parts)


def _said(part: str | _Variable | _Plural, values: Mapping[str, str | int], plural_form: Callable[[int], str]) -> str:
    if isinstance(part, str):
        return part
    if part.name not in values:
        raise BadMessage(f"variable {part.name} is missing")
    value = values[part.name]
    if isinstance(part, _Variable):
        return str(value)
    if not isinstance(value, int):
        raise BadMessage(f"variable {part.name} must be a whole number")
    form = plural_form(value)
    return part.forms.get(form, part.forms["other"]).replace("#", str(value))


def parse(text: str) -> Message:
    """Parse one text.

    Raises:
        BadMessage: a brace is left over, or a plural lacks its form `other`.
    """
    parts: list[str | _Variable | _Plural] = []
    end = 0
    for found in _PLURAL.finditer(text):
        parts.extend(_plain(text[end : found.start()]))
        forms = dict(_FORM.findall(found.group(2)))
        if "other" not in forms:
            raise BadMessage("a plural needs the form other")
        parts.append(_Plural(found.group(1), forms))
        end = found.end()
    parts.extend(_plain(text[end:]))
    return Message(tuple(parts))


def _plain(text: str) -> list[str | _Variable]:
    """Literal text and simple variables, in order."""
    pieces = _NAME.split(text)
    parts: list[str | _Variable] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            parts.append(_Variable(piece))
        elif "{" in piece or "}" in piece:
            raise BadMessage("a brace is left over")
        elif piece:
            parts.append(piece)
    return parts
