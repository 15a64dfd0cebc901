"""Whose word counts in a region: Gosuslugi's, unless the region says otherwise; asked before anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from broker.policy.decide import decide
from broker.policy.decision import Verdict
from broker.policy.explain import explain, load_sentences
from broker.policy.local import decide_local
from broker.policy.policies import PolicyFilesBroken, load_policies
from broker.policy.simulate import Way, standpoint
from tests.rooms.policy.facts import CARD, SHIPPED, identity, instant, person, shipped
from tests.rooms.policy.test_simulate import ADULT

CONNECTED = replace(ADULT, level="confirmed")

TODAY = instant("2026-11-22T09:00:00")


def region(*upstreams):
    """Region 29 with these upstreams in every period; without any, as shipped."""
    policy = shipped().of_region("29")
    return replace(policy, periods=tuple(replace(one, upstreams=upstreams or one.upstreams) for one in policy.periods))


def judged(upstream, *upstreams, **state):
    decision = decide(region(*upstreams), person(), identity(upstream=upstream, **state), TODAY)
    return decision.verdict, decision.causes


def test_gosuslugi_alone_unless_a_region_says_otherwise():
    assert (Verdict.ALLOW, ()) == judged("esia")
    assert (Verdict.REFUSE, (2116,)) == judged("north")
    assert (Verdict.REFUSE, (2116,)) == judged("esia_gate"), "a name that begins alike is another"


def test_a_region_chooses():
    assert (Verdict.ALLOW, ()) == judged("north", "esia", "north")
    assert (Verdict.REFUSE, (2116,)) == judged("esia", "north")


def test_it_is_asked_first_and_of_everybody():
    """Also of the linked, at every refresh, and before a field or a level could tell anything."""
    assert (Verdict.REFUSE, (2116,)) == judged("north", linked=True)
    assert (Verdict.REFUSE, (2116,)) == judged("north", proven=True)
    assert (Verdict.REFUSE, (2116,)) == judged("north", level="not_confirmed", fields=replace(CARD, surname="Берёзкина"))


def test_the_diary_password_is_nobodys_word():
    policy = region("north")

    assert decide_local(policy, person(), TODAY).causes == decide_local(shipped().of_region("29"), person(), TODAY).causes


def test_it_is_explained():
    told = explain(region("esia", "north"), person(), identity(upstream="south"), date(2026, 11, 22), load_sentences())

    assert "People sign in through: esia, north. This sign-in is through south." in told.in_language("en")
    assert "The rules of the region do not trust this way to sign in." in told.in_language("en")


def test_a_region_that_changes_its_upstreams_puts_people_out():
    day = date(2026, 11, 22)

    assert Way.CONNECTED is standpoint(region("esia", "north"), replace(CONNECTED, upstream="north"), day).way
    assert Way.CONNECTED is not standpoint(region("esia"), replace(CONNECTED, upstream="north"), day).way
    fresh = replace(CONNECTED, level="", has_password=False)
    assert standpoint(region("esia"), fresh, day) == standpoint(region("north"), fresh, day)


@pytest.mark.parametrize("names", ["[]", '["esia", "esia"]', '["Esia"]', '["e s"]', '"esia"'])
def test_a_file_names_each_once(tmp_path, names):
    for path in SHIPPED.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    file = tmp_path / "29-dvinaland.toml"
    file.write_text(file.read_text("utf-8").replace("[[period]]\n", f"[[period]]\nupstreams = {names}\n", 1), "utf-8")

    with pytest.raises(PolicyFilesBroken, match="upstreams"):
        load_policies(tmp_path)
