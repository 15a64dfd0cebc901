"""What staff may know about signing keys: which there are, what they serve, where they are in their life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keys.vault import Vault


def status(vault: Vault) -> Mapping[str, Any]:
    """Every signing key without its material, and whether tokens can be signed at all."""
    keys = [
        {
            "kid": key.kid,
            "algorithms": list(key.algorithms),
            "state": key.state.value,
            "made_at": key.made_at.isoformat(),
            "moved_at": key.moved_at.isoformat(),
        }
        for key in vault.ring.status()
    ]
    return {"can_sign": vault.ring.can_sign(), "keys": keys}
