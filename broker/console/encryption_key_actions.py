"""The keys that services encrypt their requests to: which there are, and new ones at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.tokens.decryption_keys import DecryptionKeys


def status(keys: DecryptionKeys) -> Mapping[str, Any]:
    """Every key without its material; one without an end is published."""
    found = [
        {
            "kid": key.kid,
            "kty": key.kind,
            "made_at": key.made_at.isoformat(),
            "ends_at": key.ends_at.isoformat() if key.ends_at is not None else None,
        }
        for key in keys.status()
    ]
    return {"is_on": keys.are_on, "keys": found}


def renew(keys: DecryptionKeys, actor: Actor, *, is_stolen: bool) -> Mapping[str, Any]:
    """New keys from now on; those before them open for two more days, or nothing any more if they were stolen.

    Raises:
        Refused: they are off.
    """
    try:
        return {"published": list(keys.renew(actor, is_emergency=is_stolen))}
    except ValueError as error:
        raise Refused(str(error)) from None
