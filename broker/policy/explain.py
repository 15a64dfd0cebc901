"""A decision in words, for one person and any day: why in, why not, by which rule."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from broker.policy.decide import Examined, examine
from broker.policy.decision import Decision, IdentityFacts, PersonFacts
from broker.policy.entry import entry_on
from broker.policy.local import examine_local
from broker.policy.rules import GOSUSLUGI, LocalPassword, RegionPolicy

SENTENCES_FILE = Path(__file__).with_name("sentences.toml")
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence in both languages. `key` is stable and says which; no personal value stands in it."""

    key: str
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision for a local day and the sentences that lead to it, in order. `local` is about the diary password alone."""

    decision: Decision
    local: Decision
    day: date
    lines: tuple[Line, ...]

    def in_language(self, language: str) -> tuple[str, ...]:
        """The sentences in `ru` or `en`; any other language reads English."""
        return tuple(line.ru if language == "ru" else line.en for line in self.lines)


class Sentences:
    """The room's sentences by dotted key."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]):
        self._texts = texts

    def line(self, key: str, **words: str) -> Line:
        """One sentence filled in.

        Raises:
            KeyError: no such sentence, or one of its words is missing; a programming error that a test finds.
        """
        text = self._texts[key]
        return Line(key, text["ru"].format(**words), text["en"].format(**words))

    def keys(self) -> frozenset[str]:
        """Every key there is."""
        return frozenset(self._texts)


def load_sentences(path: Path = SENTENCES_FILE) -> Sentences:
    """Reads the sentences; called once where the program is put together."""
    return Sentences(dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")))))


def explain(policy: RegionPolicy, person: PersonFacts, identity: IdentityFacts, day: date, sentences: Sentences) -> Explanation:
    """What `decide` and `decide_local` would answer on a local day of the region, past or future, and why."""
    examined, local = examine(policy, person, identity, day), examine_local(policy, person, day)
    lines = tuple(sentences.line(key, **words) for key, words in _story(policy, examined, identity, day))
    lines += tuple(_field_lines(examined.decision, sentences))
    lines += tuple(sentences.line(key, **words) for key, words in _outcome(examined.decision))
    lines += tuple(sentences.line(key) for key in _entry(policy, person, examined, (local, day)))
    keys = (examined.decision.warning_key, local.decision.warning_key)
    lines += tuple(sentences.line(key, **words) for key, words in _announced(policy, day, keys))
    return Explanation(examined.decision, local.decision, day, lines)


def _story(policy: RegionPolicy, examined: Examined, identity: IdentityFacts, day: date) -> Iterator[tuple[str, Words]]:
    names = {"region_ru": policy.name_ru, "region_en": policy.name_en}
    yield "day", {**names, "day": day.isoformat(), "zone": policy.zone}
    period, rule = examined.period, examined.rule
    if period is None:
        yield "no_period", {}
        return
    yield "period", {"from_on": period.from_on.isoformat(), "basis_ru": period.basis_ru, "basis_en": period.basis_en}
    if rule is None:
        return
    yield "rule", {"rule": examined.decision.rule}
    yield ("age", {"age": str(examined.age)}) if examined.age is not None else ("age_unknown", {})
    if (identity.upstream, *period.upstreams) != (GOSUSLUGI, GOSUSLUGI):
        yield "upstreams", {"names": ", ".join(period.upstreams), "upstream": identity.upstream}
    yield f"level.{rule.level.value}", {}
    if identity.linked:
        yield "linked", {}
    elif not rule.match:
        yield "nothing_compared", {}


def _field_lines(decision: Decision, sentences: Sentences) -> Iterator[Line]:
    for field, match in decision.compared:
        word = sentences.line(f"match.{match.value}")
        yield sentences.line(f"field.{field}", match_ru=word.ru, match_en=word.en)


def _outcome(decision: Decision) -> Iterator[tuple[str, Words]]:
    for cause in decision.causes:
        yield f"cause.{cause}", {}
    yield f"verdict.{decision.verdict.value}", {}


def _entry(policy: RegionPolicy, person: PersonFacts, examined: Examined, also: tuple[Examined, date]) -> Iterator[str]:
    """What the diary password is good for, whether connecting may wait, and what the wizard asks."""
    local, day = also
    period = examined.period
    if period is None:
        return
    entry = entry_on(policy, person, day)
    yield f"password.{entry.local_password.value}"
    yield from (f"cause.{cause}" for cause in local.decision.causes if cause not in examined.decision.causes)
    yield f"local.{local.decision.verdict.value}"
    if entry.local_password is LocalPassword.ALLOWED:
        yield "skip.yes" if entry.may_skip_linking else "skip.no"
    yield f"contacts.{entry.contacts.value}"


def _announced(policy: RegionPolicy, day: date, keys: tuple[str | None, ...]) -> Iterator[tuple[str, Words]]:
    coming = policy.announced_on(day) if any(keys) else None
    if coming is not None and coming.warning is not None:
        yield "coming", {"from_on": coming.from_on.isoformat(), "warning_ru": coming.warning.ru, "warning_en": coming.warning.en}


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Tables that hold `ru` and `en` are sentences; other tables are parts of a dotted key."""
    for key, value in table.items():
        if not isinstance(value, dict):
            continue
        if {"ru", "en"} == value.keys():
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")
