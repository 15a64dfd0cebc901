"""Who gains and who loses access if other rules held, or on another day: counted by region, school and cause."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from broker.console.refused import Refused
from broker.linking.simulation import Change, Simulated, Simulation
from broker.policy.policies import Policies, PolicyFilesBroken, check_change, load_policies, load_with

ASSUMED = (
    "Connected people: their Gosuslugi account is as it was at their last sign-in.",
    "People who are not connected: their Gosuslugi account says the same as the card; it is a child account tied to a parent's"
    " below 14, a confirmed one tied to a parent's below 18, else a confirmed one.",
    "The cards, schools and passwords are those of today.",
    "loses and gains: in on one of the two days only. harder and easier: in on both, but the password alone no longer is enough"
    " (or is enough again), or a proof with the diary password is asked for (or no longer).",
)
_TELLS_EVERY = 2000
_COLUMNS = ("region", "school", "change", "cause", "people")
_PERSON = ("person_id", "region", "school", "change", "cause", "before", "after")


@dataclass(frozen=True, slots=True)
class Question:
    """`from_on` None means each region's own today. `rules` is a region file to suppose, None for the files in use."""

    on: date
    from_on: date | None
    directory: Path
    rules: Path | None


def policies_of(question: Question) -> tuple[Policies, Policies]:
    """The rules in use and the supposed ones. Raises Refused when either may not be used."""
    try:
        used = load_policies(question.directory)
        supposed = used if question.rules is None else load_with(question.directory, question.rules)
    except PolicyFilesBroken as broken:
        raise Refused("The region files may not be used: " + "; ".join(broken.problems)) from None
    return used, supposed


def report(
    simulation: Simulation, question: Question, progress: Callable[[int], None], note: Callable[[Simulated], None]
) -> Mapping[str, Any]:
    """Run through everybody. `progress` is told how many were seen, `note` every person for whom something changes."""
    seen: Counter[tuple[str, str]] = Counter()
    changes: Counter[tuple[str, str, str, int]] = Counter()
    for number, one in enumerate(simulation.run(), start=1):
        seen[one.region, one.change.value] += 1
        if one.change is not Change.NONE:
            changes[one.region, one.school_id, one.change.value, one.cause] += 1
            note(one)
        if number % _TELLS_EVERY == 0:
            progress(number)
    if seen.total() % _TELLS_EVERY:
        progress(seen.total())
    return {
        "from": question.from_on.isoformat() if question.from_on else "today",
        "on": question.on.isoformat(),
        "rules": question.rules.name if question.rules else "in use",
        "people": seen.total(),
        "regions": [_region(region, seen) for region in sorted({region for region, _ in seen})],
        "changes": [dict(zip(_COLUMNS, (*key, count), strict=True)) for key, count in sorted(changes.items())],
        "assumed": list(ASSUMED),
    }


def early_changes(used: Policies, supposed: Policies, now: datetime) -> tuple[str, ...]:
    """Why the supposed rules could not be put into use as they are: sentences of `policy check`."""
    return check_change(used, supposed, now)


def as_csv(answer: Mapping[str, Any]) -> list[str]:
    """The changes as lines of CSV (RFC 4180), headings first."""
    return list(_lines([_COLUMNS, *(tuple(row[name] for name in _COLUMNS) for row in answer["changes"])]))


def person_line(one: Simulated) -> str:
    """One changed person as a line of CSV: identifiers and codes only."""
    cells = (one.person_id, one.region, one.school_id, one.change.value, one.cause, one.before.way.value, one.after.way.value)
    return next(_lines([cells]))


def person_headings() -> str:
    """The first line above `person_line`."""
    return next(_lines([_PERSON]))


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for row in rows:
        text = StringIO()
        csv.writer(text, lineterminator="").writerow(row)
        yield text.getvalue()


def _region(region: str, seen: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    counts = {change.value: seen[region, change.value] for change in Change if change is not Change.NONE}
    return {"region": region or "none", "people": sum(n for (of, _), n in seen.items() if of == region), **counts}
