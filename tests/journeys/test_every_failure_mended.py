"""What stops a person reaches their school as a case; the school mends it in three screens and four presses; the person is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.journeys.failures.clerk import Clerk, appoint
from tests.journeys.failures.stage import arrive, code_on
from tests.journeys.school_walks import number_in
from tests.support.browser import Browser
from tests.support.linking import unlink
from tests.support.own import Post, town_with_post
from tests.support.town import Town
from tests.support.visits import came_to, rewrite_card

Fix = Callable[[Clerk, str], object]


@dataclass(frozen=True)
class Mending:
    """`seen` are words of the case page, `fix` what its reader does on from there. `card` changes the card beforehand."""

    code: int
    login: str
    clerk: str
    seen: tuple[str, ...]
    fix: Fix
    card: tuple[tuple[str, object], ...] = ()


def corrected(**typed: str) -> Fix:
    """Open the card at the field, correct it, save."""

    def fix(clerk: Clerk, person_id: str) -> None:
        clerk.press("Исправить в карточке")
        clerk.send(f"/school/people/{person_id}", **typed)

    return fix


def pressed(path: str) -> Fix:
    """One button on the page of the case."""
    return lambda clerk, person_id: clerk.send(path.format(person_id))


def taken_in(clerk: Clerk, _person_id: str) -> None:
    clerk.press("Прикрепить к школе")
    clerk.send("/take-in", role="teacher")


def child_found(clerk: Clerk, person_id: str) -> None:
    clerk.press("Прикрепить к ученику")
    clerk.send(f"/school/people/{person_id}/kin", kin="Осипова Мария")


ROWS = (
    Mending(3102, "volkova", "tarasova", ("Фамилия не совпало", "Имя совпало"), corrected(surname="Волкова")),
    Mending(3102, "romanova", "tarasova", ("Фамилия не совпало", "латинск"), corrected(surname="Романова")),
    Mending(3103, "lebedev", "fomina", ("СНИЛС не совпало", "контрольная сумма"), corrected(snils="002-000-198 43")),
    Mending(3104, "nikitina", "andreeva", ("Дата рождения не совпало",), corrected(birth_date="03.05.1984")),
    Mending(3105, "semyonov", "fomina", ("Пол не совпало",), corrected(sex="M"), card=(("sex", "F"),)),
    Mending(3106, "zhdanova", "yershov", ("СНИЛС",), corrected(snils="002-000-170 31")),
    Mending(3109, "gromova", "andreeva", ("школ",), taken_in),
    Mending(3111, "kiselev", "tarasova", ("25 июня 2026",), pressed("/school/people/{}/access")),
    Mending(3116, "baranova", "andreeva", ("родител",), child_found),
    Mending(4003, "zaytsev", "yershov", ("дневник",), pressed("/school/people/{}/access")),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with town_with_post(tmp_path_factory.mktemp("mended")) as built:
        appoint(built.town)
        yield built


@pytest.fixture(autouse=True)
def another_day(stage: Post) -> None:
    stage.town.clock.advance(timedelta(hours=25))


def why_closed(town: Town, number: str) -> str:
    """How a case has ended, "" while it is open."""
    with town.house.app.app_context():
        found = town.house.cases.find(number)
    assert found is not None
    return found.closed_why


def require_in(stage: Post, browser: Browser, login: str) -> None:
    """The same person in the same browser, once more from the diary: at the diary, with a code."""
    assert "code=" in came_to(arrive(stage, browser, login))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}-{row.login}")
def test_the_school_mends_it_and_the_person_is_in(stage: Post, browser: Browser, row: Mending) -> None:
    person_id = f"demo-{row.login}"
    if row.card:
        rewrite_card(stage.town, person_id, **dict(row.card))
    stopped = arrive(stage, browser, row.login)
    assert str(row.code) == code_on(stopped), stopped.text
    number = number_in(stopped)

    with Browser() as at_school:
        clerk = Clerk(stage.town, at_school, row.clerk)
        case = clerk.open_case(number)
        assert number in case.heading
        for words in row.seen:
            assert words in case.text, case.text
        row.fix(clerk, person_id)
        assert "Школа своё сделала" in clerk.page.text, clerk.page.text
    clerk.require_short()

    require_in(stage, browser, row.login)
    assert "signed_in" == why_closed(stage.town, number)
    unlink(stage.town, person_id)
