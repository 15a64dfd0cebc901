"""The whole directory asked at once: every person found, each by their own region and school, few questions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, insert

from broker.audit.event import SYSTEM
from broker.connectors.identity import Level
from broker.directory.directory import Directory
from broker.directory.tables import CredentialRow
from broker.linking import everybody_store
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.linking.simulation import Change, Rules, Simulated, Simulation
from broker.storage.database import Database
from tests.rooms.directory.samples import person, place
from tests.rooms.linking.samples import identity, shipped

Load = Callable[..., None]
CHANGED = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def run(database: Database, directory: Directory) -> Callable[[str, str], dict[str, Simulated]]:
    def simulated(before: str, after: str) -> dict[str, Simulated]:
        rules = [Rules(shipped(), date.fromisoformat(day), lambda _policy: date(2026, 9, 1)) for day in (before, after)]
        simulation = Simulation(database, directory, *rules)
        everybody = list(simulation.run())
        assert simulation.count() == len(everybody)
        return {one.person_id: one for one in everybody}

    return simulated


def with_password(database: Database, *people: str) -> None:
    with database.work() as connection:
        rows = [{"person_id": one, "password_hash": "x", "changed_at": CHANGED} for one in people]
        connection.execute(insert(CredentialRow), rows)


def brief(one: Simulated) -> tuple[Any, ...]:
    return one.region, one.school_id, one.change, one.cause


def test_each_is_judged_by_their_own_region(run: Any, load: Load, links: Links, database: Database) -> None:
    load(
        person("linked", memberships=[place("29-002")], snils=None),
        person("standard", snils="201-114-306 67"),
        person("irkutsk", memberships=[place("38-001")]),
        person("child", memberships=[place("38-001", role="pupil")], birth_date="2014-05-05", activated=False),
        person("nowhere", memberships=[]),
        person("mother", memberships=[place(role="parent")], children=["child"]),
        person("left", memberships=[place("38-001", left_on="2024-07-01")]),
        person("both", memberships=[place("29-001"), place("38-001")]),
    )
    links.tie(identity(subject="1"), "linked", Evidence.DIARY_PASSWORD, "v1", SYSTEM)
    links.tie(identity(subject="2", level=Level.NOT_CONFIRMED), "standard", Evidence.DIARY_PASSWORD, "v1", SYSTEM)
    with_password(database, "irkutsk", "left", "both")
    found = {name: brief(one) for name, one in run("2024-06-30", "2024-07-01").items()}
    assert {
        "linked": ("29", "29-002", Change.NONE, 0),
        "standard": ("29", "29-001", Change.LOSES, 2109),
        "irkutsk": ("38", "38-001", Change.HARDER, 4006),
        "child": ("38", "38-001", Change.NONE, 3110),
        "nowhere": ("", "", Change.NONE, 0),
        "mother": ("29", "29-001", Change.NONE, 4006),
        "left": ("38", "38-001", Change.LOSES, 3111),
        "both": ("29", "29-001", Change.HARDER, 4006),
    } == {**found, "nowhere": (*found["nowhere"][:3], 0)}


def test_a_step_back_is_a_gain(run: Any, load: Load, links: Links) -> None:
    load(person())
    links.tie(identity(level=Level.NOT_CONFIRMED), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)
    gained = run("2024-07-01", "2024-06-30")["p-1"]
    assert (Change.GAINS, 2109) == (gained.change, gained.cause)


def test_parts_join_without_a_gap_and_questions_do_not_grow_with_people(
    run: Any, load: Load, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(*(person(f"p-{number:03}", memberships=[place()], snils=None) for number in range(45)))
    monkeypatch.setattr(everybody_store, "_PEOPLE", everybody_store._PEOPLE.limit(10))
    asked: list[str] = []
    engine = database._reading_engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    found = run("2024-06-30", "2024-07-01")
    assert {f"p-{number:03}" for number in range(45)} == found.keys()
    # Five parts of five questions, the end, the schools and the count.
    assert 28 >= len(asked)
