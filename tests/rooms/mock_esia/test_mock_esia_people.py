"""The demo people: every row is there, the stand and the demo directory tell one story, and ages stay right."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.mock_esia.accounts.birth_days import day_of
from broker.mock_esia.accounts.people import Level
from broker.mock_esia.accounts.people_file import load_people
from broker.mock_esia.settings import PEOPLE_FILE

DIRECTORY = Path(__file__).parents[3] / "examples" / "demo" / "directory.json"
TODAY = date(2026, 11, 20)
ROWS = {
    "adult, confirmed, everything matches": (None,),
    "teacher who is also a parent of two": (None,),
    "parent of one under 14 and one over 14": (None,),
    "pupil 16, standard, matches": ("2109",),
    "pupil 16, simplified without SNILS": ("2109",),
    "pupil 12 with a child account tied to a parent": (None,),
    "pupil 12 without one": ("3114",),
    "pupil 12 not activated": ("3110",),
    "pupil 17 in region 38 (always prove)": (None,),
    "adult in region 38 without SNILS on the card (prove)": ("3106",),
    "name differs by ё/е only (matches)": (None,),
    "surname changed by marriage (differs)": ("3102",),
    "Latin look-alike letter in the card (differs, hint for the school)": ("3102",),
    "SNILS mistyped on the card (check sum)": ("3103",),
    "birth date with day and month swapped": ("3104",),
    "two cards with the same name and birth date": ("3107",),
    "account without a school": ("3109",),
    "left the school": ("3111",),
    "blocked by the school": ("4003",),
    "already linked to another Gosuslugi": ("3201",),
    "no diary account at all": ("3101",),
    "refuses consent at Gosuslugi": ("2103",),
    "pupil whose 14th birthday is today": ("2109",),
    "parent without children in the diary": ("3116",),
    "fresh invitation": ("3110",),
    "used invitation": (None,),
    "expired invitation": ("3110",),
    "school administrator": (None, None, None, None),
    "security officer": (None, None),
    "registrar of services": (None,),
    "auditor": (None,),
    "support": (None,),
    "child account not tied to a parent": ("3113",),
}


@pytest.fixture(scope="module")
def people():
    return load_people(PEOPLE_FILE, TODAY)


@pytest.fixture(scope="module")
def directory():
    return json.loads(DIRECTORY.read_text("utf-8"))


@pytest.fixture(scope="module")
def cards(directory):
    return {card["id"]: card for card in directory["people"]}


def by_row(people, row):
    return next(person for person in people.by_login.values() if person.expect and person.expect.row == row)


def snils_sum_is_right(snils: str) -> bool:
    digits = snils.replace("-", "").replace(" ", "")
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return int(digits[9:]) == (total if total < 100 else total % 101 % 100)


def test_every_row_is_played_and_expects_its_cause(app):
    listed = app.test_client().get("/people.json").get_json()["people"]
    found: dict[str, tuple] = {}
    for person in listed:
        found[person["expect"]["row"]] = (*found.get(person["expect"]["row"], ()), person["expect"]["code"])

    assert ROWS == found
    for person in listed:
        expect = person["expect"]
        proves = expect["code"] in {"3106", "3107"}
        assert ("prove" if proves else "cause" if expect["code"] else "signed_in") == expect["outcome"]
        assert all((expect["note_ru"], expect["note_en"], person["login"], person["password"], person["surname"]))
        assert ("deny" if expect["code"] == "2103" else "allow") == person["decision"]


def test_the_answer_does_not_give_away_more_than_a_demo_needs(app):
    for person in app.test_client().get("/people.json").get_json()["people"]:
        assert not {"snils", "email", "phone"} & set(person)


def test_both_regions_have_people_and_two_schools(people, directory):
    assert {"29", "38"} == {person.region for person in people.by_login.values() if person.expect}
    assert ["29", "29", "38", "38"] == sorted(school["region"] for school in directory["schools"])
    used = {membership["school"] for card in directory["people"] for membership in card["memberships"]}
    assert {school["id"] for school in directory["schools"]} == used


def test_the_directory_has_exactly_the_agreed_fields(directory):
    for card in directory["people"]:
        assert ["id", "surname", "name", "patronymic", "birth_date", "sex", "snils", "email", "phone", "login", "state",
                "activated", "memberships", "children", "staff_roles", "link", "invitation"] == list(card)[:17]
        assert {"password_hash", "contacts"} >= set(list(card)[17:])
        assert card["activated"] == ("password_hash" in card)
        assert {"school", "role", "class_name", "left_on"} >= {key for entry in card["memberships"] for key in entry}
    ids = [card["id"] for card in directory["people"]]
    assert len(ids) == len(set(ids))
    assert len(ids) == len({card["login"] for card in directory["people"]})
    assert all(child in ids for card in directory["people"] for child in card["children"])


def test_cards_and_accounts_tell_one_story(people, cards):
    differing: dict[str, set[str]] = {}
    for person in people.by_login.values():
        if person.card is None:
            continue
        card = cards[person.card]
        facts = {"surname": person.surname, "name": person.name, "patronymic": person.patronymic, "sex": person.sex,
                 "snils": person.snils, "birth_date": person.birth_date.isoformat()}
        held = {**card, "birth_date": day_of(card["birth_date"], TODAY).isoformat()}
        unequal = {field for field, value in facts.items() if value != held[field]}
        if unequal:
            differing[person.login] = unequal

    assert {
        "guseva": {"snils"}, "morozov": {"snils"}, "zhdanova": {"snils"}, "semyonov": {"surname", "name"},
        "volkova": {"surname"}, "romanova": {"surname"}, "lebedev": {"snils"}, "nikitina": {"birth_date"},
        "filippov": {"snils"},
    } == differing


def test_every_snils_has_its_check_sum_but_the_mistyped_one(people, directory):
    everybody = [person.snils for person in people.by_login.values() if person.snils]
    assert all(snils_sum_is_right(snils) for snils in everybody)
    assert len(everybody) == len(set(everybody))
    wrong = [card["id"] for card in directory["people"] if card["snils"] and not snils_sum_is_right(card["snils"])]
    assert ["demo-lebedev"] == wrong
    assert all(int(snils[:11].replace("-", "")) >= 2_000_000 for snils in everybody)


def test_each_hard_case_has_its_cause_in_the_data(people, cards):
    assert "o" in cards["demo-romanova"]["surname"]
    assert "o" not in by_row(people, "Latin look-alike letter in the card (differs, hint for the school)").surname
    swapped = by_row(people, "birth date with day and month swapped").birth_date
    assert date(swapped.year, swapped.day, swapped.month).isoformat() == cards["demo-nikitina"]["birth_date"]
    twins = [cards["demo-filippov"], cards["demo-filippov-2"]]
    assert [None, None] == [twin["snils"] for twin in twins]
    assert 1 == len({(twin["surname"], twin["name"], twin["patronymic"], twin["birth_date"]) for twin in twins})
    linked = by_row(people, "already linked to another Gosuslugi")
    assert {"connector": "esia", "subject": str(linked.oid)} != cards["demo-pavlova"]["link"]
    assert cards["demo-pavlova"]["link"]["connector"] == "esia"
    assert [] == cards["demo-gromova"]["memberships"]
    assert cards["demo-kiselev"]["memberships"][0]["left_on"] is not None
    assert [] == cards["demo-baranova"]["children"]
    assert "blocked" == cards["demo-zaytsev"]["state"]
    assert [False] * 3 == [cards[name]["activated"] for name in ("demo-sokolova-a", "demo-krylova", "demo-medvedev")]


def test_children_at_gosuslugi_are_the_children_of_the_diary(people, cards):
    for person in people.by_login.values():
        if person.card:
            assert cards[person.card]["children"] == [kid.card for kid in people.kids_of(person)]


@settings(deadline=None)
@given(st.dates(min_value=date(2026, 1, 1), max_value=date(2060, 12, 31)))
def test_ages_stay_right_for_years(today):
    everybody = load_people(PEOPLE_FILE, today).by_login
    ages = {"belova.d": 16, "guseva": 16, "belov.t": 12, "morozov": 12, "sokolova.a": 12, "sokolov.a": 17, "komarov": 14,
            "krylova": 11, "medvedev": 11, "osipova": 12, "kiselev": 18}
    for login, age in ages.items():
        born = everybody[login].birth_date
        had = (today.month, today.day) >= (born.month, born.day)
        assert age == today.year - born.year - (0 if had else 1), login


@pytest.mark.parametrize("text, today, day", [
    ("1985-04-12", TODAY, date(1985, 4, 12)),
    ("today", TODAY, TODAY),
    ("today-14y", TODAY, date(2012, 11, 20)),
    ("today-3d", TODAY, date(2026, 11, 17)),
    ("today-12y-100d", TODAY, date(2014, 11, 20) - timedelta(days=100)),
    ("today-14y", date(2028, 2, 29), date(2014, 2, 28)),
    ("today-4y", date(2028, 2, 29), date(2024, 2, 29)),
])
def test_the_grammar_of_days(text, today, day):
    assert day == day_of(text, today)


@pytest.mark.parametrize("text", ["", "today+1d", "today-y", "today-1d-1y", "yesterday", "2026-02-30", "today-1y "])
def test_other_words_are_refused(text):
    with pytest.raises(ValueError):
        day_of(text, TODAY)


@pytest.mark.parametrize("old, new, sentence", [
    ('level = "child"', 'level = "royal"', "the entry of"),
    ('login = "belova"', 'login = "orlova"', "a login or an oid twice"),
    ('"belov.t", "belova.d"', '"nobody"', "has a child who is not there"),
    ('sex = "F"', 'colour = "red"', "the entry of orlova"),
    ('documents = ["MDCL_PLCY"]', 'documents = ["DIPLOMA"]', "the entry of sinitsyna"),
    ("organisation = 1000800002", "organisation = 7", "chizhov works in an organisation that is not there"),
    ('kpp = "990001001"', "bic = 1", "the organisation 1000800001"),
])
def test_a_wrong_entry_stops_the_start(tmp_path, old, new, sentence):
    file = tmp_path / "people.toml"
    file.write_text(PEOPLE_FILE.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(ValueError, match=sentence):
        load_people(file, TODAY)


def test_levels_on_the_wire():
    assert {"simplified": "P", "standard": "P", "confirmed": "PR", "child": "KD"} == {level.value: level.lvl for level in Level}


def test_the_further_accounts_are_every_kind_of_account(app, people):
    also = [one["login"] for one in app.test_client().get("/people.json").get_json()["also"]]
    found = [people.by_login[login] for login in also]

    assert not any(person.expect or person.card for person in found)
    assert set(Level) == {person.level for person in found}
    assert {0, 1, 3} == {len(person.kids) for person in found}
    assert {0, 1, 2} == {len(person.jobs) for person in found}
    assert {True, False} == {person.made_by_parent for person in found if person.level is Level.CHILD}
    assert [None] == [person.snils or person.patronymic for person in found if person.citizenship != "RUS"]
    for trait in ("is_self_employed", "is_deleted", "has_second_factor"):
        assert 1 == sum(getattr(person, trait) for person in found)
    page = app.test_client().get("/").text
    assert all(f"<code>{login}</code>" in page for login in also)
