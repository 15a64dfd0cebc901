"""A school is found by any words of its name, in either language, without case and ё/е; at most twenty are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broker.account.school_search import SchoolSearch
from broker.directory.person import School, SchoolContact
from broker.screens.pages import SchoolCard
from tests.support.clock import Clock

CONTACT = SchoolContact("вторник", "9:00–12:00", "14", "+7 395 200-00-00")
SCHOOLS = (
    School("1", "29", "Школа № 132 города Нижнеборска", "School No. 132 of Nizhneborsk", True, CONTACT),
    School("2", "29", "Лицей имени Королёва, Озёрск", "Korolyov Lyceum, Ozyorsk", True, None),
    School("3", "38", "Школа № 5 города Нижнеборска", "School No. 5 of Nizhneborsk", False, CONTACT),
)


class Shelves:
    """A directory that counts how often it is asked."""

    def __init__(self, schools: tuple[School, ...] = SCHOOLS):
        self.found, self.asked = schools, 0

    def schools(self) -> tuple[School, ...]:
        self.asked += 1
        return self.found


def search(directory: Any, clock: Clock) -> SchoolSearch:
    return SchoolSearch(directory, clock.now)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("нижнеборск", ["Школа № 132 города Нижнеборска"]),
        ("132 школа", ["Школа № 132 города Нижнеборска"]),
        ("№132", ["Школа № 132 города Нижнеборска"]),
        ("Nizhneborsk", ["Школа № 132 города Нижнеборска"]),
        ("КОРОЛЕВА озерск", ["Лицей имени Королёва, Озёрск"]),
        ("королёва нижнеборск", []),
        ("%", []),
    ],
)
def test_every_word_must_fit(clock: Clock, query: str, found: list[str]) -> None:
    assert found == [school.name for school in search(Shelves(), clock).page(query, "ru").schools]


@pytest.mark.parametrize("query", ["", " ", "ш", "№"])
def test_too_little_is_no_search(clock: Clock, query: str) -> None:
    page = search(Shelves(), clock).page(query, "ru")

    assert (False, ()) == (page.is_searched, page.schools)


def test_a_card_is_shown_where_the_school_has_one(clock: Clock) -> None:
    page = search(Shelves(), clock).page("school", "en")

    assert ["School No. 132 of Nizhneborsk"] == [school.name for school in page.schools]
    assert page.schools[0].card is not None
    assert "14" == page.schools[0].card.room
    assert search(Shelves(), clock).page("лицей", "ru").schools[0].card is None


def test_a_card_speaks_the_language_of_the_page_where_the_school_does(clock: Clock) -> None:
    contact = SchoolContact("вторник", "с 9 до 12", "14, со двора", "+7 395 200-00-00", "Tuesday", room_en="14, yard side")
    found = search(Shelves((School("1", "29", "Школа № 1", "School No. 1", True, contact),)), clock)

    english, russian = (found.page("школа", language).schools[0].card for language in ("en", "ru"))

    assert SchoolCard("School No. 1", "Tuesday", "с 9 до 12", "14, yard side", "+7 395 200-00-00") == english
    assert SchoolCard("Школа № 1", "вторник", "с 9 до 12", "14, со двора", "+7 395 200-00-00") == russian


def test_no_more_than_twenty_are_told(clock: Clock) -> None:
    many = tuple(School(str(n), "29", f"Школа {n}", f"School {n}", True, None) for n in range(25))
    page = search(Shelves(many), clock).page("школа", "ru")

    assert (20, True) == (len(page.schools), page.more)


def test_the_directory_is_asked_once_a_minute(clock: Clock) -> None:
    directory = Shelves()
    found = search(directory, clock)
    for _ in range(3):
        found.page("школа", "ru")
    assert 1 == directory.asked
    clock.advance(timedelta(minutes=1))
    found.page("школа", "ru")
    assert 2 == directory.asked


@pytest.mark.parametrize(
    ("query", "shown"), [("132", "132"), ("нижнеборск", "нижнеборск"), ("Позвоните", ""), ("нижнеборск 132", "")]
)
def test_only_a_piece_of_a_name_is_shown_again(clock: Clock, query: str, shown: str) -> None:
    assert shown == search(Shelves(), clock).page(query, "ru").shown_query
