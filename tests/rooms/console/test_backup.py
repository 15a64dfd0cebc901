"""A house comes back from its backup, on either database and from one to the other; nothing of the old time can be used again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, insert, select, text

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console import backup_actions
from broker.console.backup_actions import LockedFile, Restoring, Wanted, make_backup, require_finished
from broker.console.refused import Refused
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.storage import migrate
from broker.storage.database import Database
from broker.storage.settings import StorageSettings
from keys.settings import KeySettings
from keys.signing.key import KeyState
from keys.vault import Vault, open_vault
from tests.support.clock import Clock
from tests.support.servers import fresh_postgres_database
from tests.support.tables import all_tables, one_row_each

OPERATOR = Actor("cli", "root")
MASTER = KeySettings(master_key=b64url(bytes(range(32))))
OTHER_MASTER = KeySettings(master_key=b64url(bytes(range(1, 33))))
PASSPHRASE = "correct horse battery"
TABLES = all_tables()
# Of these one row is what a house of one row is; the vault and the journal write theirs.
OWN = {"signing_key", "secret_key", "audit_entry", "audit_head", "audit_start", "audit_checkpoint", "audit_alias", "opening_key"}
NO_END = {"ended_at": None, "ended_cause": None, "used_at": None, "cancelled_at": None, "decided_at": None, "outcome": None}
TO_COME = datetime(2027, 9, 1, tzinfo=UTC)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    app = Flask("test")
    database = Database(app, StorageSettings(url=url))
    with app.app_context():
        yield database
    database.close()


def furnish(database: Database, outside: Outside) -> tuple[Vault, Journal]:
    """A house with one row of everything, all of it open and usable."""
    migrate.upgrade(database)
    vault = open_vault(MASTER, database, outside)
    vault.ensure()
    rows = one_row_each(TABLES)
    with database.work() as session:
        for table in TABLES.sorted_tables:
            if table.name in OWN or table.name == "house_restore":
                continue
            row = rows[table.name] | {name: None for name in NO_END if name in table.columns}
            if table.name in ("session", "oauth_grant"):
                row["ends_at"] = TO_COME
            if table.name == "letter":
                row["state"] = "waiting"
            session.execute(insert(table).values(**row))
    return vault, Journal(database, vault.fingerprints, outside)


def saved(database: Database, outside: Outside, path: Path) -> LockedFile:
    _, journal = furnish(database, outside)
    file = LockedFile(path, PASSPHRASE, cost=10)
    make_backup((database, journal), outside, file, OPERATOR)
    return file


def contents(database: Database) -> dict[str, list[Any]]:
    with database.engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in TABLES.sorted_tables}


@pytest.fixture
def file(tmp_path: Path, outside: Outside) -> LockedFile:
    with opened(f"sqlite:///{tmp_path}/before.sqlite") as database:
        return saved(database, outside, tmp_path / "house.backup")


WAYS = ("sqlite-sqlite", *(pytest.param(way, marks=pytest.mark.postgres) for way in ("pg-pg", "sqlite-pg", "pg-sqlite")))


@pytest.fixture(params=WAYS)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where a house was, and where it comes back."""
    source, target = request.param.split("-")
    if source == target == "sqlite":
        yield f"sqlite:///{tmp_path}/one.sqlite", f"sqlite:///{tmp_path}/other.sqlite"
        return
    with fresh_postgres_database() as one, fresh_postgres_database() as other:
        yield (
            one if source == "pg" else f"sqlite:///{tmp_path}/one.sqlite",
            other if target == "pg" else f"sqlite:///{tmp_path}/other.sqlite",
        )


def test_it_comes_back_with_every_row_and_nothing_of_it_can_be_used(
    pair: tuple[str, str], tmp_path: Path, outside: Outside, clock: Clock
) -> None:
    with opened(pair[0]) as database:
        file = saved(database, outside, tmp_path / "house.backup")
        before = contents(database)
    clock.advance(timedelta(hours=3))

    with opened(pair[1]) as database:
        said = Restoring(database, MASTER, outside).restore(file, Wanted(), OPERATOR)
        after = contents(database)
        require_finished(database)
        vault = open_vault(MASTER, database, outside)
        journal = Journal(database, vault.fingerprints, outside)
        told = journal.tail(10)

        assert (1, 1) == (said["sessions_ended"], said["grants_ended"])
        changed = {name for name in before if before[name] != after[name]}
        assert {
            "session", "oauth_grant", "invitation", "two_person_request", "letter", "staff_link", "short_lived", "house_restore",
            "audit_entry", "audit_head", "upstream_keepsake",
        } == changed  # fmt: skip
        assert [] == after["short_lived"] == after["staff_link"] == after["upstream_keepsake"]
        with database.engine.connect() as connection:
            for name, column in (
                ("session", "ended_at"), ("oauth_grant", "ended_at"), ("invitation", "cancelled_at"),
                ("two_person_request", "decided_at"),
            ):  # fmt: skip
                table = TABLES.tables[name]
                assert 0 == connection.execute(select(func.count()).where(table.c[column].is_(None))).scalar(), name
            assert [(None,)] == connection.execute(text("SELECT refresh_hash FROM oauth_grant")).all()
            assert [("given_up", None)] == connection.execute(text("SELECT state, sealed FROM letter")).all()
        assert "house.restored" == told[-1].name and said["head_seq"] == told[-1].fields["head_seq"]
        assert journal.verify().is_whole


def test_a_key_that_was_revoked_after_the_backup_is_revoked_again(file: LockedFile, tmp_path: Path, outside: Outside) -> None:
    with opened(f"sqlite:///{tmp_path}/after.sqlite") as database:
        with opened(f"sqlite:///{tmp_path}/before.sqlite") as old:
            stolen = next(key.kid for key in open_vault(MASTER, old, outside).keeper.all() if key.state is KeyState.SIGNING)

        said = Restoring(database, MASTER, outside).restore(file, Wanted(revoked=(stolen,)), OPERATOR)

        states = {key.kid: key.state for key in open_vault(MASTER, database, outside).keeper.all()}
        assert KeyState.REVOKED is states[stolen] and stolen not in said["believed_keys"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: data[:-1], "does not open"),
        (lambda data: data[: len(data) // 2], "does not open"),
        (lambda data: data + b"x", "does not open"),
        (lambda data: data[:200] + bytes((data[200] ^ 1,)) + data[201:], "does not open"),
        (lambda data: b"something else", "does not open"),
        (lambda data: b"", "does not open"),
    ],
)
def test_a_file_that_is_not_whole_writes_nothing(
    file: LockedFile, tmp_path: Path, outside: Outside, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    file.path.write_bytes(spoil(file.path.read_bytes()))

    with opened(f"sqlite:///{tmp_path}/after.sqlite") as database:
        with pytest.raises(Refused, match=sentence):
            Restoring(database, MASTER, outside).restore(file, Wanted(), OPERATOR)

        assert migrate.current(database) is None


def test_another_passphrase_another_master_key_and_a_full_house_are_refused(
    file: LockedFile, tmp_path: Path, outside: Outside
) -> None:
    def refusal(database: Database, keys: KeySettings, chosen: LockedFile, wanted: Wanted) -> str:
        with pytest.raises(Refused) as refused:
            Restoring(database, keys, outside).restore(chosen, wanted, OPERATOR)
        return str(refused.value)

    with opened(f"sqlite:///{tmp_path}/after.sqlite") as database:
        wrong = LockedFile(file.path, PASSPHRASE + "!", cost=10)
        assert "does not open" in refusal(database, MASTER, wrong, Wanted())
        assert "master_key" in refusal(database, OTHER_MASTER, file, Wanted())
        assert migrate.current(database) is None

    with opened(f"sqlite:///{tmp_path}/before.sqlite") as database:
        whole = contents(database)
        assert "not empty" in refusal(database, MASTER, file, Wanted())
        assert "Type the name" in refusal(database, MASTER, file, Wanted(replace="another.sqlite"))
        assert "master_key" in refusal(database, OTHER_MASTER, file, Wanted(replace="before.sqlite"))
        assert whole == contents(database)
        Restoring(database, MASTER, outside).restore(file, Wanted(replace="before.sqlite"), OPERATOR)
        assert "house.restored" == Journal(database, open_vault(MASTER, database, outside).fingerprints, outside).tail(1)[0].name


def test_a_backup_of_the_release_before_comes_up_to_this_one(tmp_path: Path, outside: Outside) -> None:
    with opened(f"sqlite:///{tmp_path}/old.sqlite") as database:
        migrate.upgrade(database, "0003")
        with database.work() as session:
            session.execute(text("INSERT INTO school (id, region, name_ru, name_en, is_open) VALUES ('s', '29', 'a', 'b', 1)"))
            session.execute(
                text(
                    "INSERT INTO session (id, secret_hash, person_id, connector, level, methods, region, authenticated_at,"
                    " opened_at, seen_at, ends_at) VALUES ('x', 'h', 'p', 'esia', 'standard', '', '29', '2026-09-01',"
                    " '2026-09-01', '2026-09-01', '2027-09-01')"
                )
            )
        file = LockedFile(tmp_path / "old.backup", PASSPHRASE, cost=10)
        contents_of = backup_actions.Contents(outside.now(), lambda _connection: {"head_seq": 0}, backup_actions.LEFT_OUT)
        lines = backup_actions.compressed(backup_actions.backup_lines(database, contents_of))
        file.path.write_bytes(b"".join(backup_actions.locked(lines, PASSPHRASE, bytes(16), 10)))

    with opened(f"sqlite:///{tmp_path}/new.sqlite") as database:
        said = Restoring(database, MASTER, outside).restore(file, Wanted(), OPERATOR)

        assert ("0003", 1) == (said["revision"], said["sessions_ended"])
        assert migrate.head() == migrate.current(database)


def _dies_at(step: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is gone, as by kill -9, before its n-th statement (from 0); whether it got there."""
    child = os.fork()
    if child == 0:
        try:
            seen = iter(range(step))

            @event.listens_for(Engine, "before_cursor_execute")
            def count(*_about: object) -> None:
                if next(seen, None) is None:
                    os._exit(9)

            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def _steps(act: Callable[[], object]) -> tuple[int, int]:
    """How many statements it takes until everything is there, and until the journal says so."""
    statements: list[int] = []
    commits: list[int] = []

    def count(*_about: object) -> None:
        statements.append(1)

    def note(*_about: object) -> None:
        commits.append(len(statements))

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", note)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
        event.remove(Engine, "commit", note)
    loaded = next(at for at in commits if at > 100)
    return loaded, commits[-1]


def test_a_restore_that_is_killed_leaves_nothing_or_a_house_that_stays_shut(
    file: LockedFile, tmp_path: Path, outside: Outside
) -> None:
    def restore(name: str) -> None:
        with opened(f"sqlite:///{tmp_path}/{name}.sqlite") as database:
            Restoring(database, MASTER, outside).restore(file, Wanted(), OPERATOR)

    loaded, told = _steps(lambda: restore("whole"))
    # Before anything, in the tables, among the rows, at the last statement before they are there; then before the journal knows.
    for step, is_there in (
        (0, False), (loaded // 2, False), (loaded - 1, False), (loaded, True), (told - 1, True),
    ):  # fmt: skip
        assert _dies_at(step, partial(restore, str(step))), step
        with opened(f"sqlite:///{tmp_path}/{step}.sqlite") as database:
            assert is_there == (migrate.current(database) is not None), step
            if is_there:
                with pytest.raises(ValueError, match="was stopped before its end"):
                    require_finished(database)
            Restoring(database, MASTER, outside).restore(file, Wanted(), OPERATOR)
            require_finished(database)


def test_a_backup_that_is_killed_has_no_name(tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(f"sqlite:///{tmp_path}/before.sqlite") as database:
        furnish(database, outside)
    path = tmp_path / "house.backup"

    def backup() -> None:
        with opened(f"sqlite:///{tmp_path}/before.sqlite") as database:
            vault = open_vault(MASTER, database, outside)
            make_backup(
                (database, Journal(database, vault.fingerprints, outside)), outside, LockedFile(path, PASSPHRASE, 10), OPERATOR
            )

    for step in (0, 10, 40):
        assert _dies_at(step, backup)
        assert not path.exists()
    monkeypatch.setattr("broker.audit.archive.os.fsync", lambda _handle: os._exit(9))
    assert _dies_at(10**6, backup) and not path.exists()
    monkeypatch.undo()
    assert not _dies_at(10**6, backup) and path.exists()
