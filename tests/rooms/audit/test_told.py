"""What the journeys rely on: a change of the product without an event in the same transaction is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, text

from broker.audit.catalogue import ClientAdded
from broker.audit.event import SYSTEM
from broker.limits.tables import TryCountRow
from broker.storage.tables import ShortLivedRow
from tests.rooms.audit.conftest import Records
from tests.support.journaled import watching_changes

CHANGE = "UPDATE signing_key SET moved_at = moved_at"


def _silent(records: Records) -> None:
    with records.database.work() as session:
        session.execute(text(CHANGE))


def _told(records: Records) -> None:
    with records.database.work() as session:
        session.execute(text(CHANGE))
        records.office.journal.append(ClientAdded("diary"), SYSTEM)


def _undone(records: Records) -> None:
    with pytest.raises(ZeroDivisionError), records.database.work() as session:
        session.execute(text(CHANGE))
        raise ZeroDivisionError
    with records.database.work() as session:
        session.execute(text("SELECT 1"))


def _outside_any_work(records: Records) -> None:
    records.database.session.execute(text(CHANGE))


def _technical(records: Records) -> None:
    records.database.session.execute(delete(ShortLivedRow))
    with records.database.work() as session:
        session.execute(delete(TryCountRow))


@pytest.mark.parametrize(("do", "finds"), [(_silent, 1), (_told, 0), (_undone, 0), (_outside_any_work, 1), (_technical, 0)])
@pytest.mark.parametrize("is_ours", [True, False], ids=["the product", "a test"])
def test_a_change_that_nobody_was_told_of_is_found(
    sqlite_records: Records, do: Callable[[Records], None], finds: int, is_ours: bool
) -> None:
    names: dict[str, Any] = {"do": do, "records": sqlite_records}
    with watching_changes() as watcher:
        exec(compile("do(records)", "/somewhere/broker/app.py" if is_ours else "tests/x.py", "exec"), names)

    assert finds * is_ours == len(watcher.found)
    assert all(said.startswith("signing_key by ") and "broker/app.py" in said for said in watcher.found)
