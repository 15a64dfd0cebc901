"""What no shipped file says but any may: stricter words, a period that begins mid-month, passwords that come back."""

from __future__ import annotations

from datetime import date

import pytest

from broker.policy.decide import decide
from broker.policy.decision import Verdict
from broker.policy.entry import entry_of, entry_page
from broker.policy.policies import load_policies
from broker.policy.rules import Contacts
from tests.rooms.policy.facts import CARD, SHIPPED, account, card, instant, person

HEAD = """
code = "91"
slug = "lukomorye"
zone = "Europe/Moscow"
name = { ru = "Лукоморье", en = "Lukomorye" }
support = { phone = "8 800 000-00-91", mail = "91@school-signin.example", hours = { ru = "всегда", en = "always" } }
"""
PERIOD = """
[[period]]
from = {day}
may_skip_linking = false
basis = {{ ru = "Указ", en = "Decree" }}

[[period.rule]]
name = "pupils"
who = [{{ roles = ["pupil"] }}]
level = "any"
match = ["surname", "name", "snils"]
nothing_to_compare = "refuse"
needs = []
local_password = "{password}"
contacts = "both"

[[period.rule]]
name = "others"
who = [{{ roles = ["parent", "teacher", "school_administrator"] }}]
level = "any"
match = []
nothing_to_compare = "refuse"
needs = []
local_password = "{password}"
contacts = "one"
"""
MAY_DAY = instant("2020-05-20T09:00:00")


@pytest.fixture(scope="module")
def lukomorye(tmp_path_factory):
    directory = tmp_path_factory.mktemp("regions")
    (directory / "_default.toml").write_bytes((SHIPPED / "_default.toml").read_bytes())
    days = [("2020-01-15", "closed"), ("2020-02-15", "allowed"), ("2020-03-15", "first_sign_in"), ("2020-05-15", "closed")]
    periods = "".join(PERIOD.format(day=day, password=password) for day, password in days)
    (directory / "91-lukomorye.toml").write_text(HEAD + periods, encoding="utf-8")
    return load_policies(directory).of_region("91")


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        ("2020-01-14T20:59:59", "91/before/none"),
        ("2020-01-14T21:00:00", "91/2020-01-15/pupils"),
        ("2020-02-14T20:59:59", "91/2020-01-15/pupils"),
        ("2020-02-14T21:00:00", "91/2020-02-15/pupils"),
    ],
)
def test_a_period_may_begin_on_any_day(lukomorye, at, rule):
    assert rule == decide(lukomorye, person(roles="pupil"), account("confirmed"), instant(at)).rule


def test_a_region_may_refuse_where_nothing_can_be_compared(lukomorye):
    def answer(roles, fields=CARD):
        decision = decide(lukomorye, person(fields, roles), account("confirmed"), MAY_DAY)
        return decision.verdict, decision.causes

    assert (Verdict.ALLOW, ()) == answer("pupil")
    assert (Verdict.REFUSE, (3106,)) == answer("pupil", card(snils=None))
    assert (Verdict.REFUSE, (3101,)) == answer("teacher")


def test_a_region_may_need_neither_school_nor_activation_nor_children(lukomorye):
    bare = {"in_school": False, "activated": False, "children": 0}

    for roles in ("pupil", "parent"):
        decision = decide(lukomorye, person(CARD, roles, **bare), account("confirmed", linked=True), MAY_DAY)
        assert Verdict.ALLOW is decision.verdict


@pytest.mark.parametrize(
    ("at", "form", "first", "closed_on"),
    [
        ("2020-01-20T09:00:00", False, False, date(2020, 1, 15)),
        ("2020-02-20T09:00:00", True, True, None),
        ("2020-03-20T09:00:00", False, True, date(2020, 3, 15)),
        ("2020-05-20T09:00:00", False, False, date(2020, 3, 15)),
    ],
)
def test_since_when_the_password_is_closed_counts_from_the_last_opening(lukomorye, at, form, first, closed_on):
    page = entry_page(lukomorye, instant(at))

    assert (form, first, closed_on) == (page.password_form, page.first_sign_in, page.password_closed_on)


@pytest.mark.parametrize(
    ("roles", "contacts"), [("pupil", Contacts.BOTH), ("teacher", Contacts.ONE), ("teacher pupil", Contacts.BOTH)]
)
def test_of_two_rules_the_one_that_asks_for_more_counts(lukomorye, roles, contacts):
    assert contacts is entry_of(lukomorye, person(CARD, roles), MAY_DAY).contacts
