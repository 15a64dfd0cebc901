"""A parent is in: what their upstream says of their children, beside what the school says. The parent is told nothing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from broker.audit.catalogue_upstream import ChildrenCompared
from broker.audit.event import SYSTEM
from broker.cases.case import CHILDREN_DIFFER, Failure
from broker.connectors.identity import UpstreamIdentity
from broker.directory.person import Person
from broker.linking.kin import Kin, KinFound
from broker.login.attempt import Attempt
from broker.login.neighbours import Neighbours


def compares_children(rooms: Neighbours, region: str) -> bool:
    """Whether the rules of today compare children here. Where they do not, nobody asks for them and nobody keeps them."""
    policy = rooms.policies.of_region(region)
    period = policy.period_on(policy.local_day(rooms.outside.now()))
    return period is not None and period.compares_children


def without_needless(rooms: Neighbours, region: str, identity: UpstreamIdentity) -> UpstreamIdentity:
    """The identity without what nobody here has a use for: children where they are not compared, and what the upstream could be
    asked again with where that is not done."""
    children = identity.children if compares_children(rooms, region) else None
    return replace(identity, children=children, keepsake=identity.keepsake if rooms.keepsakes is not None else None)


def kin_of(rooms: Neighbours, attempt: Attempt, person: Person) -> KinFound | None:
    """What differs; None where nothing was compared, so that what was found before still holds."""
    if attempt.identity is None or attempt.identity.children is None or not compares_children(rooms, attempt.region):
        return None
    return Kin(rooms.directory).compared(attempt.identity, person, _day(rooms, attempt))


def note_kin(rooms: Neighbours, attempt: Attempt, whose: tuple[Person, str | None], found: KinFound) -> None:
    """Part of the unit of work that opens the session. A finding is told once: whoever has looked into it and closed the case is
    not asked the same again at every sign-in. `whose`: the parent, and the fingerprint of their account."""
    person, subject = whose
    if attempt.identity is None or not rooms.links.note_kin(person.id, found.form):
        return
    rooms.journal.append(_event(person.id, attempt.identity.connector, found), SYSTEM)
    if not found.is_equal:
        rooms.cases.open(
            Failure(
                cause=CHILDREN_DIFFER,
                real_cause=CHILDREN_DIFFER,
                region=attempt.region,
                client_id=attempt.client_id,
                person_id=person.id,
                subject_print=subject,
                compared=found.compared,
            )
        )


def _event(person_id: str, connector: str, found: KinFound) -> ChildrenCompared:
    differing = sum(1 for pair in found.pairs if pair.differing)
    return ChildrenCompared(
        person_id=person_id,
        connector=connector,
        equal=len(found.pairs) - differing,
        differing=differing,
        unrecorded=len(found.unrecorded),
        unnamed=len(found.unnamed),
        elsewhere=found.elsewhere,
    )


def _day(rooms: Neighbours, attempt: Attempt) -> date:
    return rooms.policies.of_region(attempt.region).local_day(rooms.outside.now())
