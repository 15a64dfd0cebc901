"""Vaults for the tests of keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from broker.foundation import jose
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.settings import KeySettings
from keys.signing.key import KeyInfo, KeyState
from keys.vault import Vault, open_vault

MASTER = b64url(bytes(range(32)))


def vault_over(database: Database, outside: Outside, **settings: Any) -> Vault:
    """A vault with a fixed master key, as one process has it."""
    return open_vault(KeySettings(master_key=MASTER, **settings), database, outside)


def ready_vault(database: Database, outside: Outside, **settings: Any) -> Vault:
    """The same after `ensure`."""
    vault = vault_over(database, outside, **settings)
    vault.ensure()
    return vault


def file_with(path: Path, text: str, mode: int = 0o600) -> Path:
    """A file with exactly this mode."""
    path.write_text(text)
    path.chmod(mode)
    return path


def signer(vault: Vault, algorithm: str = "ES256") -> KeyInfo:
    """The present signer of an algorithm."""
    return next(key for key in vault.ring.status() if key.state is KeyState.SIGNING and algorithm in key.algorithms)


def kid_of(token: str) -> str:
    """Whose signature a token says it has."""
    return str(jose.unverified_header(token)["kid"])
