"""Finding entries by what they say, and the picture of them over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from broker.audit.catalogue import AccountLinked, CaseClosed, CaseOpened, LoginFinished, LoginRefused, MatchDecided
from broker.audit.event import SYSTEM, Actor
from broker.audit.search import Counted, Question, Result, drawn, names_of, result_of
from tests.rooms.audit.conftest import Records
from tests.rooms.audit.test_catalogue import EVENTS
from tests.support.clock import FIRST_BELL

PUPIL, OFFICER = Actor("person", "pupil-1"), Actor("staff", "officer-1")
EVENTS_WRITTEN = (
    (LoginRefused("diary", 2101, "29", "pupil-1"), SYSTEM),
    (CaseOpened("case-1", 2001, 2101, "pupil-1"), SYSTEM),
    (CaseClosed("case-1", "fixed"), OFFICER),
    (MatchDecided("prove", (2102, 2101), "r", "v"), SYSTEM),
    (AccountLinked("pupil-1", "esia", "f" * 64, "proof", "v"), PUPIL),  # type: ignore[arg-type]
    (LoginFinished("pupil-1", "session-1", "olymp", "29", "confirmed"), SYSTEM),
    (LoginFinished("pupil-2", "session-2", "diary", "38", "confirmed"), SYSTEM),
)


@pytest.fixture
def filled(records: Records) -> Records:
    for event, actor in EVENTS_WRITTEN:
        records.clock.advance(timedelta(hours=1))
        with records.database.work():
            records.office.journal.append(event, actor)
    return records


ASKED: tuple[tuple[Question, list[int]], ...] = (
    (Question(), [7, 6, 5, 4, 3, 2, 1]),
    (Question(since=FIRST_BELL + timedelta(hours=2), until=FIRST_BELL + timedelta(hours=4)), [3, 2]),
    (Question(names=("login.finished", "login.refused")), [7, 6, 1]),
    (Question(actor_kind="staff"), [3]),
    (Question(actor_kind="person", actor_id="pupil-1"), [5]),
    (Question(actor_id="officer-1"), [3]),
    (Question(person_id="pupil-1"), [6, 5, 2, 1]),
    (Question(client_id="diary"), [7, 1]),
    (Question(object_id="case-1"), [3, 2]),
    (Question(object_id="session-2"), [7]),
    (Question(cause=2101), [2, 1]),
    (Question(cause=2102), [4]),
    (Question(person_id="pupil-1", names=("login.finished",), client_id="olymp"), [6]),
    (Question(person_id="nobody"), []),
    (Question(object_id="x' OR ''='"), []),
)


def test_entries_are_found_by_what_they_say(filled: Records) -> None:
    search = filled.office.search
    found = [[entry.seq for entry in search.page(question).entries] for question, _ in ASKED]

    assert [seqs for _, seqs in ASKED] == found
    assert "pupil-1" == search.page(Question(person_id="pupil-1")).entries[0].fields["person_id"]


def test_pages_follow_each_other(filled: Records) -> None:
    search, question = filled.office.search, Question(person_id="pupil-1")
    pages = [search.page(question, most=2)]
    while pages[-1].older is not None:
        pages.append(search.page(question, pages[-1].older, 2))

    assert [[6, 5], [2, 1]] == [[entry.seq for entry in page.entries] for page in pages]


def test_counts_are_by_hour_and_name(filled: Records) -> None:
    counted = filled.office.search.counted(Question(names=("login.finished", "login.refused")))

    hour = datetime(2026, 9, 1, 5, tzinfo=UTC)
    assert FIRST_BELL == hour
    assert [
        Counted(hour + timedelta(hours=1), "login.refused", 1),
        Counted(hour + timedelta(hours=6), "login.finished", 1),
        Counted(hour + timedelta(hours=7), "login.finished", 1),
    ] == list(counted)


def test_a_picture_of_hours_has_no_gaps() -> None:
    at = datetime(2026, 9, 1, 5, tzinfo=UTC)
    counted = (
        Counted(at, "login.refused", 2),
        Counted(at, "login.finished", 5),
        Counted(at + timedelta(hours=3), "code.reused", 1),
    )

    picture = drawn(counted, at, at + timedelta(hours=4), ZoneInfo("Europe/Moscow"))
    assert (timedelta(hours=1), 7) == (picture.step, picture.highest)
    assert [at + timedelta(hours=place) for place in range(4)] == [bar.begins for bar in picture.bars]
    assert {Result.DONE: 5, Result.REFUSED: 2, Result.FAILED: 0} == picture.bars[0].counts
    assert [7, 0, 0, 1] == [bar.total for bar in picture.bars]


def test_a_picture_of_days_has_days_of_the_region() -> None:
    """21:30 in UTC on Monday is Tuesday in Moscow; and a summer time that ends makes no day twice."""
    monday = datetime(2026, 8, 31, 12, tzinfo=UTC)
    counted = (Counted(monday.replace(hour=21), "login.finished", 1), Counted(monday.replace(hour=20), "login.finished", 1))
    picture = drawn(counted, monday, monday + timedelta(days=4), ZoneInfo("Europe/Moscow"))
    assert [1, 1, 0, 0, 0] == [bar.total for bar in picture.bars]

    autumn = datetime(2026, 10, 23, tzinfo=UTC)
    berlin = drawn((), autumn, autumn + timedelta(days=5), ZoneInfo("Europe/Berlin"))
    assert [23, 24, 25, 26, 27, 28] == [bar.begins.astimezone(ZoneInfo("Europe/Berlin")).day for bar in berlin.bars]


def test_every_event_of_the_catalogue_has_a_result() -> None:
    names = [kind.name for kind in EVENTS]

    assert {"login.refused", "policy.refused", "upstream.refused"} <= set(names_of(Result.REFUSED, names))
    assert {"refresh.reused", "code.reused", "delivery.given_up"} <= set(names_of(Result.FAILED, names))
    assert Result.DONE is result_of("login.finished")
    assert len(names) == sum(len(names_of(result, names)) for result in Result)
