"""One JSON object of ESIA, read key by key. Absent means "not granted or not known"; nothing is guessed, nothing raises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from broker.foundation.normal_forms import russian_date

_MAX_TEXT = 200
_MAX_LONG_TEXT = 2000
_MAX_DIGITS = 19
# Of every resource there is, and of no use to anybody.
_OF_EVERY = ("stateFacts", "eTag")


class Fields:
    """Reads an object once; what nobody has asked for is `others`."""

    def __init__(self, source: Mapping[str, Any]):
        self._left = {name: value for name, value in source.items() if name not in _OF_EVERY}

    def text(self, name: str, most: int = _MAX_TEXT) -> str | None:
        """A text that is not blank and no longer than `most`, without spaces around it."""
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            return None
        return value.strip()

    def long_text(self, name: str) -> str | None:
        """A text such as a postal address."""
        return self.text(name, _MAX_LONG_TEXT)

    def number(self, name: str) -> str | None:
        """A number that names something, as digits; 0 names nothing. ESIA writes it as a number or as a text."""
        value = self._left.pop(name, None)
        text = str(value) if isinstance(value, int | str) else ""
        is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
        return text if is_number and int(text) else None

    def day(self, name: str) -> date | None:
        """A day written as 05.09.2013."""
        return russian_date(self.text(name))

    def flag(self, name: str) -> bool | None:
        """True or false; a text "true" is neither."""
        value = self._left.pop(name, None)
        return value if isinstance(value, bool) else None

    def is_verified(self) -> bool:
        """Whether ESIA has checked the value of this object."""
        return self.text("vrfStu") == "VERIFIED"

    def listed(self, name: str) -> Mapping[str, Any] | None:
        """A list inside this object, in the form of a resource of its own."""
        value = self._left.pop(name, None)
        return value if isinstance(value, dict) else None

    def others(self) -> Mapping[str, Any]:
        """What ESIA sent besides."""
        return self._left
