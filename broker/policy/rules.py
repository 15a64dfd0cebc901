"""The rules of one region as frozen values: what a region file says once it has been read and checked."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

ROLES = ("pupil", "parent", "teacher", "school_administrator")
FIELDS = ("surname", "name", "patronymic", "snils", "birth_date", "sex")
NEEDS = ("school", "activated", "children")
# The upstream of a region that names none.
GOSUSLUGI = "esia"


class LevelAsked(Enum):
    """The least an upstream account must be. `standard` is confirmed, or not confirmed with a checked SNILS."""

    ANY = "any"
    STANDARD = "standard"
    CONFIRMED = "confirmed"
    CONFIRMED_OR_CHILD = "confirmed_or_child"
    ATTACHED_TO_PARENT = "attached_to_parent"


class NothingToCompare(Enum):
    """What follows when a demanded field is absent on one side, or no field is demanded at all."""

    PROVE = "prove"
    REFUSE = "refuse"


class LocalPassword(Enum):
    """What the diary login and password are good for. Members stand from the most open to the strictest."""

    ALLOWED = "allowed"
    FIRST_SIGN_IN = "first_sign_in"
    CLOSED = "closed"


class Contacts(Enum):
    """What the wizard demands: a phone or an e-mail, or both."""

    ONE = "one"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Group:
    """People a rule speaks of. `from_age` is inclusive, `below_age` exclusive, both in whole years."""

    roles: tuple[str, ...] = ROLES
    from_age: int | None = None
    below_age: int | None = None

    def covers(self, roles: frozenset[str], age: int | None) -> bool:
        """Whether somebody with one of `roles` and of this age may belong here. An unknown age may be any age."""
        if roles.isdisjoint(self.roles):
            return False
        if age is None:
            return True
        return (self.from_age is None or age >= self.from_age) and (self.below_age is None or age < self.below_age)


@dataclass(frozen=True, slots=True)
class Rule:
    """`match` fields must be equal; `match_if_both` only when both sides have them. `needs` are words of NEEDS."""

    name: str
    who: tuple[Group, ...]
    level: LevelAsked
    match: tuple[str, ...]
    match_if_both: tuple[str, ...]
    nothing_to_compare: NothingToCompare
    needs: frozenset[str]
    local_password: LocalPassword
    contacts: Contacts

    def covers(self, roles: frozenset[str], age: int | None) -> bool:
        """Whether the rule may speak of somebody with one of these roles and this age."""
        return any(group.covers(roles, age) for group in self.who)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What people read before the period begins, from the local day `shown_from_on`. `key` is `29/2024-07-01`."""

    key: str
    shown_from_on: date
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Period:
    """Rules in force from local midnight of `from_on` until the next period. `upstreams` are those whose word counts, by the
    names of `login.connectors`. `compares_children`: the children that a parent's upstream names are compared with the school's
    record. `ends_what_rests`: a level lowered or a consent withdrawn at the upstream ends the sign-ins that rest on it."""

    from_on: date
    basis_ru: str
    basis_en: str
    may_skip_linking: bool
    warning: Announcement | None
    rules: tuple[Rule, ...]
    upstreams: tuple[str, ...] = (GOSUSLUGI,)
    compares_children: bool = False
    ends_what_rests: bool = True


@dataclass(frozen=True, slots=True)
class Support:
    """Who helps in the region when the school cannot."""

    phone: str
    mail: str
    hours_ru: str
    hours_en: str


@dataclass(frozen=True, slots=True)
class RegionPolicy:
    """One region file. `zone` is an IANA name; `version` is the digest of the file; `periods` stand in order of their days."""

    code: str
    slug: str
    name_ru: str
    name_en: str
    zone: str
    hosts: tuple[str, ...]
    support: Support
    periods: tuple[Period, ...]
    version: str
    zone_info: ZoneInfo = field(compare=False, repr=False)

    def local_day(self, at: datetime) -> date:
        """The calendar day of an instant in the region.

        Raises:
            ValueError: `at` has no time zone, so it is no instant.
        """
        if at.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return at.astimezone(self.zone_info).date()

    def period_on(self, day: date) -> Period | None:
        """The period in force on a local day; None before the first."""
        count = bisect_right(self.periods, day, key=lambda period: period.from_on)
        return self.periods[count - 1] if count else None

    def announced_on(self, day: date) -> Period | None:
        """The next period, if its warning is already shown on this day."""
        for period in self.periods:
            if day < period.from_on:
                return period if period.warning is not None and period.warning.shown_from_on <= day else None
        return None
