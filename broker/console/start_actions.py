"""The first start of a house: master key, tables, keys, and the link by which the first security officer comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broker.console.refused import Refused
from broker.foundation.outside import Outside
from broker.storage import migrate
from broker.storage.database import Database
from keys.master import make_master_key_file
from keys.settings import KeySettings
from keys.store import KeyStore


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first command of all needs: the rest of the house cannot open yet."""

    settings: KeySettings
    outside: Outside

    def prepare(self, database: Database) -> Mapping[str, Any]:
        """Make the master key where the settings say, only when there is none, and bring the tables up to this release.

        Raises:
            Refused: the database holds keys and the master key is gone; a new one would open none of them.
        """
        path = Path(self.settings.master_key_file)
        is_file = not (self.settings.master_key or self.settings.master_key_credential)
        is_missing = is_file and not path.exists()
        migrate.upgrade(database)
        if is_missing and KeyStore(database).signing_keys():
            raise Refused("The database holds keys, but keys.master_key_file is gone: bring it back from its backup.")
        if is_missing:
            make_master_key_file(path, self.outside.random)
        return {"master_key": "made" if is_missing else "kept", "revision": migrate.current(database)}
