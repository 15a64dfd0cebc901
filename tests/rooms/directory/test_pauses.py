"""A pause is ended by whom it belongs to: a school ends a school's, security ends any."""

from __future__ import annotations

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.directory.pauses import PauseReason, Pauses
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.directory.samples import document, person

SCHOOL, OTHER_STAFF, SECURITY = Actor("staff", "p-admin"), Actor("staff", "p-second"), Actor("cli", "operator")


@pytest.fixture
def pauses(database: Database, directory: Directory, journal: Journal, outside: Outside) -> Pauses:
    directory.import_document(document(person("p-1")), journal, SYSTEM)
    return Pauses(database, journal, outside)


@pytest.mark.parametrize(("by", "ends", "is_open"), [
    (SCHOOL, SCHOOL, True),
    (SCHOOL, OTHER_STAFF, True),
    (SCHOOL, SECURITY, True),
    (SECURITY, SECURITY, True),
    (SECURITY, SCHOOL, False),
])  # fmt: skip
def test_who_may_end_whose_pause(pauses: Pauses, by: Actor, ends: Actor, is_open: bool) -> None:
    assert pauses.pause("p-1", PauseReason.SAFETY, by)

    assert is_open is pauses.resume("p-1", ends)
    assert is_open is (pauses.find("p-1") is None)


def test_the_first_pause_stays_as_it_is(pauses: Pauses) -> None:
    assert pauses.pause("p-1", PauseReason.SAFETY, SECURITY)
    assert not pauses.pause("p-1", PauseReason.OTHER, SCHOOL)

    found = pauses.find("p-1")
    assert found is not None and (PauseReason.SAFETY, SECURITY, False) == (found.reason, found.by, found.is_schools)
