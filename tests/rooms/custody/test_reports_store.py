"""Of several workers the first one's report is the report, on every database."""

from __future__ import annotations

from broker.custody.reports_store import ReportStore
from broker.storage.database import Database
from tests.support.clock import Clock


def test_the_first_report_stays_and_its_maker_knows(database: Database, clock: Clock) -> None:
    store = ReportStore(database)
    with database.work():
        first, second = store.add("kid", clock.now(), "one"), store.add("kid", clock.now(), "two")

    assert (True, False, "one") == (first, second, store.find("kid"))
