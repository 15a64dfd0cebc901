"""The only place that knows the order of a login."""

from __future__ import annotations

from enum import Enum

from broker.login.attempt import Attempt
from broker.login.facts import Facts


class Step(Enum):
    """What happens next with an attempt."""

    CHOOSE = "choose"
    ADOPT = "adopt"
    UPSTREAM = "upstream"
    WAIT = "wait"
    FIRST = "first"
    WELCOME = "welcome"
    MATCH = "match"
    CONSENT = "consent"
    FINISH = "finish"
    CAUSE = "cause"
    ANSWER = "answer"


def next_step(attempt: Attempt, facts: Facts) -> Step:
    """CHOOSE -> UPSTREAM -> MATCH -> (CONSENT) -> FINISH -> ANSWER; a live session that fits enters by ADOPT at CONSENT.

    CAUSE is a page that explains a refusal; WAIT stands in for a request that is at work on the same attempt. Pure.
    """
    if attempt.is_over:
        return Step.ANSWER
    if attempt.refusal is not None or facts.cause is not None:
        return Step.CAUSE
    if facts.error:
        return Step.ANSWER
    if not facts.knows_person:
        return _towards_person(attempt, facts)
    if facts.missing_items:
        return Step.CONSENT
    return Step.FINISH


def _towards_person(attempt: Attempt, facts: Facts) -> Step:
    proof = attempt.proof
    if attempt.wants == "first":
        return Step.FIRST
    if proof is not None and proof.invitation_id is not None and not proof.is_welcomed:
        return Step.WELCOME
    if attempt.identity is not None:
        return Step.MATCH
    if facts.is_returning:
        return Step.WAIT
    if attempt.wanted:
        return Step.UPSTREAM
    if facts.session_fits:
        return Step.ADOPT
    return Step.CHOOSE
