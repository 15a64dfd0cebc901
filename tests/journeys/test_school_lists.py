"""Lists, duplicates, portfolio and journal of a school, as its administrator uses them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from broker.directory.roster_files import rows_of
from tests.journeys.school_walks import form_to, open_, press, staff
from tests.support.browser import Browser
from tests.support.page import Page, parse
from tests.support.town import Town

ROSTER = "/school/roster"
HEAD = "Фамилия;Имя;Отчество;Дата рождения;Пол;СНИЛС;Роль;Класс\n"
NEW = HEAD + "Веткин;Лев;Олегович;05.03.2014;М;201-114-305 66;ученик;6А\n"


@pytest.fixture
def school(sqlite_town: Town, browser: Browser) -> Browser:
    staff(sqlite_town, browser)
    return browser


def send(town: Town, browser: Browser, content: bytes, name: str = "list.csv") -> Page:
    form = form_to(open_(town, browser, ROSTER), ROSTER)
    answer = browser.session.post(form.action, data=form.fields, files={"file": (name, content)}, timeout=30)
    page = parse(answer.url, answer.status_code, answer.text, {k.lower(): v for k, v in answer.headers.items()})
    return settled(browser, page)


def settled(browser: Browser, page: Page) -> Page:
    """The page of a job once its thread is done; a person presses "refresh"."""
    for _ in range(200):
        if not page.has_link("Обновить страницу"):
            return page
        assert "3" == page.headers["refresh"]
        page = browser.open(page.url)
    raise AssertionError(page.text)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("room", ["roster", "portfolio", "duplicates", "journal"])
def test_every_room_opens_in_both_languages(sqlite_town: Town, school: Browser, room: str, language: str) -> None:
    page = open_(sqlite_town, school, f"/school/{room}?lang={language}")

    assert 200 == page.status, page.text
    assert page.heading


def test_a_list_is_looked_at_and_then_written(sqlite_town: Town, school: Browser) -> None:
    ready = send(sqlite_town, school, NEW.encode("cp1251"))
    assert "Файл проверен" == ready.heading, ready.text
    assert "Новых людей 1" in ready.text
    assert "Нашлось: 0" in people(sqlite_town, school, "Веткин")

    done = settled(school, school.submit(form_to(ready, ready.url.rpartition(sqlite_town.issuer)[2])))

    assert "Список записан" == done.heading
    assert "Нашлось: 1" in people(sqlite_town, school, "Веткин")


def people(town: Town, browser: Browser, query: str) -> str:
    return open_(town, browser, f"/school/people?q={query}").text


def test_a_list_with_mistakes_names_line_and_column(sqlite_town: Town, school: Browser) -> None:
    bad = HEAD + "Верный;Лев;;05.03.2014;М;;ученик;6А\nОшибкин;Лев;;05.03.2014;М;201-114-305 67;ученик;6А\n"
    page = send(sqlite_town, school, bad.encode())

    assert "В файле есть ошибки" == page.heading
    assert "3 СНИЛС в СНИЛС опечатка" in page.text
    assert [] == [form for form in page.forms if form.action == page.url]
    assert "Нашлось: 0" in people(sqlite_town, school, "Верный")


@pytest.mark.parametrize(("content", "said"), [(b"\x00\x00", "Это не CSV"), (b"PK\x03\x04oops", "Файл повреждён")])
def test_what_is_no_list_is_said_in_words(sqlite_town: Town, school: Browser, content: bytes, said: str) -> None:
    assert said in send(sqlite_town, school, content).text


def test_no_file_and_a_giant_file_are_field_errors(sqlite_town: Town, school: Browser) -> None:
    nothing = send(sqlite_town, school, b"")
    assert (422, True) == (nothing.status, "Выберите файл" in nothing.text)
    giant = send(sqlite_town, school, b"x" * 10_100_000)
    assert (413, True) == (giant.status, "Файл больше 10 МБ" in giant.text)


def test_another_schools_list_is_not_there(sqlite_town: Town, school: Browser) -> None:
    ready = send(sqlite_town, school, NEW.encode())
    with Browser() as other:
        staff(sqlite_town, other, "fomina", "38")
        assert 404 == other.open(ready.url).status


def test_templates_and_exports_are_read_again(sqlite_town: Town, school: Browser) -> None:
    for kind in ("csv", "xlsx"):
        template = school.session.get(f"{sqlite_town.issuer}{ROSTER}/template.{kind}", timeout=30)
        assert [] == list(rows_of(io.BytesIO(template.content)))
        form = form_to(open_(sqlite_town, school, ROSTER), f"{ROSTER}/export")
        answer = school.session.post(form.action, data=form.fields | {"kind": kind}, timeout=30)
        rows: dict[str, dict[str, str]] = {}
        for row in rows_of(io.BytesIO(answer.content)):
            rows.setdefault(row.cells["id"], row.cells)
        assert "6А" == rows["demo-belov-t"]["class_name"]
        assert {"demo-belov-t", "demo-belova-d"} == set(rows["demo-belova"]["children"].split(", "))
        assert "demo-romanova" not in rows
        assert "no-store" in answer.headers["Cache-Control"]
    again = settled(school, send(sqlite_town, school, answer.content, "list.xlsx"))
    assert "Изменится карточек 0" in again.text, again.text


def test_the_portfolio_counts_who_lacks_a_snils(sqlite_town: Town, school: Browser) -> None:
    card = open_(sqlite_town, school, "/school/people/demo-osipova")
    press(school, card, "/school/people/demo-osipova", snils="")

    page = open_(sqlite_town, school, "/school/portfolio")

    assert "Осипова Мария Кирилловна" in page.text
    assert "6Б 1 0 0 %" in page.text


def test_two_cards_become_one_and_two_again(sqlite_town: Town, school: Browser) -> None:
    page = settled(school, send(sqlite_town, school, (HEAD + "Двойников;Пётр;Ильич;19.07.1990;М;;учитель;\n").encode()))
    settled(school, school.submit(form_to(page, page.url.rpartition(sqlite_town.issuer)[2])))
    with sqlite_town.house.app.app_context():
        card = sqlite_town.house.schools.cards("29-001").search("Двойников")[0]
    edited = open_(sqlite_town, school, "/school/people/demo-filippov")
    press(school, edited, "/school/people/demo-filippov", surname="Двойников", name="Пётр", patronymic="")

    pairs = open_(sqlite_town, school, "/school/duplicates")
    assert "Объединить и оставить эту" in pairs.text, pairs.text
    merged = press(school, pairs, "/school/duplicates", deed=f"keep:demo-filippov:{card.id}")

    assert "Карточки объединены" in merged.text, merged.text
    assert 404 == open_(sqlite_town, school, f"/school/people/{card.id}").status
    with sqlite_town.house.app.app_context():
        kept = sqlite_town.house.schools.cards("29-001").get("demo-filippov")
        assert "Ильич" == kept.person.patronymic
        assert 1 == len(sqlite_town.house.schools.cards("29-001").search("Двойников"))
    button = next(value for form in merged.forms for name, value in form.buttons if value.startswith("undo:"))
    sqlite_town.clock.advance(timedelta(minutes=1))
    undone = press(school, merged, "/school/duplicates", deed=button)
    assert "Карточек снова две" in undone.text, undone.text
    assert 200 == open_(sqlite_town, school, f"/school/people/{card.id}").status
    apart = press(school, undone, "/school/duplicates", deed=f"apart:demo-filippov:{card.id}")
    assert "Похожих карточек нет" in apart.text


def test_the_journal_is_filtered_and_exported(sqlite_town: Town, school: Browser) -> None:
    card = open_(sqlite_town, school, "/school/people/demo-tarasov")
    assert 404 == card.status
    card = open_(sqlite_town, school, "/school/people/demo-nikitina")
    press(school, card, "/school/people/demo-nikitina", sex="", reason="=1+1")

    page = open_(sqlite_town, school, "/school/journal?action=corrected&since=01.09.2026")
    assert "Никитина Галина Фёдоровна (пол)" in page.text
    form = form_to(page, "/school/journal/export")
    answer = school.session.post(form.action, data=form.fields, timeout=30)
    assert "'=1+1" in answer.content.decode("utf-8-sig")
    assert 422 == open_(sqlite_town, school, "/school/journal?since=oops").status
    assert "Здесь пока пусто" in open_(sqlite_town, school, "/school/journal?since=01.01.2030").text
