"""Everything about the keeping of signing keys as one value: evidence, moves, reports, rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.custody.evidence_store import EvidenceBook
from broker.custody.key_moves import KeyMoves
from broker.custody.rotation_reports import RotationReports
from broker.custody.rounds import KeyRounds
from broker.custody.settings import CustodySettings
from broker.custody.sightings import Sightings
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.vault import Vault


@dataclass(frozen=True, slots=True)
class KeyTools:
    """What the office is made from."""

    database: Database
    vault: Vault
    journal: Journal
    outside: Outside
    find_client: Callable[[str], Client | None]


@dataclass(frozen=True, slots=True)
class KeyOffice:
    """One a process, for what was sighted is kept in it until a round writes it down."""

    sightings: Sightings
    book: EvidenceBook
    moves: KeyMoves
    reports: RotationReports
    rounds: KeyRounds


def open_key_office(tools: KeyTools, settings: CustodySettings) -> KeyOffice:
    """The office over a vault."""
    database, vault, now = tools.database, tools.vault, tools.outside.now
    mark = partial(vault.fingerprints.of, "key.place")
    sightings = Sightings(vault.ring.announced, now)
    book = EvidenceBook(database, tools.find_client, mark, now, settings)
    moves = KeyMoves(database, tools.journal, vault.keeper, book.evidence_of, tools.outside)
    reports = RotationReports(database, tools.journal, vault, now)
    return KeyOffice(sightings, book, moves, reports, KeyRounds((sightings, book), moves, reports, now, settings))
