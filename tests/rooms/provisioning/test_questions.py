"""Queries: filters, pages, attributes; and what may not stand in an address."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from broker.provisioning import questions, user_desk
from broker.provisioning.models import USER_EXTENSION
from tests.rooms.provisioning.conftest import Diary

ALL = ["p-1", "p-kid", "p-mum", "p-staff"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "LOGIN.P-KID"', ["p-kid"]),
        ('userName eq "login.p-far"', []),
        ('id eq "p-mum"', ["p-mum"]),
        ('id eq "p-far"', []),
        ('externalId eq "nobody"', []),
        ('userName eq "login.p-kid" and active eq false', []),
        ("active eq true", ALL),
        ('name.familyName eq "грачёва"', ["p-mum"]),
        ('name.familyName sw "Грач" and not (name.givenName eq "Тимур")', ["p-mum"]),
        (f'{USER_EXTENSION}:memberships[role eq "pupil" and className eq "6А"]', ["p-kid"]),
        (f'{USER_EXTENSION}:children.value eq "p-kid"', ["p-mum"]),
        (f"{USER_EXTENSION}:hasSnils eq true", ["p-1"]),
        ("emails pr", ALL),
    ],
)
def test_a_filter_finds_people_of_the_region(diary: Diary, text: str, found: list[str]) -> None:
    assert found == diary.ids(f"filter={quote(text)}")


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("filter=userName", 400, "invalidFilter"),
        ("filter=nickName eq 1", 400, "invalidFilter"),
        ("filter=" + "a" * 1001, 400, "invalidFilter"),
        (f'filter={USER_EXTENSION}:snils eq "201-114-305 66"', 400, "sensitive"),
        ('filter=password eq "x"', 400, "sensitive"),
        ("sortBy=userName", 501, None),
        ("count=many", 400, "invalidValue"),
        ("attributes=userName&excludedAttributes=name", 400, None),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(diary: Diary, query: str, status: int, kind: str | None) -> None:
    answer = diary.ask("GET", f"/Users?{quote(query, safe='=&')}")

    assert status == answer.status_code, answer.text
    assert kind is None or kind == answer.get_json()["scimType"], answer.text


@pytest.mark.parametrize(
    "text",
    [
        f'{USER_EXTENSION}:snils eq "201-114-305 66"',
        f'not ({USER_EXTENSION.upper()}:SNILS ne "201-114-305 66")',
        f'active eq true and {USER_EXTENSION}:snils eq "201-114-305 66"',
        "password pr",
    ],
)
def test_a_secret_cannot_be_asked_for_in_a_body_either(diary: Diary, text: str) -> None:
    answer = diary.ask("POST", "/Users/.search", {"filter": text})

    assert (400, "invalidFilter") == (answer.status_code, answer.get_json()["scimType"])
    assert "never told" in answer.get_json()["detail"]


def test_names_are_asked_for_in_a_body(diary: Diary) -> None:
    body = {"filter": 'name.familyName eq "Грачёв"', "attributes": ["userName"]}

    answer = diary.ask("POST", "/Users/.search", body).get_json()

    assert [{"id": "p-kid", "userName": "login.p-kid"}] == [
        {name: value for name, value in one.items() if name != "schemas"} for one in answer["Resources"]
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("startIndex=1&count=2", ALL[:2]),
        ("startIndex=3&count=2", ALL[2:]),
        ("startIndex=0&count=1", ALL[:1]),
        ("startIndex=9", []),
        ("count=0", []),
        ("count=-1", []),
    ],
)
def test_pages(diary: Diary, query: str, found: list[str]) -> None:
    answer = diary.ask("GET", f"/Users?{query}").get_json()

    assert (found, 4) == ([one["id"] for one in answer["Resources"]], answer["totalResults"])


def test_no_more_people_are_looked_through_than_can_be(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_desk, "MOST_SCANNED", 3)

    answer = diary.ask("GET", "/Users?filter=active%20eq%20true")

    assert (400, "tooMany") == (answer.status_code, answer.get_json()["scimType"])
    assert ["p-1"] == diary.ids('filter=userName eq "login.p-1"')
    assert 3 < questions.MOST_SCANNED
