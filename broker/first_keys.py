"""The keys a house starts with and keeps fresh: part of the composition root, for the vault journals nothing itself."""

from __future__ import annotations

from typing import Protocol

from broker.audit.catalogue import KeyMade
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.storage.database import Database
from broker.tokens.decryption_keys import DecryptionKeys
from config.settings import Settings
from keys.vault import Vault


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
    """Make the keys that are missing. Needs an application context and the tables."""
    # Keys are committed before the event that tells of them: an event about a key that never was would be worse.
    made = rooms.vault.ensure()
    if made:
        with rooms.database.work():
            for key in made:
                rooms.journal.append(KeyMade(kid=key.kid, state=key.state.value), SYSTEM)
    decryption_keys_of(rooms).keep()
