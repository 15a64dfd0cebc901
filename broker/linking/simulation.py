"""Who would gain and who would lose access if other rules held, or on another day: the whole directory, person by person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from broker.directory.directory import Directory
from broker.directory.person import Role, School
from broker.foundation.normal_forms import age_on
from broker.linking.everybody_store import Anybody, EverybodyStore
from broker.policy.policies import Policies
from broker.policy.rules import RegionPolicy
from broker.policy.simulate import TROUBLE, Profile, Standpoint, Way, standpoint
from broker.storage.database import Database

_FIELDS = ("surname", "name", "snils", "birth_date", "sex")


class Change(Enum):
    """`harder` and `easier`: in on both days, by a way that asks more or less of the person."""

    LOSES = "loses"
    GAINS = "gains"
    HARDER = "harder"
    EASIER = "easier"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules and the local day on which they are asked; `day` None means each region's own today."""

    policies: Policies
    day: date | None
    today: Callable[[RegionPolicy], date]

    def day_of(self, policy: RegionPolicy) -> date:
        return self.day or self.today(policy)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What becomes of one person. `school_id` is the school that could help, "" without one."""

    person_id: str
    region: str
    school_id: str
    before: Standpoint
    after: Standpoint

    @property
    def change(self) -> Change:
        return change_of(self.before.way, self.after.way)

    @property
    def cause(self) -> int:
        """What keeps the person out, or makes it harder; for a change to the better, what did before."""
        better = TROUBLE[self.after.way] < TROUBLE[self.before.way]
        return self.before.cause if better else self.after.cause


class Simulation:
    """Asks both sets of rules about everybody. The same question is answered once: few profiles differ."""

    def __init__(self, database: Database, directory: Directory, before: Rules, after: Rules):
        self._store = EverybodyStore(database, directory.cards)
        self._schools: Mapping[str, School] = {school.id: school for school in directory.schools()}
        self._before, self._after = before, after
        self._answers: dict[tuple[bool, str, Profile], Standpoint] = {}

    def count(self) -> int:
        """How many people there are."""
        return self._store.count()

    def run(self) -> Iterator[Simulated]:
        """Everybody, one by one; changed or not."""
        return map(self._simulated, self._store.everybody())

    def _simulated(self, one: Anybody) -> Simulated:
        region, school_id = self._home(one)
        return Simulated(one.id, region, school_id, self._best(one, self._before), self._best(one, self._after))

    def _best(self, one: Anybody, rules: Rules) -> Standpoint:
        """With schools in two regions either may be chosen at the sign-in."""
        day = rules.day_of(rules.policies.default)
        regions = tuple(dict.fromkeys(self._schools[place[0]].region for place in self._speaking(one, day))) or ("",)
        if len(regions) == 1:
            return self._answer(one, rules, regions[0])
        return min((self._answer(one, rules, region) for region in regions), key=lambda found: TROUBLE[found.way])

    def _answer(self, one: Anybody, rules: Rules, region: str) -> Standpoint:
        policy = rules.policies.of_region(region)
        day = rules.day_of(policy)
        profile = self._profile(one, day)
        asked = (rules is self._before, policy.code, profile)
        found = self._answers.get(asked)
        if found is None:
            found = self._answers[asked] = standpoint(policy, profile, day)
        return found

    def _profile(self, one: Anybody, day: date) -> Profile:
        card, roles = one.card, self._roles(one, day)
        return Profile(
            roles=roles,
            age=None if card.birth_date is None else age_on(card.birth_date, day),
            in_school=bool(one.places),
            left_school=bool(one.places) and not roles,
            activated=one.is_activated,
            blocked=one.is_blocked,
            has_children=one.has_children,
            lacks=frozenset(field for field in _FIELDS if not getattr(card, field)),
            has_password=one.has_password,
            level=one.level,
            is_standard=one.is_standard,
            is_of_parent=one.is_of_parent,
            paused=one.is_paused,
            upstream=one.upstream,
        )

    def _roles(self, one: Anybody, day: date) -> tuple[str, ...]:
        held = (role for school, role, left_on in one.places if self._schools[school].is_open and (not left_on or day < left_on))
        return tuple(dict.fromkeys(Role(role).value for role in held))

    def _speaking(self, one: Anybody, day: date) -> tuple[tuple[str, str, date | None], ...]:
        current = tuple(place for place in one.places if self._schools[place[0]].is_open and (not place[2] or day < place[2]))
        return current or one.places

    def _home(self, one: Anybody) -> tuple[str, str]:
        places = self._speaking(one, self._before.day_of(self._before.policies.default))
        return (self._schools[places[0][0]].region, places[0][0]) if places else ("", "")


def change_of(before: Way, after: Way) -> Change:
    """What a step from one way in to another means for the person."""
    if TROUBLE[before] == TROUBLE[after]:
        return Change.NONE
    if Way.NONE in (before, after):
        return Change.LOSES if after is Way.NONE else Change.GAINS
    return Change.HARDER if TROUBLE[after] > TROUBLE[before] else Change.EASIER
