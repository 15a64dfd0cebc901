"""One key of fingerprints follows another, and at every instant everybody is found and nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.console.secret_care import open_care
from broker.custody import jobs_walk
from broker.custody.jobs_store import FoundRows
from broker.custody.secrets_care import SecretCare
from broker.custody.secrets_open import CareTools
from broker.directory.card import Card, Cardbox
from broker.directory.card_store import CardStore, LoginTaken
from broker.directory.contact import Kind
from broker.directory.contacts import Contacts
from broker.directory.directory import Directory
from broker.directory.roster_store import RosterStore, Wanted
from broker.directory.tables import PersonRow
from broker.foundation.outside import Outside
from broker.linking.evidence import Evidence
from broker.linking.link import UpstreamTaken
from broker.linking.links import Links
from broker.provisioning.external_store import Externals, ExternalTaken
from broker.storage.database import Database
from broker.storage.found_columns import Found
from broker.tokens.settings import TokenSettings
from keys.secrets.purposes import Purpose, State
from keys.settings import KeySettings
from keys.vault import Vault
from tests.rooms.directory.samples import document, person, school
from tests.rooms.keys.vaults import vault_over
from tests.rooms.linking.samples import identity
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault
from tests.support.tables import all_tables

OFFICER = Actor("staff", "officer-1")
METADATA = all_tables()
SNILS = "20111430566"
IDS = [f"p-{n}" for n in range(4)]
NAME = {"surname": "Ёлкина", "name": "Анна"}


@dataclass(frozen=True)
class Process:
    """The rooms of one worker, which reads the keys when it likes."""

    database: Database
    vault: Vault
    outside: Outside

    @property
    def journal(self) -> Journal:
        return Journal(self.database, self.vault.fingerprints, self.outside)

    @property
    def directory(self) -> Directory:
        return Directory(self.database, self.vault.sealer, self.vault.fingerprints, self.outside.now)

    @property
    def contacts(self) -> Contacts:
        return Contacts(self.database, self.vault.sealer, self.vault.fingerprints, self.journal, self.outside)

    @property
    def links(self) -> Links:
        return Links(self.database, self.vault.sealer, self.vault.fingerprints, self.journal, self.outside)

    @property
    def externals(self) -> Externals:
        return Externals(self.database, self.vault.sealer, self.vault.fingerprints, "diary")

    @property
    def cards(self) -> Cardbox:
        return Cardbox(self.vault.sealer, self.vault.fingerprints)

    @property
    def care(self) -> SecretCare:
        tools = CareTools(self.database, self.vault, self.journal, self.outside)
        return open_care(tools, KeySettings(), TokenSettings())

    def found(self, number: int) -> set[str]:
        """By everything that somebody can be found by."""
        login, who = f"login.{number}", f"p-{number}"
        directory, roster = self.directory, RosterStore(self.database, self.cards)
        card = self.cards.prints(Card(**NAME, birth_date=date(2010, 1, 1 + number), login=login))
        wanted = Wanted(frozenset(), frozenset(), frozenset({card.name_birth or ""}), frozenset({card.login or ""}))
        listed = roster.find(wanted, lambda _id: True)
        by_login, by_link = directory.find_by_login(login), self.links.find("esia", f"subject-{number}")
        return {
            by_login.id if by_login else "no login",
            *(one.id for one in directory.with_name_and_birth_date("Ёлкина", "Анна", None, date(2010, 1, 1 + number))),
            *(holder for holder, _ in self.contacts.holders(f"p{number}@example.ru")),
            by_link.person_id if by_link else "no link",
            self.externals.find(f"external-{number}") or "no external",
            listed.by_login.get(card.login or "", "no line"),
            *listed.by_name.get(card.name_birth or "", ["no line"]),
            *(directory.store.login_owners([login]).values() or ["no owner"]),
        } - {who}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_walk, "BATCH", 2)


@pytest.fixture
def one(database: Database, outside: Outside) -> Process:
    process = Process(database, sealing_vault(database, outside), outside)
    people = [
        person(who, birth_date=f"2010-01-{1 + n:02}", login=f"login.{n}", **NAME | {"patronymic": None})
        for n, who in enumerate(IDS)
    ]
    people.append(person("p-free", snils=None))
    process.directory.import_document(document(*people, schools=(school(),)), process.journal, SYSTEM)
    for n, who in enumerate(IDS):
        process.contacts.vouch(who, Kind.EMAIL, f"p{n}@example.ru")
        process.links.tie(identity(subject=f"subject-{n}"), who, Evidence.IMPORTED, "v", SYSTEM)
        with database.work():
            process.externals.put(who, f"external-{n}")
    return process


@pytest.fixture
def other(one: Process) -> Process:
    process = Process(one.database, vault_over(one.database, one.outside), one.outside)
    assert set() == process.found(0)
    return process


def everybody_is_found(*processes: Process) -> bool:
    strays = [process.found(number) for process in processes for number in (0, 3)]
    by_snils = [len(process.directory.with_snils(SNILS)) for process in processes]
    return not any(strays) and {len(IDS)} == set(by_snils)


def nothing_is_twice(process: Process) -> bool:
    """What somebody has nobody else gets, whichever key it lies under."""
    refused = 0
    with process.database.work():
        for number in (0, 3):
            try:
                process.externals.put("p-1", f"external-{number}")
            except ExternalTaken:
                refused += 1
            taker = CardStore(process.database, process.cards)
            card = Card(surname="A", name="B", login=f"login.{number}")
            try:
                taker.rewrite("p-1", lambda _card, card=card: card, process.outside.now())
            except LoginTaken:
                refused += 1
    for number in (0, 3):
        with pytest.raises(UpstreamTaken):
            process.links.tie(identity(subject=f"subject-{number}"), "p-free", Evidence.IMPORTED, "v", SYSTEM)
    return refused == 4


def stages(one: Process, clock: Clock) -> list[Callable[[], Any]]:
    """The whole rotation, a little at a time."""
    care = one.care

    def later(span: timedelta) -> Callable[[], Any]:
        return lambda: clock.advance(span)

    return [
        lambda: care.rotate(Purpose.FINGERPRINTS, OFFICER),
        later(timedelta(seconds=16)), care.tick,
        later(timedelta(seconds=60)), care.tick,
        *[care.work] * 13, care.tick,
        later(timedelta(seconds=10)), care.tick,
        later(timedelta(seconds=60)), care.tick,
        later(timedelta(seconds=16)),
    ]  # fmt: skip


def test_found_and_unique_at_every_instant(one: Process, other: Process, clock: Clock) -> None:
    """Twice around, so that each column is filled again over what it held before."""
    before = one.vault.fingerprints.of("person.login", "login.0")
    for round_ in range(2 if one.database.is_sqlite else 1):
        for stage in stages(one, clock):
            stage()
            # The one that moved the keys, and one that has read them some time ago.
            assert everybody_is_found(one, other)
            assert nothing_is_twice(other) and nothing_is_twice(one)
        assert ["current"] == [key.state.value for key in one.care.status() if key.purpose is Purpose.FINGERPRINTS], round_
    assert before != one.vault.fingerprints.of("person.login", "login.0")


def test_what_is_written_meanwhile_is_found_by_both_keys(
    one: Process, other: Process, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, written = FoundRows.window, []

    def written_after_reading(rows: FoundRows, *rest: Any) -> Any:
        found = read(rows, *rest)
        if not written and any(row.key == ("p-2",) for row in found):
            written.append(True)
            with other.database.work():
                married = Card(**NAME, birth_date=date(2010, 1, 3), login="married")
                CardStore(other.database, other.cards).rewrite("p-2", lambda _: married, clock.now())
        return found

    monkeypatch.setattr(FoundRows, "window", written_after_reading)
    for stage in stages(one, clock):
        stage()

    assert written
    for process in (one, other):
        by_login = process.directory.find_by_login("married")
        assert by_login is not None and "p-2" == by_login.id
        assert process.directory.find_by_login("login.2") is None


def test_the_next_key_waits_for_a_round_that_began_after_everybody_knew_it(one: Process, clock: Clock) -> None:
    care = one.care
    care.rotate(Purpose.FINGERPRINTS, OFFICER)
    # Somebody begins one by hand, too early.
    care.indexing.begin()
    while care.work():
        pass
    clock.advance(timedelta(minutes=2))

    assert () == care.tick()
    assert care.indexing.find() is not None
    while care.work():
        pass
    assert [State.CURRENT] == [move.to for move in care.tick()]


def test_every_fingerprint_is_in_the_registry(sqlite_database: Database, outside: Outside) -> None:
    vault = sealing_vault(sqlite_database, outside)
    care = Process(sqlite_database, vault, outside).care
    known: list[Found] = [part._found for part in care.indexing._parts.values()]  # type: ignore[attr-defined]

    columns = [column for table in METADATA.tables.values() for column in table.columns]
    second = {(column.table.name, column.name) for column in columns if column.name.endswith("_2")}

    assert second == {(one.name, name) for one in known for name in one.prints if name.endswith("_2")}
    assert second == {(one.name, f"{name}_2") for one in known for name in one.prints if not name.endswith("_2")}


@pytest.mark.parametrize("column", ["login_print", "snils_print", "name_birth_print"])
def test_looking_in_both_columns_costs_no_walk(sqlite_database: Database, column: str) -> None:
    first, second = getattr(PersonRow, column), getattr(PersonRow, f"{column}_2")
    question = select(PersonRow.id).where((first == "a") | (second == "a"))
    text = str(question.compile(sqlite_database.engine, compile_kwargs={"literal_binds": True}))

    plan = " ".join(str(row) for row in sqlite_database.session.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))

    assert "SCAN person" not in plan and f"ix_person_{column}_2" in plan
