"""A refusal with its case: what the person reads aloud, and what the school will see under that number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from broker.cases.case import Failure
from broker.connectors.identity import UpstreamIdentity
from broker.linking.facts import normal_fields
from broker.login.attempt import Attempt, Refusal
from broker.login.causes_shown import refusal_of
from broker.login.neighbours import Neighbours

# Causes under whose number the school can look something up (screens.md 2.3, last column). The others keep a number of their own,
# which means something only in our log.
CASE_CAUSES = frozenset(
    {2109, 2110, 2111, 2112, 2115, 3113, 3114, 3115, 3116, 3201, 3202, 3204, 4003, 4004, 4005, 7009} | set(range(3101, 3112))
)


@dataclass(frozen=True, slots=True)
class Happened:
    """`real_cause` is what the school must know; the page may say less. `person_id` is the card it is about."""

    cause: int
    real_cause: int
    person_id: str | None = None
    compared: tuple[tuple[str, str], ...] = ()


def refusal_with_case(rooms: Neighbours, attempt: Attempt, happened: Happened) -> Refusal:
    """A refusal, now; where the school can help, with the number of its case. The same failure again has the same number."""
    refusal = refusal_of(rooms, happened.cause)
    if happened.cause not in CASE_CAUSES:
        return refusal
    identity = attempt.identity
    failure = Failure(
        cause=happened.cause,
        real_cause=happened.real_cause,
        region=attempt.region,
        client_id=attempt.client_id,
        person_id=happened.person_id,
        subject_print=subject_of(rooms, identity),
        compared=happened.compared,
        said=normal_fields(identity) if identity is not None else {},
    )
    return replace(refusal, case_number=rooms.cases.open(failure).number)


def subject_of(rooms: Neighbours, identity: UpstreamIdentity | None) -> str | None:
    """The journal's fingerprint of an upstream account."""
    return None if identity is None else rooms.journal.fingerprint(identity.connector, identity.subject)
