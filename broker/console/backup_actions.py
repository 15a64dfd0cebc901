"""A copy of the house under a passphrase, and its return: nothing that could be used once can be used again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from broker.audit.archive import write_file
from broker.audit.catalogue import KeyMade
from broker.audit.catalogue_house import BackupMade, HouseRestored
from broker.audit.catalogue_keys import KeyRevoked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console import backup_store
from broker.console.backup_store import LEFT_OUT, Unfinished, find_unfinished, journal_end
from broker.console.refused import Refused
from broker.foundation.locked_file import COST, SALT_SIZE, FileBroken, locked, opened
from broker.foundation.outside import Outside
from broker.storage.backup.reading import About, NotEmpty, load, look_through
from broker.storage.backup.rows import BackupBroken, compressed, lines_from
from broker.storage.backup.writing import Contents, backup_lines
from broker.storage.database import Database
from keys.master_store import require_opens
from keys.secrets.secret_keys import VaultLocked
from keys.settings import KeySettings
from keys.signing.key import KeyState
from keys.signing.lifecycle import MoveRefused
from keys.signing.rotation import UnknownKey
from keys.vault import open_vault

SHORTEST_PASSPHRASE: Final = 16


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A backup as a file. `cost` is the binary logarithm of scrypt's N."""

    path: Path
    passphrase: str
    cost: int = COST

    def __post_init__(self) -> None:
        if len(self.passphrase) < SHORTEST_PASSPHRASE:
            raise Refused(f"The passphrase needs {SHORTEST_PASSPHRASE} characters at least.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a restore is to do besides. `replace` is the name of a database that may lose what it holds, "" for none; `revoked`
    are keys that were revoked after the backup and would be believed again."""

    replace: str = ""
    revoked: tuple[str, ...] = ()


def make_backup(books: tuple[Database, Journal], outside: Outside, file: LockedFile, actor: Actor) -> Mapping[str, Any]:
    """Write the present instant of the database into a new file, which has its name only when it is whole and on the disk.

    Raises:
        Refused: there is such a file, or it cannot be written.
    """
    (database, journal), made_at = books, outside.now()
    lines = backup_lines(database, Contents(made_at, journal_end, LEFT_OUT))
    try:
        write_file(file.path, locked(compressed(lines), file.passphrase, outside.random(SALT_SIZE), file.cost))
    except FileExistsError:
        raise Refused("There is such a file already; a backup is never written over.") from None
    except OSError:
        raise Refused("The backup cannot be written there.") from None
    # Only what can be read again is a backup.
    about = _looked_through(file)
    with database.work():
        journal.append(BackupMade(_head(about)), actor)
    return {"file": str(file.path), "bytes": file.path.stat().st_size, **_described(about)}


def check(file: LockedFile) -> Mapping[str, Any]:
    """What a backup holds, after reading it to its end; touches no database.

    Raises:
        Refused: it does not open, or is not whole.
    """
    return _described(_looked_through(file))


@dataclass(frozen=True, slots=True)
class Restoring:
    """The return of a backup, or the end of one that was stopped."""

    database: Database
    settings: KeySettings
    outside: Outside

    def restore(self, file: LockedFile, wanted: Wanted, actor: Actor) -> Mapping[str, Any]:
        """Bring a backup into the database and close everything of the old time. Stopped at any instant, the database is as it
        was, or holds all of the backup and stays shut until the same command has run once more.

        Raises:
            Refused: the file is not whole, the database holds something, or the master key is not that of the backup.
        """
        about = _looked_through(file)
        self._require_named(wanted.replace)
        if (unfinished := self._unfinished()) is None or wanted.replace:
            unfinished = self._load(file, replace=bool(wanted.replace))
        elif unfinished.backup_at != about.made_at:
            raise Refused("Another backup was being restored here: finish that one, or begin anew with --replace.")
        return {**_described(about), **self._finish(unfinished, wanted.revoked, actor)}

    def _load(self, file: LockedFile, *, replace: bool) -> Unfinished:
        begun: list[Unfinished] = []

        def closing(connection: Any, about: About) -> None:
            require_opens(self.settings, self.outside.random, connection)
            begun.append(Unfinished(self.outside.uuid(), about.made_at, _head(about), self.outside.now()))
            backup_store.close_everything(connection, begun[0])

        with _said(), _lines(file) as lines:
            load(self.database, lines, closing, replace=replace)
        return begun[0]

    def _finish(self, restore: Unfinished, revoked: tuple[str, ...], actor: Actor) -> Mapping[str, Any]:
        with _said():
            vault = open_vault(self.settings, self.database, self.outside)
            # An earlier release had no keys for the journal; the next entry is under them.
            made = vault.ensure()
            journal = Journal(self.database, vault.fingerprints, self.outside)
            sessions, grants = backup_store.closed_by(self.database, restore)
            with self.database.work():
                if not backup_store.finish(self.database, restore.id, self.outside.now()):
                    raise Refused("Somebody else has finished it a moment ago.")
                backup_at = restore.backup_at.isoformat()
                for key in made:
                    journal.append(KeyMade(key.kid, key.state.value), actor)
                journal.append(HouseRestored(restore.id, restore.head_seq, backup_at, sessions, grants), actor)
                for kid in revoked:
                    moved = vault.keeper.revoke(kid)
                    journal.append(KeyRevoked(kid, moved[1].kid if len(moved) > 1 else ""), actor)
        believed = [key.kid for key in vault.keeper.all() if key.state not in _DISBELIEVED]
        return {"sessions_ended": sessions, "grants_ended": grants, "revoked": list(revoked), "believed_keys": believed}

    def _unfinished(self) -> Unfinished | None:
        return find_unfinished(self.database) if backup_store.has_tables(self.database) else None

    def _require_named(self, typed: str) -> None:
        name = Path(self.database.engine.url.database or "").name
        if typed and typed != name:
            raise Refused("Type the name of the database after --replace: everything in it will be gone.")


_DISBELIEVED: Final = frozenset({KeyState.RETIRED, KeyState.DESTROYED, KeyState.REVOKED})


def require_finished(database: Database) -> None:
    """Raises ValueError, one sentence, while a restore waits for its end: the journal does not say yet what happened."""
    if find_unfinished(database) is not None:
        raise ValueError("a restore of this database was stopped before its end: run the same broker restore once more")


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (FileBroken, OSError):
        raise Refused("The file does not open: another passphrase, or it was changed or cut off.") from None
    except BackupBroken as broken:
        raise Refused(f"The backup cannot be used: {broken.reason}.") from None
    except NotEmpty as full:
        raise Refused(f"Nothing is restored into this database: {full}.") from None
    except VaultLocked:
        raise Refused("keys.master_key_file is not the master key of this backup; nothing was restored.") from None
    except UnknownKey:
        raise Refused("There is no key with this name in the backup: run it again without it; the house stays shut.") from None
    except MoveRefused as refused:
        raise Refused(f"A key cannot be revoked: {refused.reason}. Run it again without it; the house stays shut.") from None
    except ValueError as error:
        raise Refused(str(error)) from None


@contextmanager
def _lines(file: LockedFile) -> Iterator[Iterator[Mapping[str, Any]]]:
    with file.path.open("rb") as opened_file:
        yield lines_from(opened(opened_file, file.passphrase))


def _looked_through(file: LockedFile) -> About:
    with _said(), _lines(file) as lines:
        return look_through(lines)


def _head(about: About) -> int:
    found = about.facts.get("head_seq", 0)
    return found if isinstance(found, int) else 0


def _described(about: About) -> dict[str, Any]:
    made_at: datetime = about.made_at
    return {
        "made_at": made_at.isoformat(),
        "revision": about.revision,
        "head_seq": _head(about),
        "head_hash": str(about.facts.get("head_hash", "")),
        "rows": sum(about.rows.values()),
    }
