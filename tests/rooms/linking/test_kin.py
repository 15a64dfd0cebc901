"""A parent's children as the upstream names them, beside the school's record: who is one child, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.connectors.identity import Level, UpstreamChild
from broker.directory.directory import Directory
from broker.linking.evidence import Evidence
from broker.linking.kin import Kin, KinFound, Pair, is_minor, likeness, paired
from broker.linking.links import Links
from tests.rooms.directory.samples import card, person, place
from tests.rooms.linking.samples import identity

TODAY = date(2026, 11, 22)
SNILS, OTHER_SNILS, THIRD_SNILS = "20111430566", "20111430667", "00200000014"
ANYA = card(
    id="anya", surname="Белова", name="Анна", patronymic="Петровна", birth_date=date(2014, 5, 6), snils="201-114-305 66"
)
TOLD = UpstreamChild("1", "Белова", "Анна", "Петровна", date(2014, 5, 6), "F", SNILS)


def told(**changes: Any) -> UpstreamChild:
    return replace(TOLD, **changes)


@pytest.mark.parametrize(
    ("child", "on_card", "differing"),
    [
        (told(), ANYA, ()),
        (told(surname="БЕЛОВА ", name="анна"), ANYA, ()),
        (told(surname=None, name=None, patronymic=None), ANYA, ()),
        (told(birth_date=None, snils=None), ANYA, ()),
        (told(), replace(ANYA, snils=None), ()),
        (told(surname="Чернова"), ANYA, ("surname",)),
        (told(name="Ганна", patronymic=None), ANYA, ("name", "patronymic")),
        (told(birth_date=date(2014, 6, 5)), ANYA, ("birth_date",)),
        (told(birth_date=date(2014, 6, 5), snils=None), ANYA, ("birth_date",)),
        (told(snils=OTHER_SNILS), ANYA, ("snils",)),
        (told(surname="Чернова", snils=OTHER_SNILS), ANYA, ("surname", "snils")),
    ],
)
def test_one_child_and_what_differs(child: UpstreamChild, on_card: Any, differing: tuple[str, ...]) -> None:
    assert ((Pair("1", "anya", differing),), (), ()) == paired([child], [on_card])


@pytest.mark.parametrize(
    "child",
    [
        # A brother or sister: the surname alone, or everything but the name, and another SNILS.
        told(name="Пётр", birth_date=date(2016, 1, 1), snils=None),
        told(name="Пётр", snils=OTHER_SNILS),
        told(birth_date=date(2016, 1, 1), snils=OTHER_SNILS),
        UpstreamChild("1"),
        told(surname=None, birth_date=None, snils=None),
    ],
)
def test_two_children(child: UpstreamChild) -> None:
    assert 0 == likeness(child, ANYA)
    assert ((), (child,), (ANYA,)) == paired([child], [ANYA])


@pytest.mark.parametrize("snils", [True, False])
def test_twins_find_each_their_own(snils: bool) -> None:
    """They share all but name and SNILS; neither is taken for the other, in whatever order they come."""
    masha = replace(ANYA, id="masha", name="Мария", snils="201-114-306 67")
    named = [told(), told(subject="2", name="Мария", snils=OTHER_SNILS)]
    named = named if snils else [replace(child, snils=None) for child in named]
    expected = {Pair("1", "anya"), Pair("2", "masha")}
    assert expected == set(paired(named, [ANYA, masha])[0]) == set(paired(named[::-1], [masha, ANYA])[0])


@pytest.mark.parametrize(
    ("born", "minor"),
    [(None, True), (date(2008, 11, 22), False), (date(2008, 11, 23), True)],
)
def test_who_counts_as_a_child(born: date | None, minor: bool) -> None:
    assert minor is is_minor(born, TODAY)


def test_a_finding_names_fields_and_never_values_or_numbers() -> None:
    found = KinFound((Pair("1", "anya", ("snils", "name")), Pair("2", "b")), ("3", "4"), ("c",))
    rows = (("children_named", "missing_here"), ("children_recorded", "missing_there"), ("child_name", "differs"))
    assert (*rows, ("child_snils", "differs")) == found.compared
    assert not found.is_equal and KinFound((Pair("2", "b"),), (), (), 3).is_equal
    assert found.form == replace(found, pairs=found.pairs[::-1], unrecorded=("4", "3")).form
    others = [replace(found, unnamed=()), replace(found, unrecorded=("3",)), replace(found, pairs=found.pairs[:1])]
    assert 4 == len({found.form, *(one.form for one in others)})


def child_card(person_id: str, **changes: Any) -> dict[str, Any]:
    own = {"surname": "Белова", "name": "Анна", "patronymic": "Петровна", "birth_date": "2014-05-06", "snils": None}
    return person(person_id, memberships=[place(role="pupil")], **own | changes)


PARENT = {"memberships": [place(role="parent")], "snils": None}


@pytest.mark.parametrize(
    ("children", "parent", "people", "expected"),
    [
        ((told(),), {"children": ["c-1"]}, [child_card("c-1")], KinFound((Pair("1", "c-1"),), (), ())),
        ((told(),), {}, [child_card("c-1", snils="201-114-305 66", name="Ольга")], KinFound((), ("1",), (), 0)),
        ((told(),), {}, [child_card("c-1")], KinFound((), ("1",), (), 0)),
        ((told(),), {}, [child_card("c-1", name="Ольга")], KinFound((), (), (), 1)),
        ((), {"children": ["c-1"]}, [child_card("c-1")], KinFound((), (), ("c-1",))),
        ((), {"children": ["c-1"]}, [child_card("c-1", birth_date="2008-11-22")], KinFound((), (), ())),
        ((told(birth_date=date(2008, 11, 22)),), {}, [child_card("c-1", birth_date="2008-11-22")], KinFound((), (), (), 1)),
        ((), {}, [], KinFound((), (), ())),
        (None, {"children": ["c-1"]}, [child_card("c-1")], None),
    ],
)
def test_against_the_record_of_the_school(
    load: Callable[..., None], directory: Directory, children: Any, parent: dict[str, Any], people: list[Any], expected: Any
) -> None:
    load(person(**PARENT | parent), *people)
    adult = directory.find_person("p-1")
    assert adult is not None
    assert expected == Kin(directory).compared(identity(children=children), adult, TODAY)


def test_only_a_confirmed_parent_is_heard(load: Callable[..., None], directory: Directory) -> None:
    load(person(**PARENT), person("t-1", login="t", snils=None))
    parent, teacher = directory.find_person("p-1"), directory.find_person("t-1")
    assert parent is not None and teacher is not None
    kin = Kin(directory)
    assert kin.compared(identity(children=(TOLD,)), parent, TODAY) is not None
    for level in (Level.NOT_CONFIRMED, Level.CHILD):
        assert kin.compared(identity(children=(TOLD,), level=level), parent, TODAY) is None
    assert kin.compared(identity(children=(TOLD,)), teacher, TODAY) is None, "nobody says that she is a parent"


def test_a_finding_is_new_once(load: Callable[..., None], links: Links) -> None:
    load(person(**PARENT))
    assert not links.note_kin("p-1", "a"), "nobody is tied"
    links.tie(identity(), "p-1", Evidence.IMPORTED, "v1", SYSTEM)
    assert [True, False, True, False, True] == [links.note_kin("p-1", form) for form in ("a", "a", "b", "b", "a")]
