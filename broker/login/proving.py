"""How an attempt changes when somebody shows a diary login and password, or an invitation. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from broker.login.attempt import Attempt, Proof


def asking(attempt: Attempt, form: str) -> Attempt:
    """The person asked for a form: first, password or prove. Whoever was proven before is forgotten; an identity stays, since it
    is what a proof is for, except for signing in by password alone."""
    kept = attempt.forgetting_person() if form == "password" else attempt
    return replace(kept, wants=form, refusal=None, proof=None, person_id=None, session_id=None)


def shown_password(attempt: Attempt, person_id: str) -> Attempt:
    """A diary login and password were right beside an identity: MATCH decides whether they belong together."""
    return replace(attempt, wants="", refusal=None, proof=Proof(person_id))


def shown_invitation(attempt: Attempt, person_id: str, invitation_id: str) -> Attempt:
    """A temporary password was right: the wizard follows. An identity that is here waits for its end."""
    return replace(attempt, wants="", refusal=None, proof=Proof(person_id, invitation_id))


def welcomed(attempt: Attempt) -> Attempt:
    """The wizard has nothing more to ask; an identity that is here is tied next.

    Raises:
        ValueError: no invitation was shown in this attempt.
    """
    if attempt.proof is None or attempt.proof.invitation_id is None:
        raise ValueError("nobody was invited in this attempt")
    return replace(attempt, proof=replace(attempt.proof, is_welcomed=True))


def connecting(attempt: Attempt, connector: str) -> Attempt:
    """From inside to an upstream: whoever was proven stays proven until the browser is back with an identity."""
    proof = attempt.proof
    if proof is None and attempt.by_password and attempt.person_id is not None:
        proof = Proof(attempt.person_id)
    kept = replace(proof, is_welcomed=proof.invitation_id is not None) if proof else None
    return replace(attempt.forgetting_person(), wanted=connector, refuses_session=True, proof=kept)


def in_by_password(attempt: Attempt, person_id: str, at: datetime) -> Attempt:
    """Somebody whom the rules let in by diary login and password alone; the caller has asked `decide_local`."""
    fresh = attempt.forgetting_person()
    return replace(fresh, person_id=person_id, by_password=True, authenticated_at=at, refuses_session=True)
