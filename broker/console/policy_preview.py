"""What other rules would mean: for invented people one by one, and for the directory in numbers. Nobody real is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from broker.console.policy_actions import Supposed, explain_for
from broker.linking.simulation import Change, Simulation
from broker.policy.policies import Policies

# A page has to answer: a larger directory is counted as a whole by the command line.
COUNTED: Final = 20_000
_CHILD: Final = 14
_OF_AGE: Final = 18
_AGES: Final = (8, 13, 14, 16, 18)
_LEVELS: Final = ("confirmed", "standard", "simplified")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules answer to an invented person. `verdict`: allow, prove or refuse; `cause` why not, 0 for allow."""

    verdict: str
    cause: int


@dataclass(frozen=True, slots=True)
class Invented:
    """Somebody who does not exist: `role` and whole years, with an account of Gosuslugi of this level that matches the card."""

    role: str
    age: int
    level: str
    before: Outcome
    after: Outcome


def preview(before: Policies, after: Policies, region: str, day: date) -> tuple[Invented, ...]:
    """Every invented person under both rules, on a local day of the region."""
    where = (region, day)
    return tuple(Invented(*who, _outcome(before, where, who), _outcome(after, where, who)) for who in _people())


def counted(simulation: Simulation) -> Mapping[str, Any]:
    """How many of the directory gain and lose access, by region; `is_whole` says whether everybody was asked."""
    seen: Counter[tuple[str, Change]] = Counter()
    for one in islice(simulation.run(), COUNTED):
        seen[one.region, one.change] += 1
    regions = [
        {"region": region or "none", **{change.value: seen[region, change] for change in Change if change is not Change.NONE}}
        for region in sorted({region for region, _ in seen})
    ]
    return {"people": seen.total(), "is_whole": seen.total() < COUNTED or simulation.count() <= COUNTED, "regions": regions}


def _people() -> Iterator[tuple[str, int, str]]:
    for age in _AGES:
        levels = (*_LEVELS, "child") if age < _CHILD else _LEVELS
        yield from (("pupil", age, level) for level in levels)
    for role in ("parent", "teacher"):
        yield from ((role, 40, level) for level in _LEVELS)


def _outcome(policies: Policies, where: tuple[str, date], who: tuple[str, int, str]) -> Outcome:
    (region, day), (role, age, level) = where, who
    supposed = Supposed(region=region, day=day, age=age, roles=(role,), level=level, child_of_parent=age < _OF_AGE)
    told = explain_for(policies, supposed)
    return Outcome(told["verdict"], next(iter(told["causes"]), 0))
