"""The only place that knows the order of a login."""

from __future__ import annotations

from enum import Enum

from broker.login.attempt import Attempt, Proof
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
    PROVE = "prove"
    CONFIRM = "confirm"
    LINKED = "linked"
    OFFER = "offer"
    CONSENT = "consent"
    FINISH = "finish"
    CAUSE = "cause"
    ANSWER = "answer"


def next_step(attempt: Attempt, facts: Facts) -> Step:
    """CHOOSE -> UPSTREAM -> MATCH -> (CONSENT) -> FINISH -> ANSWER; a live session that fits enters by ADOPT at CONSENT.

    A diary that does not find itself goes MATCH -> PROVE -> MATCH (-> CONFIRM -> MATCH) -> LINKED; the diary password alone leads
    from CHOOSE to OFFER, and from there through UPSTREAM and MATCH or past them; an invitation from FIRST through
    WELCOME. CAUSE is a page that explains a refusal; WAIT stands in for a request that is at work on the same attempt. Pure.
    """
    if attempt.is_over:
        return Step.ANSWER
    if attempt.refusal is not None or facts.cause is not None:
        return Step.CAUSE
    if facts.error:
        return Step.ANSWER
    if not facts.knows_person:
        return _towards_person(attempt, facts)
    if attempt.shows_linked:
        return Step.LINKED
    if facts.offers_linking:
        return Step.OFFER
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
        return _with_identity(attempt, proof)
    if facts.is_returning:
        return Step.WAIT
    if attempt.wanted:
        return Step.UPSTREAM
    if proof is not None and proof.is_spent:
        # Back from Gosuslugi by the back button: the end of the wizard offers it once more.
        return Step.WELCOME
    if facts.session_fits:
        return Step.ADOPT
    return Step.CHOOSE


def _with_identity(attempt: Attempt, proof: Proof | None) -> Step:
    if proof is not None:
        return Step.CONFIRM if proof.asks_confirm and not proof.is_confirmed else Step.MATCH
    return Step.PROVE if attempt.doubt is not None or attempt.wants == "prove" else Step.MATCH
