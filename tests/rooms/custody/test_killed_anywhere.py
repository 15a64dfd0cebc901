"""Whoever is killed in a checkpoint or in a revocation by two people leaves nothing, or all of it; moves, re-sealing, backups and
restores have theirs beside their other tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.audit.office import AuditTools, open_audit_office
from broker.audit.settings import AuditSettings
from broker.custody.two_people import TwoPeople
from broker.foundation.outside import Outside
from keys.signing.key import Family, KeyState
from tests.rooms.custody.key_house import KeyHouse, key_house
from tests.support.databases import open_database
from tests.support.killing import dies_at, steps_of
from tests.support.tables import all_tables

Act = Callable[[KeyHouse, Outside], object]


def checkpoint(house: KeyHouse, outside: Outside) -> object:
    tools = AuditTools(house.database, house.journal, house.vault.audit_ring, outside, "https://login.example.org")
    return open_audit_office(AuditSettings(), tools).checkpoints.hourly()


def revocation(house: KeyHouse, outside: Outside) -> object:
    two = TwoPeople(house.database, house.journal, outside, str.__eq__, lambda _person_id: True)
    waiting = two.waiting()
    if not waiting:
        return None
    return two.confirm(
        "keys.revoke", waiting[0].id, "officer-2", lambda request, actor: house.office.moves.revoke(request.about, actor)
    )


def checkpoints(house: KeyHouse) -> int:
    return len(house.told("checkpoint.made"))


def revoked(house: KeyHouse) -> int:
    return len(house.of(Family.P256)[KeyState.REVOKED])


@pytest.mark.parametrize(
    ("act", "done", "event"),
    [(checkpoint, checkpoints, "checkpoint.made"), (revocation, revoked, "key.revoked")],
    ids=["checkpoint", "revocation"],
)
def test_killed_at_any_step_nothing_or_all_of_it_is_there(
    tmp_path: Path, outside: Outside, act: Act, done: Callable[[KeyHouse], int], event: str
) -> None:
    all_tables()
    ready = tmp_path / "ready.sqlite"
    _prepare(ready, outside)

    def run(path: Path) -> None:
        app, database = open_database(f"sqlite:///{path}")
        with app.app_context():
            act(key_house(database, outside), outside)
        database.close()

    steps = steps_of(lambda: run(Path(shutil.copy(ready, tmp_path / "whole.sqlite"))))
    found = []
    # What comes before the unit of work itself only reads.
    for step in (0, *range(max(1, steps - 12), steps + 1)):
        path = Path(shutil.copy(ready, tmp_path / f"{step}.sqlite"))
        assert dies_at(step, lambda path=path: run(path)) is (step < steps), step
        app, database = open_database(f"sqlite:///{path}")
        with app.app_context():
            house = key_house(database, outside)
            found.append(done(house))
            assert found[-1] == len(house.told(event)), "the event stands only with the act"
            act(house, outside)
            assert (1, 1) == (done(house), len(house.told(event))), "the next one completes it, once"
            assert house.journal.verify().is_whole
            assert all(1 == len(house.of(family)[KeyState.SIGNING]) for family in Family)
        database.close()
    assert sorted(found) == found, "not there up to the commit, there from then on"
    assert {0, 1} == set(found)


def _prepare(path: Path, outside: Outside) -> None:
    app, database = open_database(f"sqlite:///{path}")
    with app.app_context():
        all_tables().create_all(database.engine)
        house = key_house(database, outside)
        signer = house.of(Family.P256)[KeyState.SIGNING][0]
        TwoPeople(database, house.journal, outside, str.__eq__, lambda _person_id: True).ask(
            "keys.revoke", signer.kid, "stolen", "officer-1"
        )
        # A log beside the file would be left out of the copies.
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
