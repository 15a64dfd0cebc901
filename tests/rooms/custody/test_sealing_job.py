"""Everything sealed comes under the present key, whoever writes or dies meanwhile."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, insert, select, update

from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.clients.shared_secrets import _bound as bound_of_client_secret
from broker.console.secret_care import open_care
from broker.custody import jobs_walk
from broker.custody.jobs_sealing import SealedPart
from broker.custody.jobs_store import Job, JobStore, SealedRows
from broker.custody.secrets_care import SecretCare
from broker.custody.secrets_open import CareTools
from broker.directory.card import NO_PRINTS, Card, Cardbox
from broker.directory.card_changes_store import _owner as bound_of_change
from broker.directory.contact import Kind
from broker.directory.contacts import Contacts
from broker.directory.duplicates_store import _owner as bound_of_merge
from broker.directory.tables import PersonRow
from broker.foundation.outside import Outside, real_outside
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.linking.tables import UpstreamLinkRow
from broker.messages.outbox import bound_to as bound_of_letter
from broker.provisioning.external_store import Externals
from broker.signals.store import _owner as bound_of_stream
from broker.storage.database import Database
from broker.storage.sealed_columns import Sealed, sealed_columns
from broker.tokens.settings import TokenSettings
from keys.secrets.purposes import Purpose, State
from keys.secrets.sealing import sealed_under
from keys.settings import KeySettings
from keys.vault import Vault
from tests.rooms.keys.vaults import vault_over
from tests.rooms.linking.samples import identity
from tests.support.clock import Clock, nothing_answers
from tests.support.databases import open_database
from tests.support.sealing import sealing_vault
from tests.support.tables import all_tables, one_row_each

OFFICER = Actor("staff", "officer-1")
METADATA = all_tables()
PEOPLE = 23
BATCH = 5


@pytest.fixture
def vault(database: Database, outside: Outside) -> Vault:
    return sealing_vault(database, outside)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_walk, "BATCH", BATCH)


def care_of(database: Database, vault: Vault, outside: Outside) -> SecretCare:
    tools = CareTools(database, vault, Journal(database, vault.fingerprints, outside), outside)
    return open_care(tools, KeySettings(), TokenSettings())


@pytest.fixture
def care(database: Database, vault: Vault, outside: Outside) -> SecretCare:
    return care_of(database, vault, outside)


def part(name: str) -> Sealed:
    return next(one for one in sealed_columns(METADATA) if one.name == name)


def fill(database: Database, vault: Vault) -> None:
    """A sealed record in every column that may hold one, and many people."""
    rows = one_row_each(METADATA)
    for one in sealed_columns(METADATA):
        rows[one.table.name][one.column] = vault.sealer.seal(b"v", one.bound_to(rows[one.table.name]))
    people = [
        rows["person"] | NO_PRINTS | {"id": f"p-{n:03}", "card_sealed": vault.sealer.seal(b"card", f"person:p-{n:03}")}
        for n in range(PEOPLE)
    ]
    with database.work() as session:
        for table in METADATA.sorted_tables:
            if table.name in {one.table.name for one in sealed_columns(METADATA)} | {"client"}:
                session.execute(insert(table), rows[table.name])
        session.execute(insert(PersonRow), people)


def everything(database: Database, vault: Vault) -> list[tuple[bool, bytes]]:
    """Of every record whether it is under the present key, and what it says."""
    return [
        (vault.sealer.is_current(row[one.column]), vault.sealer.unseal(row[one.column], one.bound_to(row)))
        for one in sealed_columns(METADATA)
        for row in database.session.execute(select(one.table)).mappings()
    ]


def finish(care: SecretCare, most: int = 200) -> int:
    for number in range(most):
        if not care.sealing.step():
            return number
    raise AssertionError("it never ends")


def last_of(care: SecretCare) -> Job:
    job = care.sealing.last()
    assert job is not None
    return job


def names(care: SecretCare) -> list[str]:
    return [entry.name for entry in care._journal.tail(20)]


class TestTheJob:
    def test_all_records_of_all_tables(self, database: Database, vault: Vault, care: SecretCare) -> None:
        fill(database, vault)
        assert care.sealing.last() is None and not care.sealing.step()

        care.rotate(Purpose.PERSONAL, OFFICER)
        found = everything(database, vault)
        assert {False} == {is_current for is_current, _ in found}
        assert finish(care) >= PEOPLE // BATCH

        assert {True} == {is_current for is_current, _ in everything(database, vault)}
        assert sorted(said for _, said in found) == sorted(said for _, said in everything(database, vault))
        job = last_of(care)
        assert (len(found), 0, job.total, "") == (job.changed, job.broken, job.seen, job.part)
        assert job.ended_at is not None and care.sealing.find() is None

    def test_what_others_write_meanwhile_is_theirs(
        self, database: Database, vault: Vault, care: SecretCare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(database, vault)
        slow = vault_over(database, care._outside)
        slow.sealer.seal(b"warm", "person:x")
        care.rotate(Purpose.PERSONAL, OFFICER)
        wanted = update(PersonRow).where(PersonRow.id == "p-003")
        read = SealedRows.window

        def written_after_reading(some: SealedRows, *rest: Any) -> Any:
            rows = read(some, *rest)
            if any(row.key == ("p-003",) for row in rows):
                # Another worker that has not read the new key yet changes the card just now.
                with database.work() as session:
                    session.execute(wanted.values(card_sealed=slow.sealer.seal(b"married", "person:p-003")))
            return rows

        monkeypatch.setattr(SealedRows, "window", written_after_reading)
        finish(care)

        kept = database.session.execute(select(PersonRow.card_sealed).where(PersonRow.id == "p-003")).scalar_one()
        assert b"married" == vault.sealer.unseal(kept, "person:p-003") and not vault.sealer.is_current(kept)

    def test_a_record_that_does_not_open_stays_and_is_counted(
        self, database: Database, vault: Vault, care: SecretCare, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        fill(database, vault)
        (old,) = sealed_under(UUID(next(one.id for one in care.status() if one.purpose is Purpose.PERSONAL)))[1:]
        with database.work() as session:
            session.execute(update(PersonRow).where(PersonRow.id == "p-001").values(card_sealed=old + bytes(90)))
        care.rotate(Purpose.PERSONAL, OFFICER)
        finish(care)

        assert 1 == last_of(care).broken
        assert "p-001" not in caplog.text and "do not open" in caplog.text
        # Its key stays, and nobody walks round and round because of it.
        clock.advance(timedelta(days=8))
        assert () == care.tick()
        finish(care)
        clock.advance(timedelta(minutes=2))
        assert () == care.tick() and care.sealing.find() is None

    def test_two_workers_share_one_job(self, database: Database, vault: Vault, care: SecretCare, clock: Clock) -> None:
        fill(database, vault)
        other = care_of(database, vault, care._outside)
        care.rotate(Purpose.PERSONAL, OFFICER)

        assert care.sealing.step() and not other.sealing.step()
        # The first one is gone; its lease ends.
        clock.advance(timedelta(minutes=2))
        assert other.sealing.step() and not care.sealing.step()
        finish(other)

        assert {True} == {is_current for is_current, _ in everything(database, vault)}

    def test_a_worker_that_was_slow_writes_nothing(
        self, database: Database, vault: Vault, care: SecretCare, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(database, vault)
        other = care_of(database, vault, care._outside)
        care.rotate(Purpose.PERSONAL, OFFICER)
        again = SealedPart.rework

        def slow(*what: Any) -> Any:
            done = again(*what)
            monkeypatch.setattr(SealedPart, "rework", again)
            clock.advance(timedelta(minutes=2))
            assert other.sealing.step()
            return done

        monkeypatch.setattr(SealedPart, "rework", slow)
        assert not care.sealing.step()
        assert other.sealing.find() is not None
        finish(other)
        job = last_of(other)
        assert job.seen == job.total


class TestTheEndOfAKey:
    def test_it_goes_when_nothing_is_under_it(self, database: Database, vault: Vault, care: SecretCare, clock: Clock) -> None:
        fill(database, vault)
        care.rotate(Purpose.PERSONAL, OFFICER)
        clock.advance(timedelta(days=8))

        assert () == care.tick()
        finish(care)
        assert [(Purpose.PERSONAL, None)] == [(move.key.purpose, move.to) for move in care.tick()]

        assert {True} == {is_current for is_current, _ in everything(database, vault)}
        assert ["secret_key.made", "secret_job.ended", "secret_key.destroyed"] == names(care)[-3:]

    def test_what_a_slow_worker_left_behind_is_found(
        self, database: Database, vault: Vault, care: SecretCare, clock: Clock
    ) -> None:
        fill(database, vault)
        left = vault.sealer.seal(b"late", "person:p-000")
        care.rotate(Purpose.PERSONAL, OFFICER)
        finish(care)
        with database.work() as session:
            session.execute(update(PersonRow).where(PersonRow.id == "p-000").values(card_sealed=left))
        clock.advance(timedelta(days=8))

        assert () == care.tick()
        assert care.sealing.find() is not None
        finish(care)
        assert 1 == len(care.tick())
        assert {True} == {is_current for is_current, _ in everything(database, vault)}

    def test_a_rotation_on_top_of_another(self, database: Database, vault: Vault, care: SecretCare, clock: Clock) -> None:
        fill(database, vault)
        care.rotate(Purpose.PERSONAL, OFFICER)
        care.sealing.step()
        care.rotate(Purpose.PERSONAL, OFFICER)
        finish(care)
        clock.advance(timedelta(days=8))

        assert 2 == len(care.tick())
        assert {True} == {is_current for is_current, _ in everything(database, vault)}


class TestTheWorker:
    def test_it_looks_once_a_minute_and_works_in_between(
        self, database: Database, vault: Vault, care: SecretCare, clock: Clock
    ) -> None:
        fill(database, vault)
        care.rotate(Purpose.TOKENS, OFFICER)
        care.rotate(Purpose.PERSONAL, OFFICER)
        assert care.step()
        clock.advance(timedelta(minutes=1))
        while care.step():
            pass

        states = {(one.purpose, one.state) for one in care.status()}
        assert {(Purpose.TOKENS, State.OLD), (Purpose.TOKENS, State.CURRENT)} <= states
        assert "secret_key.moved" in names(care)
        assert {Purpose.TOKENS, Purpose.PERSONAL} == {move.key.purpose for move in care.plan()}
        assert ["cookies", "fingerprints", "notes", "personal", "tokens"] == sorted(one.name for one in care.expiries())


def die_at(url: str, at: int) -> None:
    """A worker that is killed at the so-manieth thing it does."""
    left = [at]

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*what: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            return act(*what, **more)

        return acting

    app, database = open_database(url)
    verbs: list[tuple[Any, str]] = [(JobStore, name) for name in ("open", "take", "advance")]
    for store, name in (*verbs, (SealedRows, "window"), (SealedRows, "write")):
        setattr(store, name, counted(getattr(store, name)))
    SealedPart.rework = counted(SealedPart.rework)  # type: ignore[method-assign]
    Journal.append = counted(Journal.append)  # type: ignore[method-assign]
    jobs_walk.BATCH = BATCH  # type: ignore[misc]
    with app.app_context():
        outside = real_outside(nothing_answers)
        finish(care_of(database, vault_over(database, outside), outside))
    os._exit(0)


def test_killed_at_any_step_the_next_one_completes_it(sqlite_database: Database, sqlite_url: str, clock: Clock) -> None:
    outside = real_outside(nothing_answers)
    vault = sealing_vault(sqlite_database, outside)
    fill(sqlite_database, vault)
    care = care_of(sqlite_database, vault, outside)
    care.rotate(Purpose.PERSONAL, OFFICER)
    context = multiprocessing.get_context("fork")
    codes = []
    # Each dies a little later than the one before: at every kind of step, in the first batch, the second, the end of a table.
    for at in range(1, 40):
        sqlite_database.close()
        worker = context.Process(target=die_at, args=(sqlite_url, at))
        worker.start()
        worker.join(60)
        codes.append(worker.exitcode)
        # It cannot come back for its lease.
        with sqlite_database.work() as session:
            session.exec_driver_sql("UPDATE secret_job SET taken_until = NULL")
        assert {b"v", b"card"} == {said for _, said in everything(sqlite_database, vault)}
        if care.sealing.find() is None:
            break

    finish(care)
    assert 9 in codes
    assert {True} == {is_current for is_current, _ in everything(sqlite_database, vault)}
    job = last_of(care)
    # Nothing was counted twice, whoever died.
    assert (job.total, job.total) == (job.seen, job.changed)
    assert 1 == names(care).count("secret_job.ended")


class TestTheTable:
    def test_every_sealed_column_says_whom_it_is_sealed_for(self) -> None:
        """What is bytes and sensitive is sealed for somebody, or is one of these."""
        others = {
            "short_lived.value",  # gone within days; under whichever key it was made
            "invitation.password_hash",  # a mark
            "signing_key.private_sealed", "secret_key.key_sealed", "opening_key.private_sealed",  # under the master key
        }  # fmt: skip
        found = {
            f"{table.name}.{column.name}"
            for table in METADATA.tables.values()
            for column in table.columns
            if isinstance(column.type, LargeBinary) and column.info["sensitive"]
        }

        assert found - others == {one.name for one in sealed_columns(METADATA)}

    @pytest.mark.parametrize(
        ("name", "row", "bound"),
        [
            ("card_change.reason_sealed", {"id": "1"}, bound_of_change("1")),
            ("card_merge.before_sealed", {"id": "1"}, bound_of_merge("1")),
            ("client_secret.sealed", {"client_id": "1"}, bound_of_client_secret("1")),
            ("letter.sealed", {"id": "1"}, bound_of_letter("1")),
            ("signal_stream.authorization", {"id": "1"}, bound_of_stream("1")),
        ],
    )
    def test_it_says_what_the_room_says(self, name: str, row: dict[str, str], bound: str) -> None:
        assert bound == part(name).bound_to(row)

    def test_people_contacts_links_and_their_names_elsewhere(self, sqlite_database: Database, outside: Outside) -> None:
        vault = sealing_vault(sqlite_database, outside)
        journal = Journal(sqlite_database, vault.fingerprints, outside)
        with sqlite_database.work() as session:
            session.execute(insert(PersonRow), one_row_each(METADATA)["person"] | {"id": "p"})
        card = Cardbox(vault.sealer, vault.fingerprints).seal("p", Card(surname="A", name="B"))
        contacts = Contacts(sqlite_database, vault.sealer, vault.fingerprints, journal, outside)
        contact = contacts._sealed("p", Kind.EMAIL, "a@b.ru", None)
        links = Links(sqlite_database, vault.sealer, vault.fingerprints, journal, outside)
        links.tie(identity(subject="1"), "p", Evidence.IMPORTED, "v", SYSTEM)
        link = sqlite_database.session.execute(select(UpstreamLinkRow.__table__)).mappings().one()
        externals = Externals(sqlite_database, vault.sealer, vault.fingerprints, "s")

        for name, row, sealed in (
            ("person.card_sealed", {"id": "p"}, card),
            ("contact.value_sealed", {"person_id": "p", "kind": "email"}, contact.sealed),
            ("upstream_link.subject_sealed", link, link["subject_sealed"]),
        ):
            assert vault.sealer.unseal(sealed, part(name).bound_to(row))
        row = {"source_id": "s", "person_id": "p"}
        assert externals._bound_to("p") == part("provisioned.external_sealed").bound_to(row)
