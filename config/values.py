"""One value: from a TOML file or from the text of an environment variable to the type its room declared."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_DURATION = re.compile(r"(\d{1,9}) ?(ms|s|min|h|d)", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_FLAGS = {"true": True, "false": False}


class WrongValue(ValueError):
    """A value is not what its setting takes. Says what it must be, and never what it was: it may be a secret."""


def from_toml(kind: object, value: object) -> object:
    """A value as tomllib gives it, in the type a room declared.

    Raises:
        WrongValue: it is of another type.
        TypeError: no setting may have this type; a programming error that a test finds.
    """
    if kind not in _FROM_TOML:
        raise TypeError(f"a setting may not be of type {kind}")
    return _FROM_TOML[kind](value)


def from_text(kind: object, text: str) -> object:
    """The text of an environment variable in the type a room declared; a list is written with commas.

    Raises:
        WrongValue: it cannot be read as that.
    """
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        return _flag(_FLAGS.get(text))
    if kind is int:
        return _whole(int(text) if _WHOLE.fullmatch(text) else None)
    if kind is date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return _day(None)
    return from_toml(kind, text)


def duration(value: object) -> timedelta:
    """`15 s`, `10 min`, `14 d`.

    Raises:
        WrongValue: it is not written so.
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise WrongValue('must be a duration such as "15 s", "10 min", "8 h" or "14 d"')
    return int(match[1]) * _UNITS[match[2]]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue("must be a text in quotation marks")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongValue("must be true or false")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValue("must be a whole number")
    return value


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise WrongValue("must be a day such as 2026-11-20")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WrongValue("must be a list of texts")
    return tuple(value)


_FROM_TOML: dict[object, Callable[[object], object]] = {
    str: _text,
    bool: _flag,
    int: _whole,
    date: _day,
    timedelta: duration,
    tuple[str, ...]: _texts,
}
