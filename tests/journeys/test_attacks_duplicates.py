"""Making two cards one moves a Gosuslugi link: never to a stranger's card, and back only if it is the same link."""

from __future__ import annotations

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.directory.school_person import NotHere
from broker.linking.evidence import Evidence
from broker.school_door import duplicate_desk
from tests.rooms.linking.samples import identity
from tests.support.linking import link_of, unlink
from tests.support.town import Town
from tests.support.visits import rewrite_card

STAFF = Actor("staff", "demo-andreeva")
KEPT, MERGED = "demo-filippov", "demo-nikitina"
ALIKE = {"surname": "Двойников", "name": "Пётр", "patronymic": None, "birth_date": "1990-07-19", "sex": "M", "snils": None}


def tie(town: Town, person_id: str, subject: str) -> None:
    with town.house.app.app_context():
        town.house.links.tie(identity(subject=subject), person_id, Evidence.DIARY_PASSWORD, "v1", SYSTEM)


def merge(town: Town) -> str:
    """The merged card is the one with the link; the identifier of the merge."""
    with town.house.app.app_context():
        desk, cards = duplicate_desk(town.house), town.house.schools.cards("29-001")
        desk.merge(cards, KEPT, MERGED, STAFF)
        return desk.recent(cards)[0].id


def undo(town: Town, merge_id: str) -> None:
    with town.house.app.app_context():
        duplicate_desk(town.house).undo(town.house.schools.cards("29-001"), merge_id, STAFF)


def holder(town: Town, subject: str) -> str | None:
    with town.house.app.app_context():
        found = town.house.links.find("esia", subject)
    return found.person_id if found else None


@pytest.fixture
def twins(sqlite_town: Town) -> Town:
    for person_id in (KEPT, MERGED):
        unlink(sqlite_town, person_id)
        rewrite_card(sqlite_town, person_id, **ALIKE)
    return sqlite_town


def test_an_identity_that_came_later_does_not_go_with_an_undone_merge(twins: Town) -> None:
    tie(twins, MERGED, "attack-first")
    merge_id = merge(twins)
    assert KEPT == holder(twins, "attack-first")
    unlink(twins, KEPT)
    tie(twins, KEPT, "attack-second")

    undo(twins, merge_id)

    assert (KEPT, None) == (holder(twins, "attack-second"), link_of(twins, MERGED))


def test_the_link_that_came_over_goes_back(twins: Town) -> None:
    tie(twins, MERGED, "attack-third")

    undo(twins, merge(twins))

    assert (None, MERGED) == (link_of(twins, KEPT), holder(twins, "attack-third"))


@pytest.mark.parametrize("other", [{"name": "Павел"}, {"birth_date": "2014-03-05"}, {"patronymic": "Ильич"}])
def test_cards_of_two_people_cannot_be_made_one(twins: Town, other: dict[str, str]) -> None:
    """A forged form would let the link of an accomplice's card open somebody else's."""
    rewrite_card(twins, KEPT, **(ALIKE | {"patronymic": "Олегович"} | other))
    rewrite_card(twins, MERGED, **(ALIKE | {"patronymic": "Олегович"}))
    tie(twins, MERGED, "attack-fourth")

    with pytest.raises(NotHere):
        merge(twins)

    assert (None, MERGED) == (link_of(twins, KEPT), holder(twins, "attack-fourth"))
