"""What a right diary password proves, and what it does not: every outcome of the page E7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.outcome import Certain, Doubt, Proven
from tests.rooms.directory.samples import person, place
from tests.rooms.linking.samples import identity, shipped

Load = Callable[..., None]
Asked = Callable[..., Proven]

PUPIL = [place(role="pupil", class_name="6А")]
IRKUTSK_PUPIL = [place("38-001", role="pupil", class_name="6А")]
CHILD = identity(level=Level.CHILD, child_of_parent=True, birth_date=date(2014, 7, 4), sex="F")
ATTACHED = replace(CHILD, level=Level.NOT_CONFIRMED, birth_date=date(2008, 7, 4))


@pytest.fixture
def asked(load: Load, directory: Directory, links: Links, outside: Outside) -> Asked:
    def prove(card: dict[str, Any], who: UpstreamIdentity, on: str = "2026-11-22", region: str = "29") -> Proven:
        load(person(**card))
        found = directory.find_person("p-1")
        assert found is not None
        at = datetime.fromisoformat(on).replace(hour=6, tzinfo=UTC)
        return Matcher(directory, links, shipped(), lambda: at).prove(who, found, region)

    return prove


def said(proven: Proven) -> tuple[str, tuple[int, ...]]:
    return type(proven).__name__, proven.grounds.causes


def test_the_proof_ties_what_data_could_not(asked: Asked) -> None:
    proven = asked({"snils": None}, identity())
    assert isinstance(proven, Certain)
    assert ("p-1", Evidence.DIARY_PASSWORD, None) == (proven.person.id, proven.evidence, proven.link)
    assert ("29", "29-001", "p-1") == (proven.grounds.region, proven.grounds.school_id, proven.grounds.person_id)


# fmt: off
OUTCOMES = [
    # card, identity, day, outcome, causes
    ("nothing missing", {}, identity(), "2026-11-22", "Certain", ()),
    ("no SNILS at Gosuslugi", {}, identity(snils=None), "2026-11-22", "Certain", ()),
    ("surname differs where it is compared", {}, identity(surname="Иванова"), "2026-11-22", "Refused", (3102,)),
    ("SNILS differs, the name is the same", {"snils": "201-114-306 67"}, identity(), "2026-11-22", "Refused", (3103,)),
    ("birth date differs", {"birth_date": "1985-03-18"}, identity(), "2026-11-22", "Refused", (3104,)),
    ("sex differs", {"sex": "M"}, identity(), "2026-11-22", "Refused", (3105,)),
    ("level", {}, identity(level=Level.NOT_CONFIRMED), "2026-11-22", "Refused", (2109,)),
    ("level before fields", {"sex": "M"}, identity(level=Level.NOT_CONFIRMED), "2026-11-22", "Refused", (2109,)),
    ("no school", {"memberships": []}, identity(), "2026-11-22", "Refused", (3109,)),
    ("left", {"memberships": [place(left_on="2026-09-01")]}, identity(), "2026-11-22", "Refused", (3111,)),
    ("blocked", {"state": "blocked"}, identity(), "2026-11-22", "Refused", (4003,)),
    ("parent without children", {"memberships": [place(role="parent")]}, identity(), "2026-11-22", "Refused", (3116,)),
    (
        "a child never activated",
        {"memberships": PUPIL, "birth_date": "2014-07-04", "activated": False},
        CHILD,
        "2026-11-22",
        "Refused",
        (3110,),
    ),
    # Somebody else's diary, whatever the region compares.
    (
        "a parent with the child's login",
        {"memberships": PUPIL, "birth_date": "2014-07-04", "name": "Пётр", "snils": "201-114-306 67"},
        identity(),
        "2026-11-22",
        "Refused",
        (3115,),
    ),
    (
        "a father of the same full name, no SNILS on the card",
        {"memberships": PUPIL, "birth_date": "2014-07-04", "snils": None},
        identity(),
        "2026-11-22",
        "Refused",
        (3115,),
    ),
    ("that father without a birth date", {"memberships": PUPIL, "birth_date": "2014-07-04"}, identity(birth_date=None),
     "2026-11-22", "Refused", (2115,)),
    ("a parent in Irkutsk, where minors are not compared", {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-04",
     "name": "Пётр"}, identity(), "2018-03-01", "Refused", (3115,)),
    ("the same with the school's slip: the parent's SNILS on the child's card", {"memberships": IRKUTSK_PUPIL,
     "birth_date": "2008-07-04", "snils": "201-114-305 66"}, identity(), "2018-03-01", "Refused", (3115,)),
    ("another person of another name and SNILS", {"surname": "Ким", "snils": "201-114-306 67"}, identity(), "2026-11-22",
     "Refused", (3115,)),
    ("another name and nothing that agrees", {"name": "Ольга", "birth_date": None, "snils": None}, identity(), "2026-11-22",
     "Refused", (3115,)),
    ("somebody else before the level", {"name": "Ольга", "birth_date": "1999-01-01", "snils": None},
     identity(level=Level.NOT_CONFIRMED), "2026-11-22", "Refused", (3115,)),
    # Irkutsk before 2024: minors are never compared, so one thing that differs is a question and two are a reason.
    ("a minor in Irkutsk", {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-04"}, ATTACHED, "2018-03-01", "Certain", ()),
    ("his name is spelt otherwise", {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-04", "name": "Алена-Мария"}, ATTACHED,
     "2018-03-01", "Doubt", ()),
    ("name and birth date by a day", {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-05", "name": "Алена-Мария",
     "snils": "201-114-305 66"}, ATTACHED, "2018-03-01", "Refused", (3102, 3104)),
    ("his account is not tied to a parent's", {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-04"},
     replace(ATTACHED, child_of_parent=False), "2018-03-01", "Refused", (3113,)),
    ("never activated in Irkutsk", {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-04", "activated": False}, ATTACHED,
     "2018-03-01", "Refused", (3110,)),
]
# fmt: on


@pytest.mark.parametrize(
    ("card", "who", "day", "outcome", "causes"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES]
)
def test_outcomes(
    asked: Asked, card: dict[str, Any], who: UpstreamIdentity, day: str, outcome: str, causes: tuple[int, ...]
) -> None:
    assert (outcome, causes) == said(asked(card, who, day))


def test_the_page_may_name_the_school_after_the_right_password(asked: Asked) -> None:
    refused = asked({"surname": "Иванова", "snils": None}, identity(snils=None))
    assert ("29-001", ("surname",)) == (refused.grounds.school_id, refused.grounds.fields)


def test_only_what_was_compared_is_named_as_a_reason(asked: Asked) -> None:
    refused = asked({"memberships": PUPIL, "birth_date": "2014-07-04", "sex": "M", "surname": "Иванова"}, CHILD)
    assert ((3102,), ("surname",)) == (refused.grounds.causes, refused.grounds.fields)


def test_the_doubt_names_what_differs_and_the_person(asked: Asked) -> None:
    card = {"memberships": IRKUTSK_PUPIL, "birth_date": "2008-07-04", "sex": "M"}
    doubt = asked(card, ATTACHED, "2018-03-01", "38")
    assert isinstance(doubt, Doubt)
    assert ("p-1", ("sex",), "38-001") == (doubt.person.id, doubt.grounds.fields, doubt.grounds.school_id)


def test_the_persons_own_region_decides_whichever_was_chosen(asked: Asked) -> None:
    proven = asked({"memberships": [place("38-001")]}, identity(), "2018-03-01", "29")
    assert ("38", "38/2017-09-01/adults") == (proven.grounds.region, proven.grounds.rule)


def test_a_taken_diary_and_a_taken_gosuslugi(asked: Asked, load: Load, links: Links) -> None:
    load(person(), person("p-2", surname="Ким", snils=None))
    links.tie(identity(subject="other"), "p-1", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    assert ("Refused", (3201,)) == said(asked({}, identity()))
    links.tie(identity(), "p-2", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    assert ("Refused", (3202,)) == said(asked({}, identity()))


def test_gosuslugi_taken_and_the_diary_free(asked: Asked, load: Load, links: Links) -> None:
    load(person(), person("p-2", surname="Ким", snils=None))
    links.tie(identity(), "p-2", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    assert ("Refused", (3202,)) == said(asked({}, identity()))


def test_the_level_is_told_before_a_link(asked: Asked, load: Load, links: Links) -> None:
    load(person())
    links.tie(identity(subject="other"), "p-1", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    assert ("Refused", (2109,)) == said(asked({}, identity(level=Level.NOT_CONFIRMED)))


def test_a_parent_whose_own_diary_is_connected_still_reads_that_the_login_is_not_theirs(
    asked: Asked, load: Load, links: Links
) -> None:
    load(person(), person("p-2", surname="Ким", snils=None))
    links.tie(identity(), "p-2", Evidence.SNILS_AND_NAME, "v1", SYSTEM)
    card = {"memberships": PUPIL, "birth_date": "2014-07-04", "name": "Пётр", "snils": None}
    assert ("Refused", (3115,)) == said(asked(card, identity()))


def test_proving_again_after_the_tie_finds_the_link(asked: Asked, load: Load, links: Links) -> None:
    load(person())
    link = links.tie(identity(), "p-1", Evidence.DIARY_PASSWORD, "v1", SYSTEM)
    proven = asked({}, identity())
    assert isinstance(proven, Certain)
    assert link == proven.link
    # What has changed on the card since does not undo a link, but a block does.
    assert "Certain" == said(asked({"name": "Ольга", "birth_date": "2001-01-01"}, identity()))[0]
    assert ("Refused", (4003,)) == said(asked({"state": "blocked"}, identity()))
