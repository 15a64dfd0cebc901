"""A number a day and name, for names that nobody has too; it says nothing of what became of the case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.cases.case import Failure
from broker.cases.cases import Cases
from broker.cases.numbers import Numbers
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

OWN = Failure(cause=6005, real_cause=6005, region="", person_id="p-1")
NOBODYS = Failure(cause=6005, real_cause=6005, region="")


@pytest.fixture
def cases(database: Database, outside: Outside) -> Cases:
    vault = sealing_vault(database, outside)
    return Cases(database, vault.fingerprints, Journal(database, vault.fingerprints, outside), outside)


@pytest.fixture
def numbers(cases: Cases, database: Database, outside: Outside) -> Numbers:
    shelf = MemoryShelf(outside.now)
    return Numbers(cases, shelf, sealing_vault(database, outside).fingerprints, outside.now)


@pytest.mark.parametrize("failure", [OWN, NOBODYS], ids=["somebody", "nobody"])
def test_a_name_has_one_number_a_day_whatever_becomes_of_its_case(
    numbers: Numbers, cases: Cases, clock: Clock, failure: Failure
) -> None:
    first = numbers.number_of(" Anna.Diary ", failure)
    case = cases.find(first)
    assert case is not None
    cases.close(case.id, "signed_in", SYSTEM)

    assert first == numbers.number_of("anna.diary", failure)
    clock.advance(timedelta(hours=24))
    assert first != numbers.number_of("anna.diary", failure)


def test_two_names_have_two_numbers_even_of_one_person(numbers: Numbers) -> None:
    """Otherwise the number would tell that a login and a phone are one person's."""
    assert 3 == len({numbers.number_of(name, OWN) for name in ("anna.diary", "+79000000001", "anna@example.org")})


def test_another_cause_has_another_number(numbers: Numbers) -> None:
    other = Failure(cause=6004, real_cause=6004, region="")

    assert numbers.number_of("anna.diary", NOBODYS) != numbers.number_of("anna.diary", other)
