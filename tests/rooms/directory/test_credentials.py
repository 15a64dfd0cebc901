"""Diary logins and passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.credentials import Credentials, FieldRefused, LoginChangedBefore
from broker.directory.directory import Directory
from broker.directory.password_hash import PasswordHash
from broker.directory.person import Person
from broker.storage.database import Database
from tests.rooms.directory.samples import document, person
from tests.support.clock import FIRST_BELL, Clock

GOOD = "лес-на-заре 42"


def test_a_password_lets_its_owner_in(credentials: Credentials, teacher: Person, clock: Clock) -> None:
    credentials.set_password(teacher, credentials.prepare(teacher, GOOD), SYSTEM, accepts_rules=True)

    assert teacher == credentials.check("login.p-1", GOOD)
    assert teacher == credentials.check(" LOGIN.P-1 ", GOOD)
    kept = credentials.of("p-1")
    assert kept is not None and (True, FIRST_BELL, None, FIRST_BELL) == (
        kept.has_password, kept.changed_at, kept.login_changed_at, kept.rules_accepted_at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("login.p-1", "other password"),
        ("login.p-1", GOOD.upper()),
        ("login.p-1", GOOD + "\x00"),
        ("login.p-1", ""),
        ("login.p-1", GOOD * 100),
        ("nobody", GOOD),
        ("", GOOD),
        ("l" * 5000, GOOD),
        ("login.p-1", "\x00"),
        ("nobody", "\x00"),
    ],
)
def test_any_mistake_is_the_same_nothing(credentials: Credentials, teacher: Person, login: str, password: str) -> None:
    credentials.set_password(teacher, credentials.prepare(teacher, GOOD), SYSTEM)

    assert credentials.check(login, password) is None


def test_nobody_gets_in_without_a_password(credentials: Credentials, teacher: Person) -> None:
    assert credentials.check("login.p-1", "") is None
    assert credentials.check("login.p-1", "\x00") is None
    assert credentials.of("p-1") is None


def test_a_removed_password_opens_nothing(credentials: Credentials, teacher: Person) -> None:
    credentials.set_password(teacher, credentials.prepare(teacher, GOOD), SYSTEM)

    assert credentials.remove("p-1", SYSTEM)
    assert not credentials.remove("p-1", SYSTEM)
    assert credentials.check("login.p-1", GOOD) is None


def test_the_login_changes_once_in_a_life(
    credentials: Credentials, teacher: Person, directory: Directory, journal: Journal, clock: Clock
) -> None:
    credentials.set_password(teacher, credentials.prepare(teacher, GOOD), SYSTEM)
    clock.advance(timedelta(hours=1))
    credentials.change_login(teacher, "Ryabinina.A", SYSTEM)

    assert credentials.check("login.p-1", GOOD) is None
    changed = credentials.check("ryabinina.a", GOOD)
    assert changed is not None and "ryabinina.a" == changed.login
    with pytest.raises(LoginChangedBefore):
        credentials.change_login(teacher, "another.one", SYSTEM)
    assert "ryabinina.a" == getattr(directory.find_person("p-1"), "login", None)
    assert ["diary_login.changed"] == [entry.name for entry in journal.tail(50) if entry.name == "diary_login.changed"]


def test_a_refused_login_is_not_spent(credentials: Credentials, directory: Directory, journal: Journal) -> None:
    directory.import_document(document(person(), person("p-2", login="Taken.One")), journal, SYSTEM)
    first = directory.find_person("p-1")
    assert first is not None

    for login, message in (("taken.one", "login.taken"), ("no", "login.format"), (" ", "login.empty")):
        with pytest.raises(FieldRefused) as refused:
            credentials.change_login(first, login, SYSTEM)
        assert message == refused.value.message

    credentials.change_login(first, "free.one", SYSTEM)
    assert credentials.of("p-1") is not None


def test_a_refused_login_undoes_nothing_else(
    credentials: Credentials, directory: Directory, journal: Journal, database: Database
) -> None:
    directory.import_document(document(person(), person("p-2", login="taken.one")), journal, SYSTEM)
    first = directory.find_person("p-1")
    assert first is not None
    made = credentials.prepare(first, GOOD)
    with database.work():
        with pytest.raises(RuntimeError):
            credentials.prepare(first, GOOD)
        credentials.set_password(first, made, SYSTEM)
        with pytest.raises(FieldRefused):
            credentials.change_login(first, "taken.one", SYSTEM)

    kept = credentials.of("p-1")
    assert kept is not None and (True, None) == (kept.has_password, kept.login_changed_at)


def test_a_hash_of_another_cost_is_made_anew(
    credentials: Credentials, teacher: Person, hashes: PasswordHash, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials.set_password(teacher, credentials.prepare(teacher, GOOD), SYSTEM)
    before = credentials._store.of("p-1")
    monkeypatch.setattr(hashes, "is_outdated", lambda kept: True)
    assert credentials.check("login.p-1", GOOD) is not None

    after = credentials._store.of("p-1")
    assert before is not None and after is not None and before.password_hash != after.password_hash
    assert credentials.check("login.p-1", GOOD) is not None
