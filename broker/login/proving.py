"""How an attempt changes when somebody shows a diary login and password, or an invitation. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from broker.login.attempt import Attempt, Proof, Refusal


def asking(attempt: Attempt, form: str) -> Attempt:
    """The person asked for a form: first, password or prove. Whoever was proven before is forgotten; an identity stays, since it
    is what a proof is for, except for signing in by password alone."""
    kept = attempt.forgetting_person() if form == "password" else attempt
    return replace(kept, wants=form, refusal=None, proof=None, person_id=None, session_id=None, by_password=False)


def shown_password(attempt: Attempt, person_id: str, proof_id: str) -> Attempt:
    """A diary login and password were right beside an identity: MATCH decides whether they belong together."""
    return replace(attempt, wants="", refusal=None, proof=Proof(person_id, id=proof_id))


def shown_invitation(attempt: Attempt, person_id: str, invitation_id: str) -> Attempt:
    """A temporary password was right: the wizard follows. An identity that is here waits for its end."""
    return replace(attempt, wants="", refusal=None, proof=Proof(person_id, invitation_id))


def doubting(attempt: Attempt, why: Refusal, ends_at: datetime) -> Attempt:
    """The diary did not find itself: a proof is asked for. The identity is kept until `ends_at`, but no shorter than it was."""
    return replace(attempt, doubt=why, proof=None, wants="", ends_at=max(attempt.ends_at, ends_at))


def asking_confirm(attempt: Attempt) -> Attempt:
    """The password was right and one thing differs: the person is asked whether this is their diary."""
    return _with_proof(attempt, asks_confirm=True)


def confirmed(attempt: Attempt) -> Attempt:
    """The person said that it is."""
    return _with_proof(attempt, is_confirmed=True)


def without_proof(attempt: Attempt) -> Attempt:
    """The proof has served or failed; in either case nobody can use it again."""
    return replace(attempt, proof=None)


def own_link(attempt: Attempt) -> Attempt:
    """Without the proof: whatever diary this identity is connected with, not the one whose password was shown."""
    return replace(attempt, proof=None, doubt=None, wants="", refusal=None)


def inside_again(attempt: Attempt) -> Attempt:
    """The trip to connect an upstream came to nothing: back to where it began, as far as that is known."""
    proof = attempt.proof
    if proof is not None and proof.invitation_id is not None:
        back = replace(proof, is_welcomed=False)
        return replace(attempt.forgetting_person(), proof=back)
    if proof is not None and proof.shown_at is not None:
        return in_by_password(attempt, proof.person_id, proof.shown_at)
    return attempt.wanting("")


def finished_wizard(attempt: Attempt) -> Attempt:
    """The invitation was spent, by this attempt: only here does the end of the wizard lead on to Gosuslugi and in."""
    return _with_proof(attempt, is_spent=True)


def welcomed(attempt: Attempt) -> Attempt:
    """The wizard has nothing more to ask; an identity that is here is tied next.

    Raises:
        ValueError: no wizard was finished in this attempt.
    """
    if attempt.proof is None or not attempt.proof.is_spent:
        raise ValueError("no wizard was finished in this attempt")
    return replace(attempt, proof=replace(attempt.proof, is_welcomed=True))


def connecting(attempt: Attempt, connector: str) -> Attempt:
    """From inside to an upstream: whoever was proven stays proven until the browser is back with an identity."""
    proof = attempt.proof
    if proof is None and attempt.by_password and attempt.person_id is not None:
        proof = Proof(attempt.person_id, shown_at=attempt.authenticated_at)
    kept = replace(proof, is_welcomed=proof.is_spent) if proof else None
    return replace(attempt.forgetting_person(), wanted=connector, refuses_session=True, proof=kept)


def in_by_password(attempt: Attempt, person_id: str, at: datetime) -> Attempt:
    """Somebody whom the rules let in by diary login and password alone; the caller has asked `decide_local`."""
    fresh = attempt.forgetting_person()
    return replace(fresh, person_id=person_id, by_password=True, authenticated_at=at, refuses_session=True)


def _with_proof(attempt: Attempt, **changes: Any) -> Attempt:
    return attempt if attempt.proof is None else replace(attempt, proof=replace(attempt.proof, **changes))
