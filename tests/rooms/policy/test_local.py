"""Who may be in with the diary password alone, and what a proof is worth where data could not be compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from broker.policy.decide import decide
from broker.policy.decision import Verdict
from broker.policy.local import decide_local
from broker.policy.rules import NothingToCompare
from tests.rooms.policy.facts import account, card, instant, person, shipped

ALLOW, PROVE, REFUSE = Verdict.ALLOW, Verdict.PROVE, Verdict.REFUSE
MINOR = card("2012-05-20")

ROWS = [
    # region, instant, person, verdict, causes
    ("29", "2009-12-31T12:00:00", person(), REFUSE, (8001,)),
    ("29", "2017-09-15T12:00:00", person(), ALLOW, ()),
    ("29", "2017-09-30T20:59:59", person(), ALLOW, ()),
    ("29", "2017-09-30T21:00:00", person(), REFUSE, (4006,)),
    ("29", "2026-11-22T12:00:00", person(), REFUSE, (4006,)),
    ("38", "2024-06-30T15:59:59", person(), ALLOW, ()),
    ("38", "2024-06-30T16:00:00", person(), REFUSE, (4006,)),
    ("77", "2026-11-22T12:00:00", person(), ALLOW, ()),
    ("77", "2026-11-22T12:00:00", person(MINOR, "pupil"), ALLOW, ()),
    # The states of the card, in the order of every decision.
    ("38", "2020-03-01T12:00:00", person(blocked=True), REFUSE, (4003,)),
    ("38", "2020-03-01T12:00:00", person(left_school=True, roles="", blocked=True, activated=False), REFUSE, (3111,)),
    ("38", "2020-03-01T12:00:00", person(in_school=False, roles=""), REFUSE, (3109,)),
    ("38", "2020-03-01T12:00:00", person(activated=False), REFUSE, (3110,)),
    ("77", "2026-11-22T12:00:00", person(MINOR, "pupil", activated=False), REFUSE, (3110,)),
    ("38", "2020-03-01T12:00:00", person(roles="parent", children=0), REFUSE, (3116,)),
    ("38", "2020-03-01T12:00:00", person(roles="parent teacher", children=0), ALLOW, ()),
    # Before any rule asked for a school: only a block and the wizard count.
    ("29", "2017-09-15T12:00:00", person(in_school=False, roles=""), ALLOW, ()),
    ("29", "2017-09-15T12:00:00", person(blocked=True), REFUSE, (4003,)),
    ("29", "2017-09-15T12:00:00", person(activated=False), REFUSE, (3110,)),
]


@pytest.mark.parametrize(("region", "at", "who", "verdict", "causes"), ROWS)
def test_the_password_alone(region, at, who, verdict, causes):
    decision = decide_local(shipped().of_region(region), who, instant(at))

    assert (verdict, causes) == (decision.verdict, decision.causes)
    assert decision.rule.startswith(f"{region if region != '77' else 'default'}/")


def test_the_coming_end_of_the_password_is_announced_to_those_who_use_it():
    irkutsk = shipped().of_region("38")

    assert "38/2024-07-01" == decide_local(irkutsk, person(), instant("2024-05-01T00:00:00")).warning_key
    assert decide_local(irkutsk, person(), instant("2024-04-30T12:00:00")).warning_key is None
    assert decide_local(irkutsk, person(blocked=True), instant("2024-05-01T00:00:00")).warning_key is None


def test_an_instant_without_a_zone_is_no_instant():
    with pytest.raises(ValueError, match="time zone"):
        decide_local(shipped().of_region("29"), person(), datetime(2026, 1, 1))  # noqa: DTZ001


PROVEN = [
    # what differs from "everything matches", without the proof, with it
    (card(snils=None), "confirmed", "2026-11-22T12:00:00", PROVE, ALLOW),
    (card(surname=None), "confirmed", "2026-11-22T12:00:00", PROVE, ALLOW),
    (card(surname="Иванова"), "confirmed", "2026-11-22T12:00:00", REFUSE, REFUSE),
    (card(sex="M", snils=None), "confirmed", "2026-11-22T12:00:00", REFUSE, REFUSE),
    (card(snils=None), "standard", "2026-11-22T12:00:00", REFUSE, REFUSE),
    (card(), "confirmed", "2017-09-15T12:00:00", PROVE, ALLOW),
]


@pytest.mark.parametrize(("fields", "kind", "at", "before", "after"), PROVEN)
def test_a_proof_replaces_what_is_missing_and_nothing_else(fields, kind, at, before, after):
    found = [decide(shipped().of_region("29"), person(fields), account(kind, proven=proven), instant(at)).verdict
             for proven in (False, True)]  # fmt: skip

    assert [before, after] == found


def test_a_region_that_refuses_what_is_missing_takes_no_proof_for_it():
    policy = shipped().of_region("29")
    period = policy.periods[-1]
    stricter = tuple(replace(rule, nothing_to_compare=NothingToCompare.REFUSE) for rule in period.rules)
    policy = replace(policy, periods=(*policy.periods[:-1], replace(period, rules=stricter)))
    decision = decide(policy, person(card(snils=None)), account("confirmed", proven=True), instant("2026-11-22T12:00:00"))

    assert (REFUSE, (3106,)) == (decision.verdict, decision.causes)


def test_a_proof_opens_no_blocked_card():
    decision = decide(
        shipped().of_region("29"), person(blocked=True), account("confirmed", proven=True), instant("2026-11-22T12:00:00")
    )

    assert (REFUSE, (4003,)) == (decision.verdict, decision.causes)
