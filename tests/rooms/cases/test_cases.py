"""Cases on both kinds of database: one failure is one case, found by its number, closed by a sign-in, gone after two weeks."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import select, text

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.cases.case import Failure, State
from broker.cases.cases import Cases, CaseTaken
from broker.cases.tables import CaseRow
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.vault import Vault
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

SAID = {"surname": "рябинина", "snils": "20111430566", "patronymic": ""}
COMPARED = (("surname", "differs"), ("patronymic", "matches"), ("snils", "missing_here"))


@pytest.fixture
def vault(database: Database, outside: Outside) -> Vault:
    return sealing_vault(database, outside)


@pytest.fixture
def journal(database: Database, vault: Vault, outside: Outside) -> Journal:
    return Journal(database, vault.fingerprints, outside)


@pytest.fixture
def cases(database: Database, vault: Vault, journal: Journal, outside: Outside) -> Cases:
    return Cases(database, vault.fingerprints, journal, outside)


def failure(**changes: object) -> Failure:
    values: dict[str, object] = {
        "cause": 3102,
        "real_cause": 3102,
        "region": "29",
        "client_id": "diary",
        "person_id": "p-1",
        "subject_print": "a" * 64,
        "compared": COMPARED,
        "said": SAID,
    }
    return Failure(**(values | changes))  # type: ignore[arg-type]


def names(journal: Journal) -> list[str]:
    return [entry.record.name for entry in journal.tail(50)]


def test_a_failure_opens_a_case_that_its_number_finds(cases: Cases, clock: Clock) -> None:
    case = cases.open(failure())
    assert re.fullmatch(r"\d{4}-\d{4}", case.number)
    assert (State.OPEN, 1, COMPARED, clock.now() + timedelta(days=14)) == (case.state, case.times, case.compared, case.ends_at)
    spaced = case.number.replace("-", " ")
    assert [case] * 4 == [cases.find(n) for n in (case.number, spaced, f" {case.number} ", case.number.replace("-", " – "))]


@pytest.mark.parametrize("number", ["", "1234", "12345-6789", "abcd-efgh", "١٢٣٤-٥٦٧٨", "0000-0000' OR 1=1", "9" * 500])
def test_no_other_text_is_a_number(cases: Cases, number: str) -> None:
    cases.open(failure())
    assert cases.find(number) is None


SAME = [
    (failure(), failure(), True, "a refresh"),
    (failure(), failure(real_cause=3103), True, "the page says the same, so the number must not tell more"),
    (failure(), failure(person_id="p-2"), True, "nor which card was looked at"),
    (failure(), failure(cause=3103), False, "another page"),
    (failure(), failure(subject_print="b" * 64), False, "somebody else at the same card"),
    (failure(subject_print=None), failure(subject_print=None), True, "without an account, the card"),
    (failure(subject_print=None), failure(subject_print=None, person_id="p-2"), False, "another card"),
    (failure(subject_print=None, person_id=None), failure(subject_print=None, person_id=None), False, "nobody is nobody's same"),
]


@pytest.mark.parametrize(("first", "second", "is_same", "why"), SAME, ids=[row[3] for row in SAME])
def test_what_is_the_same_case(cases: Cases, first: Failure, second: Failure, is_same: bool, why: str) -> None:
    one, two = cases.open(first), cases.open(second)
    assert (is_same, 2 if is_same else 1) == (one.number == two.number, two.times), why


def test_the_last_try_decides_what_the_school_sees(cases: Cases, clock: Clock) -> None:
    cases.open(failure(cause=3101, real_cause=3103))
    clock.advance(timedelta(days=13))
    seen = cases.open(failure(cause=3101, real_cause=3101, person_id=None, compared=()))
    assert (3101, "p-1", (), clock.now() + timedelta(days=14)) == (seen.real_cause, seen.person_id, seen.compared, seen.ends_at)


def test_nothing_readable_is_kept(cases: Cases, database: Database) -> None:
    one, two = cases.open(failure()), cases.open(failure(cause=3103))
    kept = dict(database.session.execute(select(CaseRow.id, CaseRow.said)).all())  # type: ignore[arg-type]
    rows = " ".join(map(str, database.session.execute(text("SELECT * FROM access_case")).all()))
    assert all(value not in rows for value in SAID.values() if value)
    assert kept[one.id] != kept[two.id]
    assert "рябинина" not in repr(failure())


def test_checking_again_compares_the_card_of_today(cases: Cases) -> None:
    case = cases.open(failure())
    card = {"surname": "рябинина", "patronymic": "сергеевна", "name": "алена"}
    assert (("surname", "matches"), ("patronymic", "differs"), ("snils", "missing_here")) == cases.check_again(case, card)
    corrected = {"surname": "рябинина", "patronymic": "", "snils": "20111430566"}
    assert (("surname", "matches"), ("patronymic", "matches"), ("snils", "matches")) == cases.check_again(case, corrected)
    silent = cases.open(failure(subject_print="c" * 64, said={}))
    assert {"missing_there", "missing_here"} == {word for _, word in cases.check_again(silent, card)}


def test_a_fixed_case_waits_for_the_person_and_opens_again_if_it_did_not_help(cases: Cases, journal: Journal) -> None:
    case, staff = cases.open(failure()), Actor("staff", "p-9")
    cases.mark_fixed(case.id, (("surname", "matches"),), staff)
    fixed = cases.find(case.number)
    assert fixed is not None
    assert (State.FIXED, (("surname", "matches"),)) == (fixed.state, fixed.compared)
    cases.mark_fixed(case.id, (), staff)
    again = cases.open(failure())
    assert (case.number, State.OPEN, None) == (again.number, again.state, again.fixed_at)
    assert ["case.opened", "case.fixed", "case.opened"] == names(journal)


def test_a_sign_in_closes_what_is_the_persons(cases: Cases, journal: Journal) -> None:
    own = cases.open(failure())
    without_account = cases.open(failure(subject_print=None))
    nobodys_card = cases.open(failure(cause=3101, person_id=None))
    strangers = cases.open(failure(cause=3201, subject_print="b" * 64))
    assert 3 == cases.close_of("p-1", "a" * 64)
    assert [strangers.number] == [case.number for case in cases.of_people(["p-1", "p-2"])]
    closed = {case.number: case for case in cases.of_people(["p-1"], closed=True)}
    assert {own.number, without_account.number} == closed.keys()
    assert {"signed_in"} == {case.closed_why for case in closed.values()}
    assert 0 == cases.close_of("p-1", "a" * 64)
    assert 3 == names(journal).count("case.closed")
    assert cases.open(failure()).number not in (own.number, nobodys_card.number)


def test_what_still_holds_stays_open(cases: Cases) -> None:
    differing = cases.open(failure(cause=3103, real_cause=3103))
    reported = cases.report("p-1", "29", ["snils", "name"])
    assert ("name", "snils") == reported.wrong_fields
    assert 0 == cases.close_of("p-1", "a" * 64, still=(3103,))
    cases.mark_fixed(reported.id, (), Actor("staff", "p-9"))
    assert 1 == cases.close_of("p-1", "a" * 64, still=(3103,))
    assert [differing.number] == [case.number for case in cases.of_people(["p-1"])]


def test_a_school_finds_out_whose_case_it_is(cases: Cases, journal: Journal) -> None:
    case = cases.open(failure(person_id=None))
    assert () == cases.of_people(["p-7"])
    cases.attach(case.id, "p-7", Actor("staff", "p-9"))
    # Of two schools that have both seen it as nobody's, the first decides.
    with pytest.raises(CaseTaken):
        cases.attach(case.id, "p-8", Actor("staff", "p-10"))
    assert [case.number] == [found.number for found in cases.of_people(["p-7"])]
    cases.close(case.id, "not_ours", Actor("staff", "p-9"))
    cases.close(case.id, "fixed", Actor("staff", "p-9"))
    with pytest.raises(CaseTaken):
        cases.attach(case.id, "p-8", Actor("staff", "p-9"))
    assert ["case.opened", "case.attached", "case.closed"] == names(journal)
    assert ["not_ours"] == [found.closed_why for found in cases.of_people(["p-7"], closed=True)]
    assert () == cases.of_people(["p-8"], closed=True)


def test_cases_end_after_fourteen_days(cases: Cases, clock: Clock) -> None:
    case = cases.open(failure())
    clock.advance(timedelta(days=14) - timedelta(seconds=1))
    assert 0 == cases.tidy()
    assert case == cases.find(case.number)
    clock.advance(timedelta(seconds=1))
    assert cases.find(case.number) is None
    assert () == cases.of_people(["p-1"])
    fresh = cases.open(failure())
    assert (1, 1) == (fresh.times, cases.tidy())
    assert fresh == cases.find(fresh.number)


def test_the_newest_stands_first_however_many_people_are_asked_for(cases: Cases, clock: Clock) -> None:
    for number in range(3):
        cases.open(failure(person_id=f"p-{number}", subject_print=None))
        clock.advance(timedelta(minutes=1))
    everybody = [f"p-{number}" for number in range(1500)]
    assert ["p-2", "p-1", "p-0"] == [case.person_id for case in cases.of_people(everybody)]


def test_a_region_sees_its_open_cases(cases: Cases, clock: Clock) -> None:
    first = cases.open(failure(person_id=None))
    clock.advance(timedelta(minutes=1))
    second = cases.open(failure(cause=3108, subject_print="d" * 64))
    cases.open(failure(region="38", subject_print="e" * 64))
    cases.close(cases.open(failure(cause=3105)).id, "not_ours", Actor("cli", "somebody"))
    assert [second.number, first.number] == [case.number for case in cases.of_region("29")]
    assert [second.number] == [case.number for case in cases.of_region("29", most=1)]


def test_a_number_given_out_before_is_drawn_again(database: Database, vault: Vault, journal: Journal, outside: Outside) -> None:
    drawn = iter([1, 1, 1, 2])

    def random(size: int) -> bytes:
        return next(drawn).to_bytes(size) if size == 12 else outside.random(size)

    cases = Cases(database, vault.fingerprints, journal, Outside(outside.now, random, outside.send))
    numbers = [cases.open(failure(subject_print=print_ * 64)).number for print_ in "ab"]
    assert ["0000-0001", "0000-0002"] == numbers


def test_parallel_failures_make_one_case(cases: Cases) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def in_context(act: Callable[[], str]) -> str:
        with app.app_context():
            return act()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: in_context(lambda: cases.open(failure()).number), range(24)))
    assert 1 == len(set(numbers))
    found = cases.find(numbers[0])
    assert found is not None
    assert 24 == found.times
