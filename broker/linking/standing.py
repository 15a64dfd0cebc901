"""Is this person still allowed today: asked for every live session and for every token."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.linking.facts import is_only_parent, person_facts, regions_of, tied_facts
from broker.linking.link import Link
from broker.linking.links import Links
from broker.policy.decision import Decision, Verdict
from broker.policy.local import decide_local
from broker.policy.policies import Policies
from broker.policy.tied import TiedDecisions

NOT_FOUND, UPSTREAM_GONE = 3101, 2104
# What a session calls the way in by diary login and password alone. Its level is "not_confirmed": nobody has checked who it is.
DIARY = "diary"


@dataclass(frozen=True, slots=True)
class Stand:
    """`cause` is the catalogue code of a refusal, 0 when allowed. `person` is None only if there is no such person any more."""

    person: Person | None
    decision: Decision

    @property
    def is_allowed(self) -> bool:
        return self.decision.verdict is Verdict.ALLOW

    @property
    def cause(self) -> int:
        if self.is_allowed:
            return 0
        return self.decision.causes[0] if self.decision.causes else NOT_FOUND


class Standing:
    """`connector_names` are the upstreams in use: a person signed in through another one is not allowed any more."""

    def __init__(
        self,
        directory: Directory,
        links: Links,
        policies: Policies,
        connector_names: Collection[str],
        now: Callable[[], datetime],
    ):
        self._directory = directory
        self._links = links
        self._policies = policies
        self._connector_names = frozenset(connector_names)
        self._now = now
        self._tied = TiedDecisions(policies)

    def of(self, person_id: str, connector: str, level: str, authenticated_at: datetime | None) -> Stand:
        """Whether somebody who signed in through `connector` at `level` may be here now. One question to the database.

        A sign-in older than the link rests on another link that has been untied since: whoever was tied to this person by
        mistake must not come back the moment the right one is tied. None, nobody knows when, is such a sign-in too.

        A session opened with the diary password alone (`connector` is DIARY) stands as long as the rules let the password in.
        """
        found = self._links.with_card(person_id, self._directory)
        if found is None:
            return Stand(None, _refusal(NOT_FOUND))
        person, link = found
        if connector == DIARY:
            return Stand(person, self._best(person, partial(self._decide_local, person)))
        if connector not in self._connector_names:
            return Stand(person, _refusal(UPSTREAM_GONE))
        if link is None or link.connector != connector or authenticated_at is None or authenticated_at < link.linked_at:
            return Stand(person, _refusal(NOT_FOUND))
        return Stand(person, self._best(person, partial(self._decide, person, link, level)))

    def _best(self, person: Person, decided: Callable[[str, datetime], Decision]) -> Decision:
        at = self._now()
        own = regions_of(person, self._policies.default.local_day(at)) or ("",)
        decisions = [decided(region, at) for region in own]
        for found in decisions:
            # With schools in two regions a fresh sign-in could choose either, so either keeps the person in.
            if found.verdict is Verdict.ALLOW:
                return found
        return decisions[0]

    def _decide(self, person: Person, link: Link, level: str, region: str, at: datetime) -> Decision:
        policy = self._policies.of_region(region)
        day = policy.local_day(at)
        coming = policy.announced_on(day)
        days = (day, None if coming is None else coming.from_on)
        return self._tied.of(region, tied_facts(person, link, level, days, self._directory.children_count))

    def _decide_local(self, person: Person, region: str, at: datetime) -> Decision:
        policy = self._policies.of_region(region)
        day = policy.local_day(at)
        return decide_local(policy, person_facts(person, day, self._children(person, day), region), at)

    def _children(self, person: Person, day: date) -> int:
        return self._directory.children_count(person.id) if is_only_parent(person, day) else 0


def _refusal(cause: int) -> Decision:
    return Decision(Verdict.REFUSE, (cause,), rule="", policy_version="")
