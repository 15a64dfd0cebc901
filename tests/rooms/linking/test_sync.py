"""What flows into the card after a sign-in: gaps only, from checked accounts only, and differences are told, not mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.contacts import Contacts
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.sync import Differences, Synchronise
from broker.storage.database import Database
from keys.vault import Vault
from tests.rooms.directory.samples import person
from tests.rooms.linking.samples import OTHER_SNILS, SNILS, identity

Load = Callable[..., None]
FULL = identity(email="new@example.org", phone="+79000000099")


@pytest.fixture
def contacts(database: Database, vault: Vault, journal: Journal, outside: Outside) -> Contacts:
    return Contacts(database, vault.sealer, vault.fingerprints, journal, outside)


@pytest.fixture
def after(load: Load, directory: Directory, contacts: Contacts, journal: Journal) -> Callable[..., Differences]:
    def synchronised(card: dict[str, Any], who: UpstreamIdentity = FULL) -> Differences:
        load(person(**card))
        found = directory.find_person("p-1")
        assert found is not None
        return Synchronise(directory, contacts, journal).after(who, found)

    return synchronised


def snils_of(directory: Directory) -> str | None:
    found = directory.find_person("p-1")
    return found.snils if found else None


def test_gaps_are_filled_once(after: Any, directory: Directory, contacts: Contacts) -> None:
    gaps = {"snils": None, "email": None, "phone": None}
    assert ("email", "phone", "snils") == after(gaps).filled
    assert "201-114-305 66" == snils_of(directory)
    assert {"new@example.org", "+79000000099"} == {found.value for found in contacts.of("p-1") if found.confirmed_at}
    full = directory.find_person("p-1")
    assert full is not None
    assert ["p-1"] == [found.id for found in directory.with_snils(SNILS)]


def test_what_the_school_wrote_stays(after: Any, directory: Directory, contacts: Contacts) -> None:
    assert Differences(filled=()) == replace(after({}), compared=())
    assert () == contacts.of("p-1")
    differing = after({"snils": "201-114-306 67", "surname": "Клёнова", "birth_date": "1985-03-18"})
    assert (3102, 3103, 3104) == differing.causes
    assert ("201-114-306 67", ()) == (snils_of(directory), differing.filled)


@pytest.mark.parametrize(
    ("card", "changes"),
    [
        ({"surname": "Клёнова"}, {}),
        ({"birth_date": "1985-03-18"}, {}),
        ({}, {"level": Level.NOT_CONFIRMED, "snils": None}),
        ({}, {"level": Level.CHILD, "snils": None}),
        ({}, {"snils": "20111430568"}),
    ],
)
def test_no_snils_is_written_in_doubt(after: Any, directory: Directory, card: dict[str, Any], changes: dict[str, Any]) -> None:
    assert "snils" not in after({"snils": None} | card, replace(FULL, **changes)).filled
    assert snils_of(directory) is None


@pytest.mark.parametrize("changes", [{"surname": "Клёнова"}, {"birth_date": "1985-03-18"}, {"snils": OTHER_SNILS}])
def test_contacts_of_what_may_be_another_person_are_no_way_in(after: Any, contacts: Contacts, changes: dict[str, Any]) -> None:
    """A wrong link is taken away by the school; a phone that came with it would still bring a new diary password."""
    assert () == after({"email": None, "phone": None} | changes).filled
    assert () == contacts.of("p-1")


def test_an_unchecked_account_changes_and_tells_nothing(after: Any, contacts: Contacts) -> None:
    unchecked = replace(FULL, level=Level.NOT_CONFIRMED, snils=None, birth_date=date(1990, 1, 1))
    assert Differences() == after({"email": None, "phone": None}, unchecked)
    assert () == contacts.of("p-1")


def test_a_snils_of_another_card_is_for_the_school(after: Any, load: Load, directory: Directory) -> None:
    load(person("p-2", snils="201-114-305 66"))
    found = after({"snils": None, "email": None})
    assert ((3108,), ("email",)) == (found.causes, found.filled)
    assert snils_of(directory) is None


def test_a_child_account_with_a_checked_snils_fills_the_gap(after: Any, directory: Directory) -> None:
    assert "snils" in after({"snils": None}, replace(FULL, level=Level.CHILD, snils=OTHER_SNILS)).filled
