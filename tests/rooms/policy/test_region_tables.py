"""The tables of requirements.md section 2, row by row, on the days around each switch."""

from __future__ import annotations

from datetime import date

import pytest

from broker.policy.decide import decide
from broker.policy.decision import Verdict
from tests.rooms.policy.facts import account, card, instant, person, shipped

ALLOW, PROVE, REFUSE = Verdict.ALLOW, Verdict.PROVE, Verdict.REFUSE
NOON = "T09:00:00"

# region, local day, roles, age on that day, account at Gosuslugi, verdict, causes, rule
ROWS = [
    # 29, before the switch: nothing is compared, so nothing is tied without the diary password
    ("29", "2017-09-01", "teacher", 40, "simplified", PROVE, (3101,), "29/2010-01-01/everyone"),
    ("29", "2017-09-30", "pupil", 10, "simplified", PROVE, (3101,), "29/2010-01-01/everyone"),
    # 29, from 2017-10-01
    ("29", "2017-10-01", "teacher", 40, "simplified", REFUSE, (2110,), "29/2017-10-01/adults"),
    ("29", "2017-10-01", "teacher", 40, "standard", ALLOW, (), "29/2017-10-01/adults"),
    ("29", "2017-10-02", "parent", 40, "confirmed", ALLOW, (), "29/2017-10-01/adults"),
    ("29", "2017-10-01", "pupil", 14, "simplified", REFUSE, (2110,), "29/2017-10-01/adults"),
    ("29", "2017-10-01", "pupil", 14, "child", REFUSE, (2109,), "29/2017-10-01/adults"),
    ("29", "2017-10-01", "pupil", 13, "simplified", ALLOW, (), "29/2017-10-01/children"),
    ("29", "2017-10-01", "pupil", 13, "loose child", ALLOW, (), "29/2017-10-01/children"),
    ("29", "2017-10-01", "school_administrator", 50, "standard", ALLOW, (), "29/2017-10-01/adults"),
    ("29", "2024-06-30", "pupil", 16, "standard", ALLOW, (), "29/2017-10-01/adults"),
    ("29", "2024-06-30", "pupil", 12, "simplified", ALLOW, (), "29/2017-10-01/children"),
    # 29, from 2024-07-01
    ("29", "2024-07-01", "pupil", 16, "standard", REFUSE, (2109,), "29/2024-07-01/adults"),
    ("29", "2024-07-01", "pupil", 16, "simplified", REFUSE, (2109,), "29/2024-07-01/adults"),
    ("29", "2024-07-01", "pupil", 16, "confirmed", ALLOW, (), "29/2024-07-01/adults"),
    ("29", "2024-07-02", "parent", 40, "standard", REFUSE, (2109,), "29/2024-07-01/adults"),
    ("29", "2024-07-01", "pupil", 12, "simplified", REFUSE, (3114,), "29/2024-07-01/children"),
    ("29", "2024-07-01", "pupil", 12, "standard", REFUSE, (3114,), "29/2024-07-01/children"),
    ("29", "2024-07-01", "pupil", 12, "loose child", REFUSE, (3113,), "29/2024-07-01/children"),
    ("29", "2024-07-01", "pupil", 12, "child", ALLOW, (), "29/2024-07-01/children"),
    ("29", "2024-07-01", "pupil", 12, "confirmed", ALLOW, (), "29/2024-07-01/children"),
    ("29", "2026-11-22", "teacher parent", 40, "confirmed", ALLOW, (), "29/2024-07-01/adults"),
    # 38, before and from 2017-09-01
    ("38", "2017-08-31", "teacher", 40, "confirmed", PROVE, (3101,), "38/2010-01-01/everyone"),
    ("38", "2017-09-01", "teacher", 40, "standard", ALLOW, (), "38/2017-09-01/adults"),
    ("38", "2017-09-01", "teacher", 40, "simplified", REFUSE, (2110,), "38/2017-09-01/adults"),
    ("38", "2017-09-01", "pupil", 18, "standard", ALLOW, (), "38/2017-09-01/adults"),
    ("38", "2017-09-01", "pupil", 17, "attached", PROVE, (3101,), "38/2017-09-01/minors"),
    ("38", "2024-06-30", "pupil", 17, "attached confirmed", PROVE, (3101,), "38/2017-09-01/minors"),
    ("38", "2024-06-30", "pupil", 17, "confirmed", REFUSE, (3113,), "38/2017-09-01/minors"),
    ("38", "2024-06-30", "pupil", 10, "child", PROVE, (3101,), "38/2017-09-01/minors"),
    ("38", "2024-06-30", "pupil", 10, "loose child", REFUSE, (3113,), "38/2017-09-01/minors"),
    # 38, from 2024-07-01 as region 29
    ("38", "2024-07-01", "pupil", 17, "attached", REFUSE, (2109,), "38/2024-07-01/adults"),
    ("38", "2024-07-01", "pupil", 17, "confirmed", ALLOW, (), "38/2024-07-01/adults"),
    ("38", "2024-07-01", "pupil", 13, "child", ALLOW, (), "38/2024-07-01/children"),
    # a region without a file
    ("50", "2024-07-01", "teacher", 40, "simplified", REFUSE, (2110,), "default/2010-01-01/adults"),
    ("50", "2024-07-01", "teacher", 40, "standard", ALLOW, (), "default/2010-01-01/adults"),
    ("50", "2024-07-01", "pupil", 13, "simplified", PROVE, (2111,), "default/2010-01-01/children"),
    ("50", "2024-07-01", "pupil", 13, "loose child", ALLOW, (), "default/2010-01-01/children"),
    ("50", "2024-07-01", "pupil", 14, "loose child", REFUSE, (2109,), "default/2010-01-01/adults"),
]


@pytest.mark.parametrize(("region", "day", "roles", "age", "kind", "verdict", "causes", "rule"), ROWS)
def test_the_table(region, day, roles, age, kind, verdict, causes, rule):
    today = date.fromisoformat(day)
    fields = card(born=today.replace(year=today.year - age, day=1).isoformat())
    policy = shipped().of_region(region)

    # 09:00 UTC is the same local day in Moscow and in Irkutsk.
    decision = decide(policy, person(fields, roles), account(kind, fields), instant(day + NOON))

    assert (verdict, causes, rule) == (decision.verdict, decision.causes, decision.rule)
    assert policy.version == decision.policy_version


@pytest.mark.parametrize(
    ("region", "at", "rule"),
    [
        # Moscow is UTC+3, Irkutsk UTC+8: the same instant lies on different days.
        ("29", "2024-06-30T20:59:59", "29/2017-10-01/adults"),
        ("29", "2024-06-30T21:00:00", "29/2024-07-01/adults"),
        ("38", "2024-06-30T15:59:59", "38/2017-09-01/adults"),
        ("38", "2024-06-30T16:00:00", "38/2024-07-01/adults"),
        ("29", "2017-09-30T20:59:59", "29/2010-01-01/everyone"),
        ("29", "2017-09-30T21:00:00", "29/2017-10-01/adults"),
    ],
)
def test_a_period_begins_at_midnight_of_the_region(region, at, rule):
    decision = decide(shipped().of_region(region), person(), account("confirmed"), instant(at))

    assert rule == decision.rule


@pytest.mark.parametrize(
    ("region", "at", "rule"),
    [
        ("38", "2025-05-09T15:59:59", "38/2024-07-01/children"),
        ("38", "2025-05-09T16:00:00", "38/2024-07-01/adults"),
        # In Moscow the birthday is five hours later.
        ("29", "2025-05-09T20:59:59", "29/2024-07-01/children"),
        ("29", "2025-05-09T21:00:00", "29/2024-07-01/adults"),
    ],
)
def test_the_fourteenth_birthday_begins_at_midnight_of_the_region(region, at, rule):
    pupil = person(card(born="2011-05-10"), "pupil")

    decision = decide(shipped().of_region(region), pupil, account("child", pupil.fields), instant(at))

    assert rule == decision.rule
    assert ((2109,) if rule.endswith("adults") else ()) == decision.causes


@pytest.mark.parametrize(
    ("at", "rule"),
    [("2020-05-09T15:59:59", "38/2017-09-01/minors"), ("2020-05-09T16:00:00", "38/2017-09-01/adults")],
)
def test_the_eighteenth_birthday_in_region_38(at, rule):
    fields = card(born="2002-05-10")
    decision = decide(shipped().of_region("38"), person(fields, "pupil"), account("attached", fields), instant(at))

    assert rule == decision.rule


def test_before_the_first_day_of_a_file_nobody_gets_in():
    decision = decide(shipped().of_region("29"), person(), account("confirmed"), instant("2009-12-31T20:59:59"))

    assert (decision.verdict, decision.causes, decision.rule) == (REFUSE, (8001,), "29/before/none")


def test_an_instant_without_a_zone_is_refused_loudly():
    with pytest.raises(ValueError, match="time zone"):
        decide(shipped().of_region("29"), person(), account("confirmed"), instant("2024-07-01").replace(tzinfo=None))
