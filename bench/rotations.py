"""Two rotations over a large directory: `python -m bench.rotations --people 100000 [--postgres]`.

Prints, for the sealing of every card again and for a second fingerprint of every row, seconds of this process's processor and of
the wall, microseconds of processor a row, and the longest step, which is as long as anybody else waits for an embedded database.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.console.secret_care import open_care
from broker.custody.secrets_care import SecretCare
from broker.custody.secrets_open import CareTools
from broker.directory.card import NO_PRINTS, Card, Cardbox
from broker.directory.tables import PersonRow
from broker.storage.columns import Base
from broker.storage.database import Database
from broker.tokens.settings import TokenSettings
from keys.secrets.purposes import Purpose
from keys.settings import KeySettings
from keys.vault import Vault
from tests.support.clock import FIRST_BELL, Clock, outside_at
from tests.support.databases import open_database
from tests.support.sealing import sealing_vault
from tests.support.servers import Run, fresh_postgres_database
from tests.support.tables import all_tables

_AT_ONCE = 10_000


def fill(database: Database, vault: Vault, people: int, fingerprints: bool) -> None:
    """Invented pupils with everything a card has."""
    cards = Cardbox(vault.sealer, vault.fingerprints)
    for start in range(0, people, _AT_ONCE):
        rows = []
        for number in range(start, min(start + _AT_ONCE, people)):
            person_id = f"p-{number:08}"
            card = Card(
                surname=f"Грачёв{number % 977}",
                name="Тимур",
                patronymic="Олегович",
                birth_date=date(2008, 1, 1) + timedelta(days=number % 4000),
                sex="M",
                snils="201-114-305 66",
                login=f"u{number}",
            )
            row = {"id": person_id, "card_sealed": cards.seal(person_id, card), "is_blocked": False, "changed_at": FIRST_BELL}
            rows.append(row | dict(cards.prints(card).columns if fingerprints else NO_PRINTS))
        with database.work() as session:
            session.execute(insert(PersonRow), rows)


def walk(care: SecretCare, what: str, people: int) -> None:
    """Every step of a job, timed."""
    wall, processor, longest, more = time.perf_counter(), time.process_time(), 0.0, True
    while more:
        began = time.perf_counter()
        more = care.work()
        longest = max(longest, time.perf_counter() - began)
    used = time.process_time() - processor
    sys.stdout.write(
        f"{what}: {used:.1f} s of processor, {time.perf_counter() - wall:.1f} s of the wall, {used / people * 1e6:.0f} µs a row,"
        f" longest step {longest * 1000:.0f} ms\n"
    )


def measure(url: str, people: int, fingerprints: bool) -> None:
    """Fill, rotate, walk."""
    app, database = open_database(url)
    with app.app_context():
        Base.metadata.create_all(database.engine)
        clock = Clock()
        outside = outside_at(clock)
        vault = sealing_vault(database, outside)
        began = time.process_time()
        fill(database, vault, people, fingerprints)
        written = time.process_time() - began
        sys.stdout.write(f"{people} people on {url.split(':')[0]}: written with {written:.1f} s of processor\n")
        tools = CareTools(database, vault, Journal(database, vault.fingerprints, outside), outside)
        care = open_care(tools, KeySettings(), TokenSettings())
        care.rotate(Purpose.PERSONAL, SYSTEM)
        walk(care, "sealed again", people)
        began = time.perf_counter()
        left = sum(part.under([bytes(17)]) for part in care._sealed)
        sys.stdout.write(f"counted what lies under a key ({left}): {time.perf_counter() - began:.1f} s of the wall\n")
        if fingerprints:
            care.rotate(Purpose.FINGERPRINTS, SYSTEM)
            clock.advance(timedelta(minutes=2))
            care.tick()
            walk(care, "second fingerprints", people)
            sys.stdout.write(f"moved: {[move.key.purpose.value for move in care.tick()]}\n")
    database.close()


def main() -> None:
    """One database of this size, made for it and removed again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--only-seals", action="store_true", help="without fingerprints, whose making takes most of the time")
    asked = parser.parse_args()
    all_tables()
    with ExitStack() as stack:
        if asked.postgres:
            stack.callback(Run().end)
            url = stack.enter_context(fresh_postgres_database())
        else:
            url = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory()), 'big.sqlite')}"
        measure(url, asked.people, not asked.only_seals)


if __name__ == "__main__":
    main()
