"""What a signing key is to the rest of the house: a name, what it can do, and where it is in its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class KeyState(Enum):
    """announced: published, signs nothing yet. signing: the one signer. verifying: signs no more, its tokens still live.
    retired: unpublished, its tokens have ended. destroyed: the private half is gone, the row stays for the history.
    revoked: unpublished, disbelieved, the private half gone, at once."""

    ANNOUNCED = "announced"
    SIGNING = "signing"
    VERIFYING = "verifying"
    RETIRED = "retired"
    DESTROYED = "destroyed"
    REVOKED = "revoked"


class KeyUse(Enum):
    """What a key signs. audit: the journal's checkpoints and reports, by a ring of its own that no service ever sees."""

    TOKENS = "tokens"
    AUDIT = "audit"

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that must have a signer."""
        return tuple(Family) if self is KeyUse.TOKENS else (Family.ED25519,)


# A key may be revoked from anywhere: a private half may have been copied before it was destroyed.
MOVES: dict[KeyState, frozenset[KeyState]] = {
    KeyState.ANNOUNCED: frozenset({KeyState.SIGNING, KeyState.RETIRED, KeyState.REVOKED}),
    KeyState.SIGNING: frozenset({KeyState.VERIFYING, KeyState.REVOKED}),
    KeyState.VERIFYING: frozenset({KeyState.RETIRED, KeyState.REVOKED}),
    KeyState.RETIRED: frozenset({KeyState.DESTROYED, KeyState.REVOKED}),
    KeyState.DESTROYED: frozenset({KeyState.REVOKED}),
    KeyState.REVOKED: frozenset(),
}


class Family(Enum):
    """One kind of key material. There is one signer a family, so RS256 and PS256 share a key and a kid."""

    RSA = "rsa"
    P256 = "p256"
    ED25519 = "ed25519"

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The JWS algorithms its keys serve (RFC 7518 3.1, RFC 8037 3.1)."""
        return _ALGORITHMS[self]


_ALGORITHMS = {Family.RSA: ("RS256", "PS256"), Family.P256: ("ES256",), Family.ED25519: ("EdDSA",)}


def family_of(algorithm: str) -> Family:
    """Whose keys make signatures of `algorithm`.

    Raises:
        ValueError: no key of ours can.
    """
    for family in Family:
        if algorithm in family.algorithms:
            return family
    raise ValueError("no key of ours serves this algorithm")


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A signing key without its material. `moved_at` is when it came into its present state; `where` its private half is."""

    kid: str
    family: Family
    state: KeyState
    made_at: datetime
    moved_at: datetime
    use: KeyUse = KeyUse.TOKENS
    where: str = "software"

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The JWS algorithms it serves."""
        return self.family.algorithms
