"""What `decide` takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from broker.policy.rules import GOSUSLUGI


class Verdict(Enum):
    """allow: in. prove: show the diary login and password once. refuse: not in, with reasons."""

    ALLOW = "allow"
    PROVE = "prove"
    REFUSE = "refuse"


class Match(Enum):
    """One compared field, after normal forms."""

    SAME = "matches"
    DIFFERS = "differs"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"


@dataclass(frozen=True, slots=True)
class Fields:
    """What can be compared, from the diary card or from the upstream. None or "" means absent. Hidden from repr()."""

    surname: str | None = None
    name: str | None = None
    patronymic: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    snils: str | None = None

    def __repr__(self) -> str:
        return "Fields(...)"


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """The card and its state. `roles` are those held today in open schools (role words of the directory).

    `in_school` is False when there is no membership at all; `left_school` when there were some and all have ended or closed.
    `children` counts a parent's pupils in the diary. `paused`: the sign-in is closed for a while.
    """

    fields: Fields
    roles: tuple[str, ...]
    in_school: bool
    left_school: bool
    activated: bool
    blocked: bool
    children: int
    region: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """The upstream side. `level`: confirmed | not_confirmed | child. `linked`: this identity is already tied to this card,
    so fields are not compared again, only level, needs and state. `proven`: the diary login and password of this card were shown
    beside it, so what cannot be compared is no longer asked for; what differs still is an objection. `upstream` is whose word it
    is, by the name of the connector."""

    fields: Fields
    level: str
    child_of_parent: bool
    checks_pending: bool
    linked: bool
    proven: bool = False
    upstream: str = GOSUSLUGI


@dataclass(frozen=True, slots=True)
class Decision:
    """`causes` are catalogue codes, the most important first, empty for allow. `rule` names the rule that spoke
    (`29/2024-07-01/adults`), `policy_version` is the digest of the region file it came from. `compared` says what each compared
    field gave. `warning_key` announces a coming stricter rule, or None."""

    verdict: Verdict
    causes: tuple[int, ...]
    rule: str
    policy_version: str
    compared: tuple[tuple[str, Match], ...] = ()
    warning_key: str | None = None
