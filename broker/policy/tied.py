"""Decisions about identities that are tied to their card: asked for every live session and every token, so each is made once.

Nothing of such a card is compared any more. What is left to decide by says nothing of who somebody is, and is the same for
hundreds of people of a region.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

from broker.policy.decide import examine_by_age
from broker.policy.decision import Decision, Fields, IdentityFacts, PersonFacts
from broker.policy.policies import Policies

# A region, a day, every age and what sorts of people there are come to a few hundred.
_MOST_REMEMBERED = 4096


class Tied(NamedTuple):
    """All that such a decision rests on: what is not in here cannot count. A tuple, because it is looked up by every request.

    `age` is that of `day`, `age_then` that of the first day of rules which are announced on it; None for an unknown age.
    """

    day: date
    age: int | None
    age_then: int | None
    roles: tuple[str, ...]
    in_school: bool
    activated: bool
    blocked: bool
    paused: bool
    children: int
    level: str
    child_of_parent: bool
    has_checked_snils: bool
    upstream: str


class TiedDecisions:
    """As `decide` by the rules of these files, which do not change while the process lives."""

    def __init__(self, policies: Policies):
        self._made = lru_cache(maxsize=_MOST_REMEMBERED)(partial(_decide_tied, policies))

    def of(self, region: str, tied: Tied) -> Decision:
        """Whether somebody of whom this is known may be here on the day, by the rules of the region."""
        return self._made(region, tied)


def _decide_tied(policies: Policies, region: str, tied: Tied) -> Decision:
    person = PersonFacts(
        fields=Fields(),
        roles=tied.roles,
        in_school=tied.in_school,
        left_school=tied.in_school and not tied.roles,
        activated=tied.activated,
        blocked=tied.blocked,
        children=tied.children,
        region=region,
        paused=tied.paused,
    )
    identity = IdentityFacts(
        fields=Fields(snils="checked" if tied.has_checked_snils else None),
        level=tied.level,
        child_of_parent=tied.child_of_parent,
        checks_pending=False,
        linked=True,
        upstream=tied.upstream,
    )
    policy = policies.of_region(region)
    return examine_by_age(
        policy, (person, identity), tied.day, lambda day: tied.age if day == tied.day else tied.age_then
    ).decision
