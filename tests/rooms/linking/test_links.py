"""Links are unique both ways, also when many try at once, and every tie is in the journal or did not happen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.linking.evidence import Evidence
from broker.linking.link import DiaryTaken, Link, UpstreamTaken
from broker.linking.links import Links
from broker.storage.database import Database
from tests.rooms.directory.samples import person
from tests.rooms.linking.samples import identity
from tests.support.clock import FIRST_BELL, Clock

ACTOR = Actor("person", "p-1")
MANY = 16


@pytest.fixture(autouse=True)
def people(load: Callable[..., None]) -> None:
    load(*(person(f"p-{number}") for number in range(MANY)))


def tie(links: Links, someone: UpstreamIdentity, person_id: str = "p-1") -> Link:
    return links.tie(someone, person_id, Evidence.SNILS_AND_NAME, "v1", ACTOR)


class TestTying:
    def test_a_tie_is_found_from_both_ends(self, links: Links) -> None:
        link = tie(links, identity())

        assert ("p-1", "esia", Level.CONFIRMED, True, Evidence.SNILS_AND_NAME, FIRST_BELL, FIRST_BELL) == (
            link.person_id,
            link.connector,
            link.level,
            link.is_standard,
            link.evidence,
            link.linked_at,
            link.seen_at,
        )
        assert link == links.find("esia", "1000600901") == links.of_person("p-1")
        assert "1000600901" == links.subject_of("p-1")

    @pytest.mark.parametrize(
        ("connector", "subject"),
        [("esia", "100060090"), ("esia", "10006009011"), ("other", "1000600901"), ("esia\n1000600901", ""), ("esia", "")],
    )
    def test_nothing_else_is_found(self, links: Links, connector: str, subject: str) -> None:
        tie(links, identity())

        assert links.find(connector, subject) is None
        assert (None, None) == (links.of_person("p-2"), links.subject_of("p-2"))

    def test_the_same_tie_again_is_the_tie_there_is(self, links: Links, journal: Journal) -> None:
        assert tie(links, identity()) == tie(links, identity(level=Level.CHILD))
        assert 1 == len([entry for entry in journal.tail(50) if entry.name == "account.linked"])

    def test_a_person_has_one_identity(self, links: Links) -> None:
        first = tie(links, identity())

        for other in (identity(subject="1000600902"), identity(connector="other")):
            with pytest.raises(DiaryTaken):
                tie(links, other)
        assert first == links.of_person("p-1")

    def test_an_identity_has_one_person(self, links: Links) -> None:
        tie(links, identity())

        with pytest.raises(UpstreamTaken):
            tie(links, identity(), "p-2")
        tie(links, identity(subject="1000600902"), "p-2")
        with pytest.raises(UpstreamTaken):
            tie(links, identity(), "p-2")

    def test_the_same_subject_of_two_upstreams_is_two_identities(self, links: Links) -> None:
        tie(links, identity())

        assert "p-2" == tie(links, identity(connector="other"), "p-2").person_id

    def test_nobody_can_be_tied_to_a_person_who_is_not_there(self, links: Links) -> None:
        with pytest.raises(IntegrityError):
            tie(links, identity(), "p-99")
        assert links.find("esia", "1000600901") is None

    def test_an_identity_without_a_subject_cannot_be(self) -> None:
        with pytest.raises(ValueError, match="subject"):
            identity(subject="")

    def test_the_subject_lies_sealed_and_is_readable_nowhere(self, links: Links, database: Database) -> None:
        tie(links, identity())
        links.untie("p-1", "school", ACTOR)
        tie(links, identity())

        rows = [
            row for table in ("upstream_link", "audit_entry") for row in database.session.execute(text(f"SELECT * FROM {table}"))
        ]
        assert "1000600901" not in str([tuple(row) for row in rows])

    def test_a_tie_is_journaled_with_its_evidence(self, links: Links, journal: Journal) -> None:
        tie(links, identity())

        (entry,) = journal.tail(1)
        assert ("account.linked", ACTOR) == (entry.name, entry.actor)
        assert {
            "person_id": "p-1",
            "connector": "esia",
            "subject": journal.fingerprint("esia", "1000600901"),
            "evidence": "snils_and_name",
            "policy_version": "v1",
        } == entry.fields

    def test_what_is_rolled_back_around_a_tie_undoes_it(self, links: Links, journal: Journal, database: Database) -> None:
        with pytest.raises(ZeroDivisionError), database.work():
            tie(links, identity())
            raise ZeroDivisionError

        assert links.of_person("p-1") is None
        assert [] == [entry for entry in journal.tail(50) if entry.name == "account.linked"]


class TestUntying:
    def test_an_untied_person_is_free_and_the_journal_says_why(self, links: Links, journal: Journal) -> None:
        tie(links, identity())

        assert links.untie("p-1", "school", Actor("staff", "p-9"))

        assert (None, None) == (links.of_person("p-1"), links.find("esia", "1000600901"))
        (entry,) = journal.tail(1)
        assert ("account.unlinked", "school", journal.fingerprint("esia", "1000600901")) == (
            entry.name,
            entry.fields["cause"],
            entry.fields["subject"],
        )
        tie(links, identity(), "p-2")
        tie(links, identity(subject="1000600902"))

    def test_who_is_not_tied_cannot_be_untied(self, links: Links, journal: Journal) -> None:
        assert not links.untie("p-1", "school", SYSTEM)
        assert "account.unlinked" != journal.tail(1)[0].name


def test_a_sign_in_is_noted(links: Links, clock: Clock) -> None:
    link = tie(links, identity())
    now = clock.advance(timedelta(hours=1))

    links.touch(link.id, Level.NOT_CONFIRMED, is_standard=False)
    found = links.of_person("p-1")
    assert found is not None
    assert (Level.NOT_CONFIRMED, False, FIRST_BELL, now) == (found.level, found.is_standard, found.linked_at, found.seen_at)

    links.touch(link.id, "child")
    found = links.of_person("p-1")
    assert found is not None and (Level.CHILD, False) == (found.level, found.is_standard)


def at_once(links: Links, attempts: list[tuple[UpstreamIdentity, str]]) -> list[Any]:
    """What every one of these ties gave, all started together."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = threading.Barrier(len(attempts))

    def run(attempt: tuple[UpstreamIdentity, str]) -> Any:
        with app.app_context():
            together.wait(30)
            try:
                return tie(links, *attempt)
            except (DiaryTaken, UpstreamTaken) as taken:
                return type(taken)

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


class TestAtOnce:
    def test_one_identity_and_many_people(self, links: Links, journal: Journal, database: Database) -> None:
        found = at_once(links, [(identity(), f"p-{number}") for number in range(MANY)])

        self._one_won(found, UpstreamTaken, journal, database)

    def test_one_person_and_many_identities(self, links: Links, journal: Journal, database: Database) -> None:
        found = at_once(links, [(identity(subject=f"10006009{number:02d}"), "p-1") for number in range(MANY)])

        self._one_won(found, DiaryTaken, journal, database)

    def test_the_same_tie_many_times(self, links: Links, journal: Journal, database: Database) -> None:
        found = at_once(links, [(identity(), "p-1")] * MANY)

        assert 1 == len(set(found))
        self._one_won(found[:1], UpstreamTaken, journal, database)

    def test_every_pairing_of_some_with_some(self, links: Links, journal: Journal, database: Database) -> None:
        subjects = [identity(subject=f"10006009{number}") for number in range(4)]
        found = at_once(links, [(subject, f"p-{number}") for subject in subjects for number in range(4)])

        kept = [link for link in found if isinstance(link, Link)]
        rows = database.session.execute(text("SELECT person_id, subject_print FROM upstream_link")).all()
        assert len(kept) == len(rows) == len({row[0] for row in rows}) == len({row[1] for row in rows})
        assert len(kept) == len([entry for entry in journal.tail(99) if entry.name == "account.linked"])
        assert journal.verify().is_whole

    @staticmethod
    def _one_won(found: list[Any], refusal: type[Exception], journal: Journal, database: Database) -> None:
        kept = [link for link in found if isinstance(link, Link)]
        assert (1, len(found) - 1) == (len(kept), found.count(refusal))
        rows = database.session.execute(text("SELECT id, person_id FROM upstream_link")).all()
        assert [(kept[0].id, kept[0].person_id)] == [tuple(row) for row in rows]
        assert [kept[0].person_id] == [entry.fields["person_id"] for entry in journal.tail(99) if entry.name == "account.linked"]
        assert journal.verify().is_whole
