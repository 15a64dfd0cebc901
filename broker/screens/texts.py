"""The catalogue of texts: one set of keys, two languages, checked whole at start.

Text is never built from a key that might be missing: every fault is found when the process starts, so that no person ever
sees a raw key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_location

from broker.screens.causes import CAUSES
from broker.screens.messages import BadMessage, Message, parse
from broker.screens.values import RegionName, Value, Word
from broker.screens.view import LANGUAGES, Language

TRANSLATIONS: Final = Path(__file__).parent / "translations"
_LOCALES: Final[Mapping[Language, Locale]] = {"ru": Locale("ru"), "en": Locale("en", "GB")}
_DAY_PATTERN: Final = "d MMMM y"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language: single ones and lists (`cause.3102.steps`)."""

    texts: Mapping[str, Message]
    lists: Mapping[str, tuple[Message, ...]]


class Texts:
    """Both catalogues.

    Raises:
        BadMessage: at construction, when the languages differ in keys or variables, or a cause lacks one of its texts.
    """

    def __init__(self, folder: Path = TRANSLATIONS):
        self._by_language = {language: _load(folder / language) for language in LANGUAGES}
        _check_parity(self._by_language["ru"], self._by_language["en"])
        _check_causes(self._by_language["ru"])

    def get(self, language: Language, key: str, **variables: Value) -> str:
        """One text. Escapes nothing; Jinja does.

        Raises:
            BadMessage: no such key, or a variable is missing.
        """
        return self.say(language, key, variables)

    def say(self, language: Language, key: str, variables: Mapping[str, Value], zone: str = "Europe/Moscow") -> str:
        """As `get`, with instants told in the given zone (an IANA name)."""
        message = self._by_language[language].texts.get(key)
        if message is None:
            raise BadMessage(f"there is no text {key}")
        return self._format(language, message, variables, zone)

    def say_list(self, language: Language, key: str, variables: Mapping[str, Value], zone: str) -> tuple[str, ...]:
        """A list of texts under one key, for example the steps of a cause."""
        messages = self._by_language[language].lists.get(key)
        if messages is None:
            raise BadMessage(f"there is no list {key}")
        return tuple(self._format(language, message, variables, zone) for message in messages)

    def value(self, language: Language, value: Value, zone: str) -> str | int:
        """How a value is said: 10 minutes, 14:05 (Irkutsk), 5 September 2026, a name."""
        if isinstance(value, str | int):
            return value
        if isinstance(value, timedelta):
            return self._wait(language, value)
        if isinstance(value, datetime):
            return f"{value.astimezone(ZoneInfo(zone)):%H:%M} ({zone_name(language, zone)})"
        if isinstance(value, date):
            return format_date(value, _DAY_PATTERN, locale=_LOCALES[language])
        if isinstance(value, RegionName):
            return value.in_language(language)
        words = value if isinstance(value, tuple) else (value,)
        return ", ".join(self.get(language, word.key) for word in words)

    def instant(self, language: Language, instant: datetime, zone: str, near: datetime) -> str:
        """The time of an instant, with its day where that is not the day of `near`."""
        time, days = str(self.value(language, instant, zone)), {day_in_zone(language, at, zone) for at in (instant, near)}
        return time if len(days) == 1 else f"{day_in_zone(language, instant, zone)}, {time}"

    def has(self, key: str) -> bool:
        """Whether a text or a list with this key exists (in both languages, since their keys are equal)."""
        return key in self._by_language["ru"].texts or key in self._by_language["ru"].lists

    def all_keys(self) -> frozenset[str]:
        """All keys, of texts and of lists."""
        return frozenset(self._by_language["ru"].texts) | frozenset(self._by_language["ru"].lists)

    def _wait(self, language: Language, wait: timedelta) -> str:
        # Rounded up: a person told to wait a minute must not be refused after fifty-nine seconds.
        seconds = max(1, -(-int(wait / timedelta(milliseconds=1)) // 1000))
        if seconds < 60:
            return self.get(language, "wait.seconds", n=seconds)
        if seconds < 3600:
            return self.get(language, "wait.minutes", n=-(-seconds // 60))
        return self.get(language, "wait.hours", n=-(-seconds // 3600))

    def _format(self, language: Language, message: Message, variables: Mapping[str, Value], zone: str) -> str:
        # Only what the text asks for is put into words: a caller may offer more than one wording needs.
        asked = message.variables & variables.keys()
        values = {name: self.value(language, variables[name], zone) for name in asked}
        return message.format(values, _LOCALES[language].plural_form)


def zone_name(language: Language, zone: str) -> str:
    """The city a time zone is called after, in the language of the page."""
    return get_timezone_location(zone, locale=_LOCALES[language], return_city=True)


def day_in_zone(language: Language, instant: datetime, zone: str) -> str:
    """The local day of an instant, in words."""
    return format_date(instant.astimezone(ZoneInfo(zone)).date(), _DAY_PATTERN, locale=_LOCALES[language])


def words_of(keys: Iterable[str], family: str) -> tuple[Word, ...]:
    """Words of one family, for a value that lists them."""
    return tuple(Word(f"{family}.{key}") for key in keys)


# The files of a release do not change while it runs; workers are forked after the first reading (broker/serve.py).
@cache
def _load(folder: Path) -> Catalogue:
    texts: dict[str, Message] = {}
    lists: dict[str, tuple[Message, ...]] = {}
    for place, key, value in _entries(folder):
        if key in texts or key in lists:
            raise BadMessage(f"{place}: {key} is in another file too")
        try:
            if isinstance(value, str):
                texts[key] = parse(value)
            else:
                lists[key] = tuple(parse(line) for line in value)
        except BadMessage as error:
            raise BadMessage(f"{place}: {key}: {error}") from error
    return Catalogue(texts, lists)


def _entries(folder: Path) -> Iterator[tuple[str, str, Any]]:
    """File name, key and value of every entry of a language."""
    for path in sorted(folder.glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from ((path.name, key, value) for key, value in _flat(raw))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _check_parity(ru: Catalogue, en: Catalogue) -> None:
    lone = (ru.texts.keys() ^ en.texts.keys()) | (ru.lists.keys() ^ en.lists.keys())
    if lone:
        raise BadMessage(f"only one language has: {', '.join(sorted(lone))}")
    for key, message in ru.texts.items():
        if message.variables != en.texts[key].variables:
            raise BadMessage(f"the variables of {key} differ between languages")
    for key, messages in ru.lists.items():
        if _variables(messages) != _variables(en.lists[key]):
            raise BadMessage(f"the variables of {key} differ between languages")


def _variables(messages: Iterable[Message]) -> frozenset[str]:
    return frozenset(name for message in messages for name in message.variables)


def _check_causes(catalogue: Catalogue) -> None:
    for code, found in CAUSES.items():
        wanted = {f"cause.{code}.{part}" for part in ("title", "text", "button")} if found.has_page else set()
        missing = wanted - catalogue.texts.keys()
        if missing or (found.has_page and f"cause.{code}.steps" not in catalogue.lists):
            raise BadMessage(f"cause {code} lacks a text")
