"""Which proofs have served: marks on the shelf, one for each showing of a password and each trip to the upstream."""

from __future__ import annotations

from datetime import timedelta

from broker.foundation.encoding import digest
from broker.login.attempt import Attempt
from broker.storage.shelf import Shelf

_TYING = "proof.tying"
_SERVED = "proof.served"
# Longer than a tie takes, short enough that after a crash the same browser goes on at once.
_TYING_FOR = timedelta(seconds=10)


class Proofs:
    """A proof is used by one request at a time, and by none after it has served. Call nothing here inside a unit of work."""

    def __init__(self, shelf: Shelf, kept_for: timedelta):
        """`kept_for` is longer than any attempt lives."""
        self._shelf = shelf
        self._kept_for = kept_for

    def may_use(self, attempt: Attempt) -> bool:
        """True for the one request that uses the proof of an attempt now; its twin waits a moment and finds the work done."""
        # Before and after "is this your diary?" are two turns of one proof.
        turn = "confirmed" if attempt.proof is not None and attempt.proof.is_confirmed else "shown"
        return self._shelf.claim(_TYING, f"{_key(attempt)}.{turn}", _TYING_FOR)

    def has_served(self, attempt: Attempt) -> bool:
        """Whether this very proof was used before: a slow request may have put an old copy of the attempt back."""
        return self._shelf.get(_SERVED, _key(attempt)) is not None

    def note_served(self, attempt: Attempt) -> None:
        """The proof was used. Told after the tie is committed: a crash in between ties the same two again, to no effect."""
        self._shelf.put(_SERVED, _key(attempt), b"1", self._kept_for)


def _key(attempt: Attempt) -> str:
    proof_id = attempt.proof.id if attempt.proof is not None else ""
    return digest(f"{attempt.id} {proof_id} {attempt.authenticated_at}")
