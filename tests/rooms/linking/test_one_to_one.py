"""Whatever is done in whatever order, replayed or at once: one identity ↔ one person."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask, current_app
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import text

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.connectors.identity import UpstreamIdentity
from broker.directory.directory import Directory
from broker.linking.evidence import Evidence
from broker.linking.link import DiaryTaken, UpstreamTaken
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.outcome import Certain, Doubt
from broker.storage.columns import Base
from broker.storage.database import Database
from tests.rooms.directory.samples import document, person, place, school
from tests.rooms.linking.samples import OTHER_SNILS, SNILS, identity, shipped
from tests.support.clock import Clock, outside_at
from tests.support.databases import open_database
from tests.support.sealing import sealing_vault

# Two people who look alike in every way but the SNILS, two whom nothing tells apart, and a minor nobody is compared with.
PEOPLE = (
    person("p-1"),
    person("p-2", snils="201-114-306 67"),
    person("p-3", surname="Клёнова", snils=None),
    person("p-4", surname="Клёнова", snils=None),
    person("p-5", memberships=[place("38-001", role="pupil")], birth_date="2010-03-17", snils=None),
)
IDENTITIES = (
    identity(subject="s-1"),
    identity(subject="s-2", snils=OTHER_SNILS),
    identity(subject="s-3", surname="Клёнова", snils="20111430768"),
    identity(subject="s-4", surname="Клёнова", snils="20111430869"),
    identity(subject="s-5", birth_date=date(2010, 3, 17), snils=None),
    identity(subject="s-1", connector="other"),
)
WHO = st.sampled_from([one["id"] for one in PEOPLE])
THERE = st.sampled_from(IDENTITIES)


def pairs(database: Database) -> list[tuple[str, str]]:
    found = database.session.execute(text("SELECT person_id, connector || subject_print AS subject FROM upstream_link"))
    return [(row.person_id, row.subject) for row in found]


def require_one_to_one(database: Database) -> None:
    tied = pairs(database)
    assert all(1 == count for count in Counter(who for who, _ in tied).values())
    assert all(1 == count for count in Counter(subject for _, subject in tied).values())


class SignIns(RuleBasedStateMachine):
    """Several people and accounts, steps of their sign-ins in any order, answers kept and used late or twice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        app, self.database = open_database(f"sqlite:///{Path(self.folder.name)}/test.sqlite")
        self.context = app.app_context()
        self.context.push()
        Base.metadata.create_all(self.database.engine)
        outside = outside_at(Clock())
        vault = sealing_vault(self.database, outside)
        journal = Journal(self.database, vault.fingerprints, outside)
        self.directory = Directory(self.database, vault.sealer, vault.fingerprints, outside.now)
        self.links = Links(self.database, vault.sealer, vault.fingerprints, journal, outside)
        self.matcher = Matcher(self.directory, self.links, shipped(), outside.now)
        self.directory.import_document(document(*PEOPLE, schools=(school(), school("38-001"))), journal, SYSTEM)
        self.answers: list[tuple[UpstreamIdentity, str, Evidence]] = []
        self.tied: dict[tuple[str, str], str] = {}

    def teardown(self) -> None:
        self.context.pop()
        self.database.close()
        self.folder.cleanup()

    @rule(who=THERE)
    def sign_in(self, who: UpstreamIdentity) -> None:
        found = self.matcher.match(who, "29")
        if isinstance(found, Certain):
            self.answers.append((who, found.person.id, found.evidence))

    @rule(who=THERE, whose=WHO)
    def type_the_diary_password(self, who: UpstreamIdentity, whose: str) -> None:
        card = self.directory.find_person(whose)
        assert card is not None
        found = self.matcher.prove(who, card, "29")
        if isinstance(found, Certain | Doubt):
            self.answers.append((who, found.person.id, Evidence.DIARY_PASSWORD))

    @rule(chosen=st.randoms(use_true_random=False))
    def finish_an_answer_of_whatever_age(self, chosen: random.Random) -> None:
        if not self.answers:
            return
        who, whose, evidence = chosen.choice(self.answers)
        subject = (who.connector, who.subject)
        try:
            link = self.links.tie(who, whose, evidence, "v1", SYSTEM)
        except DiaryTaken:
            assert subject not in self.tied and whose in self.tied.values()
        except UpstreamTaken:
            assert self.tied[subject] != whose
        else:
            assert whose == link.person_id == self.tied.get(subject, whose)
            self.tied[subject] = whose

    @rule(whose=WHO)
    def untie(self, whose: str) -> None:
        assert (whose in self.tied.values()) == self.links.untie(whose, "school", SYSTEM)
        self.tied = {subject: of for subject, of in self.tied.items() if of != whose}

    @invariant()
    def one_identity_one_person(self) -> None:
        require_one_to_one(self.database)
        assert len(self.tied) == len(pairs(self.database))

    @invariant()
    def who_is_tied_is_found_again(self) -> None:
        for who in IDENTITIES:
            found = self.links.find(who.connector, who.subject)
            assert self.tied.get((who.connector, who.subject)) == (found.person_id if found else None)


SignIns.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestSignIns = SignIns.TestCase


@pytest.mark.parametrize("seed", range(4))
def test_everybody_at_once(
    seed: int, database: Database, directory: Directory, links: Links, matcher: Matcher, load: Any
) -> None:
    """Eight browsers, five diaries, six accounts, every tie tried many times at the same moment, and some untied meanwhile."""
    load(*PEOPLE)
    dice = random.Random(seed)
    tries = [(dice.choice(IDENTITIES), dice.choice(PEOPLE)["id"]) for _ in range(60)]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def attempt(asked: tuple[UpstreamIdentity, str]) -> None:
        who, whose = asked
        with app.app_context():
            try:
                links.tie(replace(who, snils=SNILS), whose, Evidence.DIARY_PASSWORD, "v1", SYSTEM)
            except (DiaryTaken, UpstreamTaken):
                if whose in ("p-1", "p-3"):
                    links.untie(whose, "school", SYSTEM)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, tries))
    require_one_to_one(database)


def test_one_proof_pressed_many_times_ties_once(database: Database, links: Links, load: Any, journal: Journal) -> None:
    load(*PEOPLE)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def press(_: int) -> str:
        with app.app_context():
            return links.tie(IDENTITIES[0], "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM).id

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(press, range(24)))
    assert 1 == len(made)
    assert 1 == [entry.record.name for entry in journal.tail(50)].count("account.linked")
