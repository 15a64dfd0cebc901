"""A list of many people, read, planned and written: `python -m bench.lists --people 100000 --kind xlsx [--postgres]`.

Prints seconds of this process's processor and of the wall, and the most memory it has held. Names are invented.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.roster import COLUMNS, Scope
from broker.directory.roster_files import rows_of, write_list
from broker.directory.roster_import import Rosters
from tests.rooms.directory.school_house import school_house
from tests.support.clock import Clock, outside_at
from tests.support.databases import database_at
from tests.support.sealing import sealing_vault
from tests.support.servers import Run, fresh_postgres_database
from tests.support.tables import all_tables

_LETTERS = "абвгдежзик"
_SURNAMES = ("Иванов", "Петров", "Сидоров", "Грачёв", "Орлов")
_ON = date(2026, 9, 1)


def lines(people: int) -> Iterator[tuple[str, ...]]:
    """Pupils of two schools; every one has a SNILS with a right check sum."""
    for number in range(people):
        cells = {
            "surname": _SURNAMES[number % 5] + _word(number),
            "name": "Тимур" + _word(number // 5),
            "patronymic": "Олегович",
            "birth_date": f"{1 + number % 28:02d}.{1 + number % 12:02d}.{2008 + number % 10}",
            "sex": "М",
            "snils": _snils(number),
            "login": f"u{number}.diary",
            "role": "ученик",
            "class_name": f"{1 + number % 11}А",
            "school": f"29-00{1 + number % 2}",
        }
        yield tuple(cells.get(field, "") for field, _ in COLUMNS)


def measure(file: Path, url: str) -> None:
    """Twice: everybody new, then everybody there."""
    with database_at(url) as database:
        outside = outside_at(Clock())
        vault = sealing_vault(database, outside)
        journal = Journal(database, vault.fingerprints, outside)
        house = school_house(database, vault, journal, outside)
        house.furnish()
        rosters = Rosters(database, house.directory, house.schools.changes, journal, outside)
        for turn in ("new", "same"):
            begun = (time.process_time(), time.monotonic())
            with file.open("rb") as content:
                plan = rosters.plan(rows_of(content), Scope(None, _ON), {}, lambda _done: None)
            rosters.apply(plan, Actor("cli", "bench"), lambda _done: None)
            spent = (time.process_time() - begun[0], time.monotonic() - begun[1])
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            counts = f"{plan.count_added} new, {plan.count_same} the same, {len(plan.problems)} problems"
            print(f"{turn}: {spent[0]:.1f} s of the processor, {spent[1]:.1f} s, {memory} MB; {counts}")


def _word(number: int) -> str:
    return "".join(_LETTERS[number // 10**place % 10] for place in range(4))


def _snils(number: int) -> str:
    nine = f"{2_000_000 + number * 7:09d}"
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(9, 0, -1), strict=True))
    return f"{nine[:3]}-{nine[3:6]}-{nine[6:]} {(total if total < 100 else total % 101 % 100):02d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--kind", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    all_tables()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = folder / f"list.{asked.kind}"
        write_list(lines(asked.people), file)
        print(f"{asked.people} lines, {file.stat().st_size // 1024} KB")
        url = f"sqlite:///{folder}/lists.sqlite"
        if asked.postgres:
            stack.callback(Run().end)
            url = stack.enter_context(fresh_postgres_database())
        measure(file, url)


if __name__ == "__main__":
    main()
