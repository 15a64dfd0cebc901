"""Settings of DPoP (RFC 9449)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

NONCE_FOR = ("nobody", "fapi2", "everybody")


@dataclass(frozen=True, kw_only=True, slots=True)
class DpopSettings:
    """Owned by provider/caller; see `[dpop]` in config/defaults.toml.

    A proof counts for `proof_life` after it was made. `nonce_for` says whose proofs must hold a nonce of ours, each of which is
    accepted for `nonce_life` at least and twice that at most (RFC 9449 8).
    """

    proof_life: timedelta = timedelta(seconds=60)
    nonce_for: str = "fapi2"
    nonce_life: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        if self.nonce_for not in NONCE_FOR:
            raise ValueError(f"dpop.nonce_for must be one of {', '.join(NONCE_FOR)}")
        if not timedelta(seconds=10) <= self.proof_life <= timedelta(minutes=5):
            raise ValueError("dpop.proof_life must be between ten seconds and five minutes")
        if not timedelta(seconds=30) <= self.nonce_life <= timedelta(hours=1):
            raise ValueError("dpop.nonce_life must be between thirty seconds and one hour")
