"""Which sessions may be removed: those nobody can ask for any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from broker.sessions.old_store import KEPT_FOR, OldSessions
from broker.sessions.tables import SessionClientRow, SessionRow
from broker.storage.database import Database
from tests.support.clock import FIRST_BELL, Clock

DAY = timedelta(days=1)
LONG_LIFE = timedelta(days=120)


def keep(database: Database, name: str, ends_at: datetime, ended_at: datetime | None = None) -> None:
    moments = {"authenticated_at": ends_at - DAY, "opened_at": ends_at - DAY, "seen_at": ends_at - DAY}
    words = {"person_id": "p1", "connector": "esia", "level": "confirmed", "methods": "pwd", "region": "29"}
    with database.work() as session:
        session.execute(
            insert(SessionRow).values(
                id=name, secret_hash=name, ends_at=ends_at, ended_at=ended_at, ended_cause="x", **moments, **words
            )
        )
        session.execute(insert(SessionClientRow).values(session_id=name, client_id="diary", joined_at=ends_at - DAY))


def kept(database: Database) -> set[str]:
    return set(database.session.execute(select(SessionRow.id)).scalars())


@pytest.mark.parametrize(
    ("ended", "age", "is_kept"),
    [
        (True, KEPT_FOR - timedelta(seconds=1), True),
        (True, KEPT_FOR, False),
        # Nobody signed out: an offline grant of the session may live on, and asks for it.
        (False, KEPT_FOR, True),
        (False, LONG_LIFE - timedelta(seconds=1), True),
        (False, LONG_LIFE, False),
        (False, -DAY, True),
        (True, -DAY, True),
    ],
)
def test_how_long_a_session_is_kept(database: Database, clock: Clock, ended: bool, age: timedelta, is_kept: bool) -> None:
    ends_at = FIRST_BELL - age
    keep(database, "s1", ends_at, ends_at - DAY if ended else None)

    removed = OldSessions(database, clock.now, LONG_LIFE).tidy()

    assert (0 if is_kept else 1) == removed
    assert ({"s1"} if is_kept else set()) == kept(database)


def test_short_grants_do_not_shorten_a_persons_history(database: Database, clock: Clock) -> None:
    keep(database, "s1", FIRST_BELL - KEPT_FOR + DAY)

    assert 0 == OldSessions(database, clock.now, DAY).tidy()


def test_batches_and_what_hangs_on_them(database: Database, clock: Clock) -> None:
    for number in range(5):
        keep(database, f"s{number}", FIRST_BELL - 200 * DAY)
    keep(database, "young", FIRST_BELL + DAY)
    old = OldSessions(database, clock.now, LONG_LIFE)

    assert [2, 2, 1, 0] == [old.tidy(2) for _ in range(4)]
    assert {"young"} == kept(database)
    assert ["young"] == list(database.session.execute(select(SessionClientRow.session_id)).scalars())
