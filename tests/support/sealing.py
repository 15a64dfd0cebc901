"""A vault that can seal and fingerprint but not sign: making signing keys is what takes time, and most rooms sign nothing."""

from __future__ import annotations

from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.purposes import Purpose
from keys.vault import Vault
from tests.rooms.keys.vaults import vault_over


def sealing_vault(database: Database, outside: Outside) -> Vault:
    """The real sealer and fingerprints over a fresh database."""
    vault = vault_over(database, outside)
    inside = vault._inside
    with inside.store.changing(inside.secrets.forget) as changes:
        for purpose in Purpose:
            inside.secrets.make(changes, purpose)
    return vault
