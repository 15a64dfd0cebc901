"""The journal at its size and under load: `python -m bench.journal --entries 1000000 [--postgres] [--writers 8]`.

Several writers append at once; then the journal is filled with real events (chained, with aliases), asked every question of the
search page, drawn, exported and verified. Everything is invented.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier
from typing import Any

from flask import current_app

from broker.audit.catalogue import CaseOpened, LoginFinished, LoginRefused, LoginStarted, TokensIssued
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.audit.office import AuditOffice, AuditTools, open_audit_office
from broker.audit.offline import verify_lines
from broker.audit.search import Question, drawn
from broker.audit.settings import AuditSettings
from broker.storage.database import Database
from tests.rooms.keys.vaults import ready_vault
from tests.support.clock import Clock, outside_at
from tests.support.databases import database_at
from tests.support.servers import Run, fresh_postgres_database
from tests.support.tables import all_tables

_PEOPLE = 20_000
_BATCH = 2000


def events_of(number: int) -> tuple[Any, Actor]:
    """The event with a number: mostly sign-ins and tokens, one in a hundred a failure."""
    person = f"person-{number * 7919 % _PEOPLE}"
    client = f"service-{number % 40}"
    if number % 100 == 0:
        return LoginRefused(client, 2100 + number // 100 % 20, "29", person), SYSTEM
    if number % 100 == 1:
        return CaseOpened(f"case-{number}", 2001, 2100 + number // 100 % 20, person), SYSTEM
    kinds = (
        LoginStarted(client, "29"),
        LoginFinished(person, f"session-{number}", client, "29", "confirmed"),
        TokensIssued(person, client, f"grant-{number}", "authorization_code", ("openid",)),
    )
    return kinds[number % 3], Actor("person", person)


def fill(database: Database, journal: Journal, clock: Clock, entries: int) -> None:
    """So many entries over a year."""
    step = timedelta(days=365) / entries
    for begin in range(0, entries, _BATCH):
        with database.work():
            for number in range(begin, min(begin + _BATCH, entries)):
                clock.advance(step)
                journal.append(*events_of(number))


def timed(said: str, do: Callable[[], object]) -> None:
    """The middle of five tries, in milliseconds."""
    spent = []
    for _ in range(5):
        begun = time.perf_counter()
        found = do()
        spent.append(time.perf_counter() - begun)
    print(f"{said:<42} {sorted(spent)[2] * 1000:8.1f} ms  {found}", flush=True)


def ask(office: AuditOffice, clock: Clock) -> None:
    """Every filter alone, those that find nothing, and the pictures."""
    now = clock.now()
    questions = {
        "the last page": Question(),
        "one day": Question(since=now - timedelta(days=100), until=now - timedelta(days=99)),
        "a usual event": Question(names=("login.finished",)),
        "a rare event": Question(names=("key.revoked",)),
        "all refusals of a month": Question(names=("login.refused", "policy.refused"), since=now - timedelta(days=30)),
        "a person": Question(person_id="person-77"),
        "a person who does not exist": Question(person_id="nobody"),
        "a service": Question(client_id="service-7"),
        "an object": Question(object_id="session-500002"),
        "who did it": Question(actor_kind="person", actor_id="person-79"),
        "a cause": Question(cause=2107),
        "a cause, one service, a year ago": Question(cause=2107, client_id="service-7", until=now - timedelta(days=360)),
        "a kind of actor that never acted": Question(actor_kind="diary"),
    }
    for said, question in questions.items():
        timed(said, lambda question=question: f"{len(office.search.page(question).entries)} entries")
    for days in (1, 30, 365):
        question = Question(since=now - timedelta(days=days), until=now)
        timed(f"the picture of {days} days", lambda question=question: _bars(office, question))


def _bars(office: AuditOffice, question: Question) -> str:
    assert question.since is not None and question.until is not None
    picture = drawn(office.search.counted(question), question.since, question.until, question.until.tzinfo)  # type: ignore[arg-type]
    return f"{len(picture.bars)} bars"


def prove(office: AuditOffice) -> None:
    """The walk along the chain, the export and its verification, once each."""
    office.checkpoints.make(SYSTEM)
    for said, do in (
        ("verify in the database", lambda: office.checkpoints.verify().is_whole),
        ("export and verify offline", lambda: verify_lines(office.exports.lines(office.exports.span())).is_whole),
    ):
        begun = time.perf_counter()
        print(f"{said:<42} {time.perf_counter() - begun + _after(do):8.1f} s", flush=True)


def _after(do: Callable[[], bool]) -> float:
    begun = time.perf_counter()
    assert do()
    return time.perf_counter() - begun


def append_at_once(database: Database, journal: Journal, writers: int, each: int) -> None:
    """Several threads with connections of their own, one event a unit of work, of people whom this process knows."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = Barrier(writers + 1)

    def write(place: int) -> None:
        with app.app_context():
            together.wait()
            for number in range(each):
                with database.work():
                    journal.append(LoginFinished(f"person-{place}", f"s-{number}", "diary", "29", "confirmed"), SYSTEM)

    with ThreadPoolExecutor(writers) as pool:
        done = [pool.submit(write, place) for place in range(writers)]
        together.wait()
        begun = time.perf_counter()
        for one in done:
            one.result()
    spent = time.perf_counter() - begun
    print(f"{writers} writers: {writers * each / spent:.0f} entries a second", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    all_tables()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{folder}/journal.sqlite"
        if asked.postgres:
            stack.callback(Run().end)
            url = stack.enter_context(fresh_postgres_database())
        clock = Clock()
        outside = outside_at(clock)
        with database_at(url) as database:
            vault = ready_vault(database, outside)
            journal = Journal(database, vault.fingerprints, outside)
            tools = AuditTools(database, journal, vault.audit_ring, outside, "https://login.example.org")
            office = open_audit_office(AuditSettings(), tools)
            for writers in (1, asked.writers):
                append_at_once(database, journal, writers, 500)
            print(f"filling: {_after(lambda: fill(database, journal, clock, asked.entries) is None):.0f} s", flush=True)
            ask(office, clock)
            prove(office)


if __name__ == "__main__":
    main()
