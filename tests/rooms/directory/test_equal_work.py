"""Nobody learns from our work whether a login, a phone or an e-mail is known. Calls are counted, not seconds: those lie."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.contacts import Contacts, Kind
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.password_hash import PasswordHash
from broker.directory.recovery import Recovery
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.sql_shelf import SqlShelf
from keys.vault import Vault
from tests.rooms.directory.samples import document, person
from tests.support.clock import FIRST_BELL
from tests.support.counting import counted, statements

GOOD = "капибара на льду"


@pytest.fixture(autouse=True)
def people(directory: Directory, journal: Journal, credentials: Credentials) -> None:
    """Somebody with a password, somebody without, somebody blocked."""
    directory.import_document(document(person("p-1"), person("p-2"), person("p-3", state="blocked")), journal, SYSTEM)
    for person_id in ("p-1", "p-3"):
        found = directory.find_person(person_id)
        assert found is not None
        credentials.set_password(found, credentials.prepare(found, GOOD), SYSTEM)


WRONG = (("login.p-1", "wrong one"), ("login.p-2", "wrong one"), ("login.p-3", "wrong one"), ("nobody", "wrong one"),
         ("nobody", ""), ("login.p-1", ""), ("", "wrong one"), ("l" * 900, "wrong one"), ("login.p-1", "x" * 900),
         ("nobody", "x" * 900))  # fmt: skip


def test_a_wrong_password_costs_one_hash_and_one_question(
    credentials: Credentials, hashes: PasswordHash, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    # The first check of half an hour, whoever it is for, looks at which costs occur.
    credentials.check("somebody", "else")
    monkeypatch.setattr(hashes, "_hasher", _Hasher(hashes, calls))

    work = set()
    for login, password in WRONG:
        calls.clear()
        with statements(database) as sent:
            assert credentials.check(login, password) is None
        work.add((tuple(sent), tuple(calls)))

    assert 1 == len(work)
    assert (1, ("verify",)) == next((len(sent), made) for sent, made in work)


class _Hasher:
    """The hasher in use, with its checks noted."""

    def __init__(self, hashes: PasswordHash, calls: list[str]):
        self.verify = counted(hashes._hasher, "verify", calls)


def test_a_wrong_temporary_password_costs_one_question_and_one_mac(
    invitations: Invitations, vault: Vault, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person_id in ("p-1", "p-2", "p-3"):
        invitations.issue(person_id, SYSTEM, FIRST_BELL + timedelta(days=1))
    invitations.finish(getattr(invitations.of_person("p-2"), "id", ""), SYSTEM)
    calls: list[str] = []
    monkeypatch.setattr(invitations, "_fingerprints", _Prints(vault, calls))

    work = set()
    for login, password in WRONG:
        calls.clear()
        with statements(database) as sent:
            assert invitations.open(login, password) is None
        work.add((tuple(sent), tuple(calls)))

    assert 1 == len(work)
    assert (1, ("fits",)) == next((len(sent), made) for sent, made in work)


class _Prints:
    def __init__(self, vault: Vault, calls: list[str]):
        self.fits = counted(vault.fingerprints, "fits", calls)


@pytest.mark.parametrize(
    "names",
    [
        ("login.p-1", "login.p-2", "login.p-3", "nobody"),
        ("p1@example.org", "both@example.org", "unconfirmed@example.org", "nobody@example.org"),
        ("+79000000001", "8 (900) 999-99-99", "+79000000003"),
    ],
)
def test_a_code_is_asked_for_with_the_same_work(
    database: Database, vault: Vault, directory: Directory, contacts: Contacts, outside: Outside, names: tuple[str, ...]
) -> None:
    contacts.vouch("p-1", Kind.EMAIL, "both@example.org")
    contacts.vouch("p-2", Kind.EMAIL, "both@example.org")
    contacts.vouch("p-1", Kind.PHONE, "+79000000001")
    contacts.vouch("p-3", Kind.PHONE, "+79000000003")
    contacts.put("p-3", Kind.EMAIL, "unconfirmed@example.org", SYSTEM)
    recovery = Recovery(SqlShelf(database, outside.now), vault.sealer, vault.fingerprints, (directory, contacts), outside)
    recovery.begin("somebody", "browser")  # the shelf tidies itself now and then: at its first write, for one

    work = set()
    for name in names:
        with statements(database) as sent:
            begun = recovery.begin(name, "browser")
        with statements(database) as checked:
            recovery.check(begun.id, "browser", "000000x")
        work.add((tuple(sent), tuple(checked)))

    assert 1 == len(work)
