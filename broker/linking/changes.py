"""What an upstream takes back: a level that went down, a permission withdrawn. What rests on it ends where the region says so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from broker.audit.catalogue_upstream import LevelLowered, UpstreamConsentWithdrawn
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.directory import Directory
from broker.linking.facts import regions_of
from broker.linking.link import Link
from broker.linking.links import Links
from broker.policy.policies import Policies
from broker.storage.database import Database

LOWERED, WITHDRAWN = "level_lowered", "consent_withdrawn"
_RUNG = {Level.NOT_CONFIRMED: 0, Level.CHILD: 2, Level.CONFIRMED: 4}


def surety(level: Level, is_standard: bool, is_of_parent: bool) -> int:
    """How sure an account is, to be compared with the same account at another time: confirmed, a child's (tied to a parent, or
    not), not confirmed with a checked SNILS, and without."""
    besides = {Level.NOT_CONFIRMED: is_standard, Level.CHILD: is_of_parent, Level.CONFIRMED: False}
    return _RUNG[level] + besides[level]


@dataclass(frozen=True, slots=True)
class Changes:
    """`end_resting(person_id, connector, levels, cause)` ends a person's sessions and grants that began through an upstream at
    one of these levels, by the one path; `tell(person_id, kind, language)` writes them a letter."""

    database: Database
    directory: Directory
    links: Links
    policies: Policies
    journal: Journal
    now: Callable[[], datetime]
    end_resting: Callable[[str, str, Collection[str], str], object]
    tell: Callable[[str, str, str], object]

    def seen(self, identity: UpstreamIdentity, language: str = "ru") -> bool:
        """Compare what the upstream says of an account with what it said last, before anything is decided on it. True if it is
        less now; then that is remembered, and what began when it was more has ended, if the region says so."""
        link = self.links.find(identity.connector, identity.subject)
        if link is None:
            return False
        before = surety(link.level, link.is_standard, link.is_of_parent)
        now = surety(identity.level, identity.snils is not None, identity.child_of_parent)
        if now >= before:
            return False
        ends = self.ends_for(link.person_id)
        with self.database.work():
            if not self.links.lower(link, identity):
                # Another request has seen it, too, and was faster.
                return False
            self.journal.append(
                LevelLowered(link.person_id, link.connector, link.level.value, identity.level.value, ends), SYSTEM
            )
            if ends:
                self.end_resting(link.person_id, link.connector, _surer(link, identity), LOWERED)
                self.tell(link.person_id, LOWERED, language)
        return True

    def withdrawn(self, person_id: str, connector: str, seen: str, end: Callable[[], object]) -> bool:
        """Somebody known has taken back the permission to tell us who they are. Whether the region ends what rests on it; then
        `end` has been called in the same unit of work. `seen`: sign_in or refresh."""
        ends = self.ends_for(person_id)
        with self.database.work():
            self.journal.append(UpstreamConsentWithdrawn(person_id, connector, seen, ends), SYSTEM)
            if ends:
                end()
        return ends

    def ends_for(self, person_id: str) -> bool:
        """Whether one of the regions that may speak of a person says so; the chosen one is not asked, for anybody may choose."""
        person = self.directory.find_person(person_id)
        at = self.now()
        regions = regions_of(person, self.policies.default.local_day(at)) if person is not None else ()
        found = [self.policies.of_region(region) for region in regions or ("",)]
        periods = [policy.period_on(policy.local_day(at)) for policy in found]
        return any(period is None or period.ends_what_rests for period in periods)


def _surer(link: Link, identity: UpstreamIdentity) -> tuple[str, ...]:
    """The words of the levels that no longer hold; the same word too, where only what stood behind it has gone."""
    surer = (level for level in Level if _RUNG[level] > _RUNG[identity.level] or level is link.level is identity.level)
    return tuple(level.value for level in surer)
