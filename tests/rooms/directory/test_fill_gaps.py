"""What Gosuslugi may add to a card, and what never."""

from __future__ import annotations

from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from tests.rooms.directory.samples import OTHER_SNILS, SNILS, document, person


@pytest.mark.parametrize(
    ("on_card", "others", "snils", "filled", "then"),
    [
        (None, OTHER_SNILS, "20111430566", ("snils",), SNILS),
        (None, OTHER_SNILS, SNILS, ("snils",), SNILS),
        # The school's own, even a wrong one: a difference becomes a case.
        ("201-114-305 00", OTHER_SNILS, SNILS, (), "201-114-305 00"),
        (OTHER_SNILS, None, SNILS, (), OTHER_SNILS),
        # Somebody else's by their card.
        (None, SNILS, SNILS, (), None),
        (None, None, "201-114-305 67", (), None),
        (None, None, "", (), None),
    ],
)
def test_only_a_missing_snils_is_filled(
    directory: Directory, journal: Journal, on_card: Any, others: Any, snils: str, filled: tuple[str, ...], then: str | None
) -> None:
    directory.import_document(document(person(snils=on_card), person("p-2", snils=others)), journal, SYSTEM)

    assert filled == directory.fill_gaps("p-1", snils, journal, SYSTEM)
    assert then == getattr(directory.find_person("p-1"), "snils", None)
    assert () == directory.fill_gaps("p-1", snils, journal, SYSTEM)
    assert len(filled) == len([entry for entry in journal.tail(50) if entry.name == "card.filled"])


def test_a_filled_card_is_found_by_it(directory: Directory, journal: Journal) -> None:
    directory.import_document(document(person(snils=None)), journal, SYSTEM)
    directory.fill_gaps("p-1", SNILS, journal, SYSTEM)

    assert ["p-1"] == [found.id for found in directory.with_snils("20111430566")]


def test_nobody_is_filled(directory: Directory, journal: Journal) -> None:
    assert () == directory.fill_gaps("p-404", SNILS, journal, SYSTEM)
