"""Gathers the cards that may belong to an identity, has each decided by its own region, and asks `match`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from broker.connectors.identity import UpstreamIdentity
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.foundation.normal_forms import age_on, snils_digits
from broker.linking.facts import (
    identity_facts,
    identity_fields,
    is_level_one,
    is_only_parent,
    person_facts,
    region_for,
    school_of,
)
from broker.linking.link import Link
from broker.linking.links import Links
from broker.linking.match import LEVEL_CAUSES, Candidate, match
from broker.linking.outcome import Grounds, Match, Proven, Refused
from broker.linking.prove import prove
from broker.policy.decide import decide
from broker.policy.decision import PersonFacts, Verdict
from broker.policy.policies import Policies


class Matcher:
    """Reads much and writes nothing: tying is the caller's, in one unit of work with what else a sign-in changes."""

    def __init__(self, directory: Directory, links: Links, policies: Policies, now: Callable[[], datetime]):
        self._directory = directory
        self._links = links
        self._policies = policies
        self._now = now

    def match(self, identity: UpstreamIdentity, chosen_region: str) -> Match:
        """Whose account this is, for somebody who chose a region ("" for none)."""
        asked = (chosen_region, self._now())
        return self._by_link(identity, asked) or self._by_card(identity, asked)

    def prove(self, identity: UpstreamIdentity, person: Person, chosen_region: str) -> Proven:
        """Whether the two are one, for somebody who has just shown the diary login and password of `person` while signed in
        upstream as `identity`. The region is the person's own wherever it is not the chosen one: the password has found them.
        """
        link = self._links.find(identity.connector, identity.subject)
        own_link = link if link is not None and link.person_id == person.id else None
        candidate = self._candidate(identity, person, own_link, (chosen_region, self._now()), proven=True)
        day = self._policies.of_region(candidate.region).local_day(self._now())
        return prove(identity, candidate, link, day)

    def _by_link(self, identity: UpstreamIdentity, asked: tuple[str, datetime]) -> Match | None:
        link = self._links.find(identity.connector, identity.subject)
        if link is None:
            return None
        person = self._directory.find_person(link.person_id)
        return match(identity, [self._candidate(identity, person, link, asked)] if person else [])

    def _by_card(self, identity: UpstreamIdentity, asked: tuple[str, datetime]) -> Match:
        chosen_region, at = asked
        # Before any card is looked for: the answer is the same whether there is one or not.
        refused = self._refused_by_itself(identity, chosen_region, at) if is_level_one(identity) else None
        if refused is not None:
            return refused
        candidates = [self._candidate(identity, person, None, asked) for person in self._people(identity)]
        if any(candidate.link is not None for candidate in candidates):
            # The same person in another browser may have been tied since we looked: then the card's link is this identity's.
            tied_meanwhile = self._by_link(identity, asked)
            if tied_meanwhile is not None:
                return tied_meanwhile
        apart = self._directory.kept_apart([found.person.id for found in candidates]) if len(candidates) > 1 else ()
        return match(identity, candidates, apart)

    def _people(self, identity: UpstreamIdentity) -> tuple[Person, ...]:
        digits = snils_digits(identity.snils)
        found = {person.id: person for person in self._directory.with_snils(digits)} if digits else {}
        named = self._directory.with_name_and_birth_date(
            identity.surname, identity.name, identity.patronymic, identity.birth_date
        )
        return tuple((found | {person.id: person for person in named}).values())

    def _candidate(
        self,
        identity: UpstreamIdentity,
        person: Person,
        own_link: Link | None,
        asked: tuple[str, datetime],
        *,
        proven: bool = False,
    ) -> Candidate:
        chosen, at = asked
        region = region_for(person, self._policies.of_region(chosen).local_day(at), chosen)
        policy = self._policies.of_region(region)
        day = policy.local_day(at)
        children = self._directory.children_count(person.id) if is_only_parent(person, day) else 0
        facts = person_facts(person, day, children, region)
        return Candidate(
            person=person,
            decision=decide(policy, facts, identity_facts(identity, linked=own_link is not None, proven=proven), at),
            region=region,
            link=own_link or self._links.of_person(person.id),
            is_own_link=own_link is not None,
            is_elsewhere=bool(chosen) and region != chosen,
            school_id=school_of(person, day),
        )

    def _refused_by_itself(self, identity: UpstreamIdentity, region: str, at: datetime) -> Refused | None:
        """A level that opens no card of the chosen region, for somebody of the age the account claims.

        The claimed age can only choose between two refusals here; what a card allows is decided by the card.
        """
        policy = self._policies.of_region(region)
        born = identity.birth_date
        is_child = born is not None and age_on(born, policy.local_day(at)) < 18
        facts = PersonFacts(
            fields=identity_fields(identity),
            roles=("pupil",) if is_child else ("parent",),
            in_school=True,
            left_school=False,
            activated=True,
            blocked=False,
            children=1,
            region=region,
        )
        decision = decide(policy, facts, identity_facts(identity, linked=False), at)
        if decision.verdict is not Verdict.REFUSE or not LEVEL_CAUSES & set(decision.causes[:1]):
            return None
        return Refused(Grounds(decision.causes, rule=decision.rule, policy_version=decision.policy_version, region=region))
