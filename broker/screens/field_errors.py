"""What is wrong with one answer of a form, as a value; the words are in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

FAMILY: Final = "field_error."
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
_MESSAGE: Final = re.compile(r"[a-z][a-z_]*(?:\.[a-z][a-z_]*)*")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to put right before the form can be taken.

    `field` is the name (and the HTML id) of the input the summary leads to; `message` the key under `field_error`, for example
    `password.short`; `n` the number its text tells, if any. Never carries what was typed.

    Raises:
        ValueError: `field` or `message` is not a plain name.
    """

    field: str
    message: str
    n: int | None = None

    def __post_init__(self) -> None:
        # Both go into an id, an address or a key: typed text must not get there by a slip.
        if not _NAME.fullmatch(self.field) or not _MESSAGE.fullmatch(self.message):
            raise ValueError("a field error names a field and a message, in small Latin letters")


def first_of_each(errors: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """One error a field, the first one found: two complaints about one answer are one too many."""
    seen: dict[str, FieldError] = {}
    for error in errors:
        seen.setdefault(error.field, error)
    return tuple(seen.values())
