"""What happens once in the world happens once, however many try at the same moment, on both kinds of database."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import current_app

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.contacts import Contacts, Kind
from broker.directory.credentials import Credentials, FieldRefused, LoginChangedBefore
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.person import Person
from broker.directory.recovery import Recovery
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.sql_shelf import SqlShelf
from keys.vault import Vault
from tests.rooms.directory.samples import SNILS, document, person
from tests.support.clock import FIRST_BELL

MANY = 8
MONTH = FIRST_BELL + timedelta(days=30)


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returned, or the exception it raised; all start at the same moment."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            together.wait(20)
            try:
                return work()
            except Exception as raised:
                return raised

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works, timeout=60))


@pytest.fixture
def people(directory: Directory, journal: Journal) -> list[Person]:
    given = [person(f"p-{number}", activated=False, snils=None) for number in range(MANY)]
    directory.import_document(document(*given), journal, SYSTEM)
    found = [directory.find_person(str(one["id"])) for one in given]
    return [one for one in found if one is not None]


def test_one_finishes_an_invitation(invitations: Invitations, people: list[Person], journal: Journal) -> None:
    issued = invitations.issue("p-1", SYSTEM, MONTH)

    done = at_once([partial(invitations.finish, issued.invitation.id, SYSTEM)] * MANY)

    assert Counter({False: MANY - 1, True: 1}) == Counter(done)
    assert 1 == len([entry for entry in journal.tail(200) if entry.name == "invitation.finished"])


def test_an_invitation_is_finished_or_replaced_and_never_both(invitations: Invitations, people: list[Person]) -> None:
    issued = [invitations.issue(one.id, SYSTEM, MONTH) for one in people]
    works: list[Callable[[], Any]] = []
    for one, paper in zip(people, issued, strict=True):
        works += [partial(invitations.finish, paper.invitation.id, SYSTEM), partial(invitations.issue, one.id, SYSTEM, MONTH)]

    done = at_once(works)

    assert [] == [found for found in done if isinstance(found, Exception)]
    for paper, finished in zip(issued, done[::2], strict=True):
        kept = invitations.find(paper.invitation.id)
        assert kept is not None
        assert (finished, not finished) == (kept.used_at is not None, kept.cancelled_at is not None)


def test_of_many_issued_one_stays_open(invitations: Invitations, directory: Directory, journal: Journal) -> None:
    directory.import_document(document(person(login=None)), journal, SYSTEM)

    issued = at_once([partial(invitations.issue, "p-1", SYSTEM, MONTH)] * MANY)

    assert 1 == len({paper.login for paper in issued})
    assert 1 == len([paper for paper in issued if invitations.open(paper.login, paper.password) is not None])


def test_one_of_many_gets_a_login(credentials: Credentials, people: list[Person], directory: Directory) -> None:
    done = at_once([partial(credentials.change_login, one, "wanted.by.all", SYSTEM) for one in people])

    assert 1 == done.count(None)
    assert MANY - 1 == len([found for found in done if isinstance(found, FieldRefused) and found.message == "login.taken"])
    # Those who came too late still have their change.
    for one, found in zip(people, done, strict=True):
        if found is not None:
            credentials.change_login(one, f"own.{one.id}", SYSTEM)
            assert one.id == getattr(directory.find_by_login(f"own.{one.id}"), "id", None)


def test_a_person_changes_their_login_once(credentials: Credentials, people: list[Person], directory: Directory) -> None:
    done = at_once([partial(credentials.change_login, people[1], f"choice.{number}", SYSTEM) for number in range(MANY)])

    assert 1 == done.count(None)
    assert MANY - 1 == len([found for found in done if isinstance(found, LoginChangedBefore)])
    assert f"choice.{done.index(None)}" == getattr(directory.find_person("p-1"), "login", None)


def test_no_change_of_a_card_is_lost(
    credentials: Credentials, people: list[Person], directory: Directory, journal: Journal
) -> None:
    done = at_once(
        [
            partial(credentials.change_login, people[1], "my.own", SYSTEM),
            partial(directory.fill_gaps, "p-1", SNILS, journal, SYSTEM),
        ]
    )

    found = directory.find_person("p-1")
    assert [None, ("snils",)] == done
    assert found is not None and ("my.own", SNILS) == (found.login, found.snils)


class TestRecovery:
    @pytest.fixture
    def recovery(
        self, database: Database, vault: Vault, directory: Directory, contacts: Contacts, outside: Outside, people: list[Person]
    ) -> Recovery:
        contacts.vouch("p-1", Kind.EMAIL, "p1@example.org")
        shelf = SqlShelf(database, outside.now)
        return Recovery(shelf, vault.sealer, vault.fingerprints, (directory, contacts), outside)

    def test_one_takes_the_person(self, recovery: Recovery) -> None:
        begun = recovery.begin("login.p-1", "browser")
        recovery.check(begun.id, "browser", begun.sendings[0].code)

        done = at_once([partial(recovery.take, begun.id, "browser")] * MANY)

        assert Counter({None: MANY - 1, "p-1": 1}) == Counter(done)

    def test_five_tries_however_many_come(self, recovery: Recovery) -> None:
        begun = recovery.begin("login.p-1", "browser")
        wrong = "000000" if begun.sendings[0].code != "000000" else "111111"

        done = at_once([partial(recovery.check, begun.id, "browser", wrong)] * 12)

        assert [("gone", 0)] * 7 + [("wrong", left) for left in range(5)] == sorted((found.state, found.left) for found in done)
