"""A link ends with everything that rests on it, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.sessions.opening import Opening
from broker.sessions.session import Session
from broker.sessions.settings import SessionSettings
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.signout.untie import UntieCause, Untying
from broker.storage.database import Database
from broker.tokens.settings import TokenSettings
from broker.tokens.store import Grants
from tests.rooms.directory.samples import document, person
from tests.rooms.linking.samples import identity
from tests.rooms.tokens.samples import authorization
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

STAFF = Actor("staff", "p-9")


@dataclass
class Place:
    database: Database
    links: Links
    sessions: Sessions
    grants: Grants
    journal: Journal
    untying: Untying
    handed_out: int = 0

    def sign_in(self, person_id: str = "p-1", connector: str = "esia") -> tuple[Session, str]:
        """A session with one grant; the grant's identifier."""
        session, _ = self.sessions.open(Opening(person_id, connector, "confirmed", ("pwd",), "29"))
        asked = authorization(person_id=person_id, session_id=session.id, connector=connector)
        self.handed_out += 1
        grant, _ = self.grants.open(f"code-{self.handed_out}", asked, offline=True)
        return session, grant.id


@pytest.fixture
def place(database: Database, outside: Outside) -> Place:
    vault = sealing_vault(database, outside)
    journal = Journal(database, vault.fingerprints, outside)
    links = Links(database, vault.sealer, vault.fingerprints, journal, outside)
    sessions = Sessions(database, outside, SessionSettings())
    grants = Grants(database, outside, sessions, vault.fingerprints, TokenSettings())
    untying = Untying(database, links, (sessions, grants), SignOut(database, sessions, grants, journal))
    directory = Directory(database, vault.sealer, vault.fingerprints, outside.now)
    directory.import_document(document(person(), person("p-2", snils=None)), journal, SYSTEM)
    links.tie(identity(), "p-1", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    links.tie(identity(subject="other"), "p-2", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    return Place(database, links, sessions, grants, journal, untying)


def ended(place: Place, grant_id: str) -> bool:
    found = place.grants.find(grant_id)
    assert found is not None
    return found.ended_at is not None


@pytest.mark.parametrize("cause", UntieCause)
def test_sessions_and_grants_of_the_link_end_with_it(place: Place, cause: UntieCause) -> None:
    first, second = place.sign_in(), place.sign_in()
    untied = place.untying.untie("p-1", cause, STAFF)
    assert untied is not None
    assert [(first[0].id, True, 1), (second[0].id, True, 1)] == [
        (end.session_id, end.was_open, end.grants) for end in untied.sessions
    ]
    assert (None, ()) == (place.links.of_person("p-1"), place.sessions.of_person("p-1"))
    assert all(ended(place, grant) for _, grant in (first, second))
    last = [entry.record for entry in place.journal.tail(3)]
    assert ["account.unlinked", "session.ended", "session.ended"] == [record.name for record in last]
    assert ({STAFF}, cause.value) == ({record.actor for record in last}, last[0].fields["cause"])


def test_others_and_sessions_of_the_diary_password_stay(place: Place) -> None:
    of_password, of_another = place.sign_in(connector="diary"), place.sign_in("p-2")
    untied = place.untying.untie("p-1", UntieCause.PERSON, STAFF)
    assert untied is not None
    assert () == untied.sessions
    assert [of_password[0].id] == [session.id for session in place.sessions.of_person("p-1")]
    assert [False, False] == [ended(place, grant) for _, grant in (of_password, of_another)]
    assert place.links.of_person("p-2") is not None


def test_offline_grants_of_a_session_that_ran_out_end_too(place: Place, clock: Clock) -> None:
    _, grant = place.sign_in()
    clock.advance(timedelta(days=2))
    untied = place.untying.untie("p-1", UntieCause.SECURITY, STAFF)
    assert untied is not None
    assert ((), 1, True) == (untied.sessions, untied.late_grants, ended(place, grant))


def test_without_a_link_nothing_ends(place: Place) -> None:
    place.untying.untie("p-1", UntieCause.PERSON, STAFF)
    session, grant = place.sign_in()
    assert place.untying.untie("p-1", UntieCause.PERSON, STAFF) is None
    assert [session.id] == [found.id for found in place.sessions.of_person("p-1")]
    assert not ended(place, grant)


def test_it_is_all_or_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    _, grant = place.sign_in()

    def fails(*_: Any) -> int:
        raise ConnectionError

    monkeypatch.setattr(place.grants, "end_of_session", fails)
    with pytest.raises(ConnectionError):
        place.untying.untie("p-1", UntieCause.SCHOOL, STAFF)
    assert place.links.of_person("p-1") is not None
    assert 1 == len(place.sessions.of_person("p-1"))
    assert not ended(place, grant)
