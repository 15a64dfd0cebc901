"""One row per rule and demo person over the days on which rules change; every outcome written out from the requirements.

Ages are those on the day asked. `in`: let in. `prove`: show the diary login and password. A number alone: refused for this cause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from broker.policy.decide import decide
from broker.policy.decision import Decision, Fields, Verdict
from broker.policy.local import decide_local
from tests.rooms.policy.facts import CARD, account, person, shipped

DAYS = ("2017-09-15", "2017-10-01", "2024-06-30", "2024-07-01", "2026-11-22")


@dataclass(frozen=True)
class Somebody:
    """`card` changes the card, `said` the account; everything else matches. `age` None means 41 with nothing said of a child."""

    region: str
    account: str
    roles: str = "teacher"
    age: int | None = None
    card: tuple[tuple[str, object], ...] = ()
    said: tuple[tuple[str, object], ...] = ()
    state: tuple[tuple[str, bool | int], ...] = ()
    is_linked: bool = False

    def fields_on(self, day: date) -> tuple[Fields, Fields]:
        """The card's and the account's; the birthday is today for a card that asks for it, else in the year's first days."""
        both = replace(CARD, birth_date=day.replace(year=day.year - (self.age or 41)) if self.age == 14 else _born(self.age, day))
        return replace(both, **dict(self.card)), replace(both, **dict(self.said))


def _born(age: int | None, day: date) -> date:
    return date(day.year - (age or 41), 1, 2)


def without(*names: str) -> tuple[tuple[str, None], ...]:
    return tuple((name, None) for name in names)


MARRIED = (("surname", "Клёнова"),)
LATIN = (("surname", "Pябинина"),)  # the first letter is Latin
SIGN_INS: list[tuple[str, Somebody, tuple[str, ...]]] = [
    # The five outcomes stand under the days above: the last days of the transition, the letter, its last day, the law, today.
    ("adult, confirmed, everything matches", Somebody("29", "confirmed"), ("prove 3101", "in", "in", "in", "in")),
    ("adult, standard", Somebody("29", "standard"), ("prove 3101", "in", "in", "2109", "2109")),
    ("adult, simplified", Somebody("29", "simplified"), ("prove 3101", "2110", "2110", "2109", "2109")),
    ("teacher and parent of two", Somebody("29", "confirmed", "teacher parent", state=(("children", 2),)),
     ("prove 3101", "in", "in", "in", "in")),
    ("parent of two in Irkutsk", Somebody("38", "confirmed", "parent", state=(("children", 2),)), ("in", "in", "in", "in", "in")),
    ("pupil 16, standard", Somebody("29", "standard", "pupil", 16), ("prove 3101", "in", "in", "2109", "2109")),
    ("pupil 16, confirmed", Somebody("29", "confirmed", "pupil", 16), ("prove 3101", "in", "in", "in", "in")),
    ("pupil 16, simplified without SNILS", Somebody("29", "simplified", "pupil", 16),
     ("prove 3101", "2110", "2110", "2109", "2109")),
    ("pupil 12, child account of a parent", Somebody("29", "child", "pupil", 12), ("prove 3101", "in", "in", "in", "in")),
    ("pupil 12, simplified", Somebody("29", "simplified", "pupil", 12), ("prove 3101", "in", "in", "3114", "3114")),
    ("pupil 12, child account tied to nobody", Somebody("29", "loose child", "pupil", 12),
     ("prove 3101", "in", "in", "3113", "3113")),
    ("pupil 12 in Irkutsk without a child account", Somebody("38", "simplified", "pupil", 12),
     ("3113", "3113", "3113", "3114", "3114")),
    ("pupil 12 in Irkutsk, never activated", Somebody("38", "child", "pupil", 12, state=(("activated", False),)),
     ("prove 3101", "prove 3101", "prove 3101", "3110", "3110")),
    ("pupil 17 in Irkutsk, an account of a parent's", Somebody("38", "attached confirmed", "pupil", 17),
     ("prove 3101", "prove 3101", "prove 3101", "in", "in")),
    ("pupil 17 in Irkutsk, an account of her own", Somebody("38", "confirmed", "pupil", 17),
     ("3113", "3113", "3113", "in", "in")),
    ("adult in Irkutsk without SNILS on the card", Somebody("38", "confirmed", card=without("snils")),
     ("prove 3106", "prove 3106", "prove 3106", "prove 3106", "prove 3106")),
    ("adult in Irkutsk, standard", Somebody("38", "standard"), ("in", "in", "in", "2109", "2109")),
    ("ё and е", Somebody("38", "confirmed", card=(("name", "Алена"),)), ("in", "in", "in", "in", "in")),
    ("surname changed by marriage", Somebody("29", "confirmed", said=MARRIED), ("prove 3101", "3102", "3102", "3102", "3102")),
    ("a Latin letter on the card", Somebody("29", "confirmed", card=LATIN), ("prove 3101", "3102", "3102", "3102", "3102")),
    ("SNILS mistyped on the card", Somebody("38", "confirmed", card=(("snils", "201-114-305 58"),)),
     ("3103", "3103", "3103", "3103", "3103")),
    ("SNILS missing at Gosuslugi", Somebody("29", "confirmed", said=without("snils")),
     ("prove 3101", "prove 2111", "prove 2111", "prove 2111", "prove 2111")),
    ("day and month swapped", Somebody("29", "confirmed", said=(("birth_date", date(1985, 2, 1)),)),
     ("prove 3101", "3104", "3104", "3104", "3104")),
    ("the same in Irkutsk, where the date counts since 2024",
     Somebody("38", "confirmed", said=(("birth_date", date(1985, 2, 1)),)),
     ("in", "in", "in", "3104", "3104")),
    ("sex differs", Somebody("29", "confirmed", said=(("sex", "M"),)), ("prove 3101", "3105", "3105", "3105", "3105")),
    ("one of two cards of the same name and birth date", Somebody("29", "confirmed", card=without("snils")),
     ("prove 3101", "prove 3106", "prove 3106", "prove 3106", "prove 3106")),
    ("no school", Somebody("29", "confirmed", "", state=(("in_school", False),)), ("prove 3101", "3109", "3109", "3109", "3109")),
    ("left the school", Somebody("29", "confirmed", "", 18, state=(("left_school", True),)),
     ("prove 3101", "3111", "3111", "3111", "3111")),
    ("blocked by the school", Somebody("38", "confirmed", state=(("blocked", True),)), ("4003", "4003", "4003", "4003", "4003")),
    ("14th birthday today, child account", Somebody("29", "child", "pupil", 14), ("prove 3101", "2109", "2109", "2109", "2109")),
    ("14th birthday today, standard account", Somebody("29", "standard", "pupil", 14),
     ("prove 3101", "in", "in", "2109", "2109")),
    ("parent without children", Somebody("29", "confirmed", "parent", state=(("children", 0),)),
     ("prove 3101", "3116", "3116", "3116", "3116")),
    ("fresh invitation, 11 years", Somebody("29", "child", "pupil", 11, state=(("activated", False),)),
     ("prove 3101", "3110", "3110", "3110", "3110")),
    ("invitation not used, adult", Somebody("29", "confirmed", state=(("activated", False),)),
     ("prove 3101", "in", "in", "in", "in")),
    ("no patronymic on either side", Somebody("38", "confirmed", card=without("patronymic"), said=without("patronymic")),
     ("in", "in", "in", "in", "in")),
    ("school administrator", Somebody("29", "confirmed", "school_administrator"), ("prove 3101", "in", "in", "in", "in")),
    # Connected before: nothing is compared again, the level and the state count.
    ("linked, standard", Somebody("29", "standard", is_linked=True), ("in", "in", "in", "2109", "2109")),
    ("linked, surname changed since", Somebody("29", "confirmed", said=MARRIED, is_linked=True), ("in", "in", "in", "in", "in")),
    ("linked pupil 12, simplified", Somebody("29", "simplified", "pupil", 12, is_linked=True),
     ("in", "in", "in", "3114", "3114")),
    ("linked pupil 17 in Irkutsk", Somebody("38", "attached confirmed", "pupil", 17, is_linked=True),
     ("in", "in", "in", "in", "in")),
    # A region without a file of its own.
    ("adult elsewhere, standard", Somebody("77", "standard"), ("in", "in", "in", "in", "in")),
    ("adult elsewhere, simplified", Somebody("77", "simplified"), ("2110", "2110", "2110", "2110", "2110")),
    ("pupil 12 elsewhere, simplified", Somebody("77", "simplified", "pupil", 12),
     ("prove 2111", "prove 2111", "prove 2111", "prove 2111", "prove 2111")),
]  # fmt: skip

PASSWORDS: list[tuple[str, Somebody, tuple[str, ...]]] = [
    ("adult", Somebody("29", "confirmed"), ("in", "4006", "4006", "4006", "4006")),
    ("pupil 12", Somebody("29", "child", "pupil", 12), ("in", "4006", "4006", "4006", "4006")),
    ("never activated", Somebody("29", "child", "pupil", 11, state=(("activated", False),)),
     ("3110", "4006", "4006", "4006", "4006")),
    ("no school, which the transition did not ask for", Somebody("29", "confirmed", "", state=(("in_school", False),)),
     ("in", "4006", "4006", "4006", "4006")),
    ("blocked", Somebody("29", "confirmed", state=(("blocked", True),)), ("4003", "4006", "4006", "4006", "4006")),
    ("adult in Irkutsk", Somebody("38", "confirmed"), ("in", "in", "in", "4006", "4006")),
    ("pupil 17 in Irkutsk", Somebody("38", "child", "pupil", 17), ("in", "in", "in", "4006", "4006")),
    ("never activated in Irkutsk", Somebody("38", "child", "pupil", 12, state=(("activated", False),)),
     ("3110", "3110", "3110", "4006", "4006")),
    ("left in Irkutsk", Somebody("38", "confirmed", "", state=(("left_school", True),)),
     ("3111", "3111", "3111", "4006", "4006")),
    ("parent without children in Irkutsk", Somebody("38", "confirmed", "parent", state=(("children", 0),)),
     ("3116", "3116", "3116", "4006", "4006")),
    ("adult elsewhere", Somebody("77", "standard"), ("in", "in", "in", "in", "in")),
    ("adult elsewhere, never activated", Somebody("77", "standard", state=(("activated", False),)),
     ("3110", "3110", "3110", "3110", "3110")),
]  # fmt: skip


def said(decision: Decision) -> str:
    words = {Verdict.ALLOW: ["in"], Verdict.PROVE: ["prove"], Verdict.REFUSE: []}[decision.verdict]
    return " ".join([*words, *map(str, decision.causes[:1])])


def rows(table: list[tuple[str, Somebody, tuple[str, ...]]]) -> list[object]:
    return [
        pytest.param(who, day, outcome, id=f"{name} on {day}")
        for name, who, outcomes in table
        for day, outcome in zip(DAYS, outcomes, strict=True)
    ]


@pytest.mark.parametrize(("who", "day", "outcome"), rows(SIGN_INS))
def test_signing_in_with_gosuslugi(who: Somebody, day: str, outcome: str) -> None:
    on_card, there = who.fields_on(date.fromisoformat(day))
    facts = person(on_card, who.roles, region=who.region, **dict(who.state))
    noon = datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)

    decision = decide(shipped().of_region(who.region), facts, account(who.account, there, linked=who.is_linked), noon)

    assert outcome == said(decision)


@pytest.mark.parametrize(("who", "day", "outcome"), rows(PASSWORDS))
def test_signing_in_with_the_diary_password_alone(who: Somebody, day: str, outcome: str) -> None:
    on_card, _ = who.fields_on(date.fromisoformat(day))
    facts = person(on_card, who.roles, region=who.region, **dict(who.state))
    noon = datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)

    assert outcome == said(decide_local(shipped().of_region(who.region), facts, noon))


BIRTHDAYS = [
    # Local midnight: in Moscow 21:00 of the day before in UTC, in Irkutsk (UTC+8) 16:00.
    ("29", 14, "2026-11-21T20:59:59", "in"),
    ("29", 14, "2026-11-21T21:00:00", "2109"),
    ("38", 14, "2026-11-21T15:59:59", "in"),
    ("38", 14, "2026-11-21T16:00:00", "2109"),
    ("38", 18, "2020-11-21T15:59:59", "prove 3101"),
    ("38", 18, "2020-11-21T16:00:00", "2109"),
]


@pytest.mark.parametrize(("region", "age", "at", "outcome"), BIRTHDAYS)
def test_a_birthday_counts_from_local_midnight(region: str, age: int, at: str, outcome: str) -> None:
    """A child account is enough up to the birthday and not from it on."""
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    born = date(when.year - age, 11, 22)
    there = replace(CARD, birth_date=born)

    decision = decide(shipped().of_region(region), person(there, "pupil", region=region), account("child", there), when)

    assert outcome == said(decision)
