"""The keys a house starts with and keeps fresh: part of the composition root, for the vault journals nothing itself."""

from __future__ import annotations

from typing import Protocol

from broker.audit.catalogue import KeyMade
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.storage.database import Database
from broker.tokens.decryption_keys import DecryptionKeys
from config.settings import Settings
from keys.secrets.secret_keys import VaultLocked
from keys.vault import Vault

_WRONG_MASTER_KEY = (
    "keys.master_key_file does not hold the master key of this database: name the right one, and while it is being changed the"
    " one before it in keys.master_key_previous_file"
)


class KeyRooms(Protocol):
    """What the house has built by then."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def vault(self) -> Vault: ...


def decryption_keys_of(rooms: KeyRooms) -> DecryptionKeys:
    """The keys that services encrypt their requests to."""
    return DecryptionKeys(rooms.vault.opener, rooms.database, rooms.journal, rooms.settings.tokens.decryption_key_life)


def make_keys(rooms: KeyRooms) -> None:
    """Make the keys that are missing. Needs an application context and the tables.

    Raises:
        ValueError: the master key is not that of this database; one sentence that names the setting.
    """
    try:
        made = rooms.vault.ensure()
    except VaultLocked:
        raise ValueError(_WRONG_MASTER_KEY) from None
    # Keys are committed before the event that tells of them: an event about a key that never was would be worse.
    if made:
        with rooms.database.work():
            for key in made:
                rooms.journal.append(KeyMade(kid=key.kid, state=key.state.value), SYSTEM)
    decryption_keys_of(rooms).keep()
