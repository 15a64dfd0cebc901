"""Passwords, invitations and contacts of a document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.access_import import AccessImport
from broker.directory.contacts import Contact, Contacts, Kind
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory, ImportRefused
from broker.directory.document import read_document
from broker.directory.invitations import Invitations, Stage
from broker.directory.password_hash import PasswordHash
from broker.storage.database import Database
from tests.rooms.directory.samples import SNILS, document, person
from tests.support.clock import FIRST_BELL, Clock

Read = Callable[..., None]
FRESH = {"issued_on": "today-1d", "expires_on": "today", "used_on": None, "password": "from-paper-1"}
USED = {"issued_on": "today-30d", "expires_on": "2099-12-31", "used_on": "today-3d", "password": "from-paper-1"}
MAIL = {"kind": "email", "value": "Anna@example.org", "confirmed": True}
PHONE = {"kind": "phone", "value": "8 900 000-00-01", "confirmed": False}


@pytest.fixture
def access(credentials: Credentials, invitations: Invitations, contacts: Contacts) -> AccessImport:
    return AccessImport(credentials, invitations, contacts)


@pytest.fixture
def read(database: Database, directory: Directory, journal: Journal, access: AccessImport) -> Read:
    """Read people as `broker people import` does."""

    def read_people(*people: dict[str, Any]) -> None:
        found = read_document(document(*people), directory.today)
        hashes = access.hashes(found.access)
        with database.work():
            report = directory.import_document(found, journal, SYSTEM)
            access.write(report.access, hashes, SYSTEM)

    return read_people


def test_a_password_of_a_document_works_and_is_not_put_back(credentials: Credentials, read: Read) -> None:
    given = person(password="first-of-all")
    read(given)
    found = credentials.check("login.p-1", "first-of-all")
    assert found is not None

    credentials.set_password(found, credentials.prepare(found, "капибара на льду"), SYSTEM)
    read(given)
    assert credentials.check("login.p-1", "first-of-all") is None
    assert credentials.check("login.p-1", "капибара на льду") is not None
    credentials.remove("p-1", SYSTEM)
    read(given)
    assert credentials.check("login.p-1", "first-of-all") is None


def test_a_hash_made_elsewhere_works(credentials: Credentials, read: Read) -> None:
    dear = PasswordHash(lambda size: b"s" * size).make("first-of-all")
    read(person(password_hash=dear))

    assert credentials.check("login.p-1", "first-of-all") is not None


def test_an_invitation_opens_through_its_last_day(invitations: Invitations, read: Read, clock: Clock) -> None:
    read(person(activated=False, invitation=FRESH))

    opened = invitations.open("login.p-1", "from-paper-1")
    assert opened is not None and ("opened", Stage.DATA) == (opened.state, opened.invitation.stage)
    clock.at = FIRST_BELL + timedelta(hours=16)
    late = invitations.open("login.p-1", "from-paper-1")
    assert late is not None and "expired" == late.state
    assert late.invitation.expires_at == clock.at


def test_a_used_one_is_used(invitations: Invitations, read: Read) -> None:
    read(person(invitation=USED))

    used = invitations.open("login.p-1", "from-paper-1")
    assert used is not None and ("used", Stage.DONE) == (used.state, used.invitation.stage)


def test_an_invitation_is_given_once(invitations: Invitations, read: Read) -> None:
    read(person(activated=False, invitation=FRESH))
    first = invitations.of_person("p-1")
    assert first is not None and invitations.finish(first.id, SYSTEM)
    read(person(activated=False, invitation=FRESH))

    again = invitations.of_person("p-1")
    assert again is not None and first.id == again.id and again.used_at is not None


def test_without_a_password_nothing_opens_it(invitations: Invitations, read: Read) -> None:
    read(person(activated=False, invitation={**FRESH, "password": None}))

    assert invitations.of_person("p-1") is not None
    assert invitations.open("login.p-1", "") is None


def test_contacts_are_added_and_never_changed(contacts: Contacts, read: Read) -> None:
    read(person(contacts=[MAIL, PHONE]))
    mail, phone = Contact(Kind.EMAIL, "anna@example.org", FIRST_BELL), Contact(Kind.PHONE, "+79000000001", None)
    assert (mail, phone) == contacts.of("p-1")

    read(person(contacts=[{**MAIL, "value": "b@example.org"}, {**PHONE, "confirmed": True}]))
    assert (mail, phone) == contacts.of("p-1")


def test_the_same_document_again_says_nothing_new(journal: Journal, read: Read) -> None:
    given = person(activated=False, password="first-of-all", invitation=FRESH, contacts=[MAIL, PHONE])
    read(given)
    before = [entry.name for entry in journal.tail(99) if entry.name != "people.imported"]
    read(given)

    assert before == [entry.name for entry in journal.tail(99) if entry.name != "people.imported"]
    assert sorted(before) == [
        "contact.changed", "contact.changed", "contact.confirmed", "invitation.issued", "password.changed",
    ]  # fmt: skip


class TestWhatIsTheirsStays:
    def test_a_login_they_chose(self, directory: Directory, credentials: Credentials, read: Read) -> None:
        read(person())
        found = directory.find_person("p-1")
        assert found is not None
        credentials.change_login(found, "my.own", SYSTEM)
        read(person())

        assert directory.find_by_login("login.p-1") is None
        assert "p-1" == getattr(directory.find_by_login("my.own"), "id", None)

    def test_a_login_that_came_with_an_invitation(self, directory: Directory, invitations: Invitations, read: Read) -> None:
        read(person(login=None))
        issued = invitations.issue("p-1", SYSTEM, FIRST_BELL + timedelta(days=1))
        read(person(login=None))

        assert "p-1" == getattr(directory.find_by_login(issued.login), "id", None)

    def test_a_snils_that_gosuslugi_gave(self, directory: Directory, journal: Journal, read: Read) -> None:
        read(person(snils=None))
        directory.fill_gaps("p-1", SNILS, journal, SYSTEM)
        read(person(snils=None))

        assert SNILS == getattr(directory.find_person("p-1"), "snils", None)
        assert ["p-1"] == [found.id for found in directory.with_snils("20111430566")]

    def test_a_chosen_login_is_nobody_elses(self, directory: Directory, credentials: Credentials, read: Read) -> None:
        read(person())
        found = directory.find_person("p-1")
        assert found is not None
        credentials.change_login(found, "my.own", SYSTEM)

        for people in ((person(), person("p-2", login="my.own")), (person("p-2", login="my.own"),)):
            with pytest.raises(ImportRefused) as refused:
                read(*people)
            assert f"people[{len(people) - 1}].login" in {found.path for found in refused.value.problems}


CHEAP_HASH = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg5MDEyMzQ1Ng$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"
OTHER_HASH = "$argon2i$v=19$m=19456,t=2,p=1$MTIzNDU2Nzg5MDEyMzQ1Ng$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"
GREEDY_HASH = "$argon2id$v=19$m=4194304,t=2,p=1$MTIzNDU2Nzg5MDEyMzQ1Ng$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"password": "short"}, "password"),
        ({"password": 12345678}, "password"),
        ({"password_hash": "secret"}, "password_hash"),
        ({"password_hash": CHEAP_HASH}, "password_hash"),
        ({"password_hash": OTHER_HASH}, "password_hash"),
        ({"password_hash": GREEDY_HASH}, "password_hash"),
        ({"invitation": {"expires_on": "today", "used_on": None}}, "invitation.issued_on"),
        ({"invitation": {**FRESH, "expires_on": "soon"}}, "invitation.expires_on"),
        ({"contacts": [{**MAIL, "value": "anna"}]}, "contacts[0].value"),
        ({"contacts": [{**MAIL, "kind": "fax"}]}, "contacts[0].kind"),
        ({"contacts": [{**MAIL, "confirmed": "yes"}]}, "contacts[0].confirmed"),
        ({"contacts": [MAIL, MAIL]}, "contacts"),
    ],
)
def test_what_cannot_be_used_is_refused(directory: Directory, read: Read, changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read(person(**changes))

    assert f"people[0].{path}" in {found.path for found in refused.value.problems}
    assert directory.find_person("p-1") is None


def test_passwords_are_for_small_documents(read: Read) -> None:
    with pytest.raises(ImportRefused) as refused:
        read(*(person(f"p-{number}", password="first-of-all") for number in range(201)))

    assert ["people"] == [found.path for found in refused.value.problems]
