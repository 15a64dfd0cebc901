"""A parent's children from the upstream beside the school's record: a case for the school, once; nothing for the parent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from login_house import ANNA, DOCUMENT, House, _person, code_of
from sqlalchemy import text

from broker.audit.event import SYSTEM
from broker.cases.case import CHILDREN_DIFFER, State
from broker.connectors.identity import UpstreamChild
from broker.login.kin_noted import without_needless
from tests.support.policies import shipped_policies

ADULT = [{"school": "29-001", "role": role, "class_name": None, "left_on": None} for role in ("parent", "teacher")]
PUPIL = [{"school": "29-001", "role": "pupil", "class_name": "5А", "left_on": None}]
MISHA = UpstreamChild("31", "Соколов", "Михаил", "Игоревич", date(2014, 5, 6), "M", "20111430566")


def comparing(compares=True):
    """The shipped rules, where region 29 compares children in every period."""
    shipped = shipped_policies()
    periods = lambda one: tuple(replace(period, compares_children=compares) for period in one.periods)  # noqa: E731
    return replace(shipped, regions=tuple(replace(one, periods=periods(one)) for one in shipped.regions))


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path, policies=comparing())
    import_people(made)
    yield made
    made.database.engine.dispose()


def import_people(house, *, recorded=("misha",), birth_date="2014-05-06"):
    misha = _person(
        "misha", "Соколов", "201-114-305 66",
        name="Михаил", patronymic="Игоревич", birth_date=birth_date, memberships=PUPIL, sex="M",
    )  # fmt: skip
    anna = DOCUMENT["people"][0] | {"memberships": ADULT, "children": list(recorded)}
    with house.app.app_context():
        document = {"schools": DOCUMENT["schools"], "people": [anna, misha]}
        house.rooms.directory.import_document(document, house.rooms.journal, SYSTEM)


def signed_in(house, *children):
    house.upstream.says = replace(ANNA, children=children)
    answer = house.browser().sign_in()
    assert "https://rp.example/?code=1" == answer.headers["Location"], "the parent meets nothing of it"
    assert code_of(answer) is None


def cases(house, closed=False):
    with house.app.app_context():
        found = house.rooms.cases.of_people(["anna"], closed=closed)
    assert {CHILDREN_DIFFER} >= {case.real_cause for case in found}
    return found


def noted(house):
    return [fields for name, fields in house.events() if name == "children.compared"]


def test_equal_children_are_noted_with_numbers_only(house):
    signed_in(house, MISHA)
    signed_in(house, MISHA)

    assert () == cases(house)
    (event,) = noted(house)
    nothing = dict.fromkeys(("differing", "unrecorded", "unnamed", "elsewhere"), 0)
    assert {"person_id": "anna", "connector": "esia", "equal": 1} | nothing == event


def test_a_difference_is_a_case_once_and_only_another_one_is_another(house):
    signed_in(house)
    (case,) = cases(house)
    assert (("children_recorded", "missing_there"),) == case.compared and ("anna", "29") == (case.person_id, case.region)

    signed_in(house)
    assert [1] == [one.times for one in cases(house)]
    with house.app.app_context():
        house.rooms.cases.close(case.id, "not_ours", SYSTEM)
    signed_in(house)
    assert () == cases(house), "the school has looked into it"

    signed_in(house, replace(MISHA, birth_date=date(2014, 6, 5)))
    (case,) = cases(house)
    assert (("child_birth_date", "differs"),) == case.compared
    assert [(0, 1), (1, 0)] == [(one["differing"], one["unnamed"]) for one in noted(house)]


def test_it_closes_when_everything_is_equal_and_not_before(house):
    import_people(house, recorded=())
    signed_in(house, MISHA)
    (case,) = cases(house)
    assert (("children_named", "missing_here"),) == case.compared
    with house.app.app_context():
        assert () == house.rooms.directory.children_of("anna"), "nothing is given by the upstream's word"

    house.upstream.says = ANNA
    house.browser().sign_in()
    assert [State.OPEN] == [one.state for one in cases(house)], "nothing was said of children this time"
    import_people(house)
    signed_in(house, MISHA)
    assert () == cases(house) and [case.id] == [one.id for one in cases(house, closed=True)]


def test_no_name_number_or_date_of_a_child_is_kept(house):
    signed_in(house, replace(MISHA, surname="Неведомский", birth_date=date(2014, 6, 5)))
    assert 1 == len(cases(house))
    with house.app.app_context():
        rows = [
            row
            for table in ("access_case", "upstream_link")
            for row in house.database.session.execute(text(f"SELECT * FROM {table}"))
        ]
    told = str(rows) + str(house.events())
    for value in ("Неведомский", "Михаил", "2014-06-05", "20111430566"):
        assert value not in told


class Telling:
    """The tests' upstream that can tell children, and what it was asked for."""

    def __init__(self, upstream):
        self.upstream, self.name, self.asked = upstream, upstream.name, []

    def begin(self, return_url):
        self.asked.append("person")
        return self.upstream.begin(return_url)

    def begin_with_children(self, return_url):
        self.asked.append("children")
        return self.upstream.begin(return_url)

    def complete(self, parameters, leg, return_url):
        return self.upstream.complete(parameters, leg, return_url)

    def logout_url(self, return_url):
        return None


@pytest.mark.parametrize(("compares", "asked"), [(True, ["children"]), (False, ["person"])])
def test_children_are_asked_for_only_where_the_rules_compare_them(tmp_path, compares, asked):
    house = House(tmp_path, policies=comparing(compares))
    import_people(house, recorded=())
    telling = house.rooms.connectors["esia"] = Telling(house.upstream)
    signed_in(house, MISHA)

    assert asked == telling.asked
    assert compares is bool(cases(house)) is bool(noted(house)), "what came all the same is dropped"
    house.database.engine.dispose()


def test_what_nobody_has_a_use_for_is_not_even_remembered(tmp_path, house):
    told = replace(ANNA, children=(MISHA,), keepsake="k")
    (tmp_path / "plain").mkdir()
    plain = House(tmp_path / "plain", policies=comparing(False))
    with plain.app.app_context():
        assert ANNA == without_needless(plain.rooms, "29", told)
    with house.app.app_context():
        assert (MISHA,) == without_needless(house.rooms, "29", told).children
    plain.database.engine.dispose()
