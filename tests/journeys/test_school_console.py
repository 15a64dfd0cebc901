"""The school's console as its administrator uses it: what is seen, mended, printed; and what is nobody else's business."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.journeys.school_walks import CASES, form_to, number_in, open_, press, staff
from tests.support.browser import Browser
from tests.support.town import Town
from tests.support.visits import came_to

ROOMS = ("cases", "people", "invites", "contacts")


@pytest.fixture
def school(sqlite_town: Town, browser: Browser) -> Browser:
    staff(sqlite_town, browser)
    return browser


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("room", ROOMS)
def test_every_room_opens_in_both_languages(sqlite_town: Town, school: Browser, room: str, language: str) -> None:
    page = open_(sqlite_town, school, f"/school/{room}?lang={language}")

    assert 200 == page.status, page.text
    assert page.heading
    assert not page.heading.startswith("school.")


def test_without_a_session_the_console_leads_to_the_sign_in(sqlite_town: Town, browser: Browser) -> None:
    for path in ("/school", CASES, "/school/people/demo-orlova", "/school/invites/qr.svg"):
        page = browser.open(f"{sqlite_town.issuer}{path}", follow=False)
        assert (303, "/login?next=school") == (page.status, page.headers["location"])


@pytest.mark.parametrize("login", ["orlova", "dorofeev", "belova"])
def test_other_roles_are_told_whom_the_console_is_for(sqlite_town: Town, browser: Browser, login: str) -> None:
    page = sqlite_town.sign_in(browser, login, f"{sqlite_town.issuer}/login?next=school&region=29")

    assert (403, True) == (page.status, "7009" in page.text), page.text
    for path in ("/school/people", "/school/people/demo-orlova", "/school/people/nobody"):
        other = open_(sqlite_town, browser, path)
        assert (403, page.heading) == (other.status, other.heading)


def test_the_school_corrects_a_card_and_sees_who_did(sqlite_town: Town, school: Browser) -> None:
    card = open_(sqlite_town, school, "/school/people/demo-baranova")
    saved = press(school, card, "/school/people/demo-baranova", patronymic="Викторовна", reason="паспорт")

    assert 200 == saved.status, saved.text
    assert "Сохранили" in saved.text
    assert "Викторовна" in saved.text
    assert "Андреева Ольга Михайловна: изменена карточка: отчество" in saved.text
    assert "паспорт" in saved.text


def test_mistakes_are_named_and_answers_kept(sqlite_town: Town, school: Browser) -> None:
    card = open_(sqlite_town, school, "/school/people/demo-baranova")
    again = press(school, card, "/school/people/demo-baranova", snils="123", surname="Барaнова")

    assert 422 == again.status
    assert again.title.startswith("Ошибка: ")
    assert "В СНИЛС 11 цифр" in again.text
    assert "смешаны русские и латинские" in again.text
    assert "123" == form_to(again, "/school/people/demo-baranova").fields["snils"]


def test_the_second_editor_sees_what_the_first_has_saved(sqlite_town: Town, school: Browser) -> None:
    first = open_(sqlite_town, school, "/school/people/demo-nikitina")
    second = open_(sqlite_town, school, "/school/people/demo-nikitina")
    press(school, first, "/school/people/demo-nikitina", birth_date="03.05.1984")
    late = press(school, second, "/school/people/demo-nikitina", patronymic="Федотовна")

    assert 409 == late.status
    assert "03.05.1984" in late.text
    assert "Федотовна" == form_to(late, "/school/people/demo-nikitina").fields["patronymic"]
    with sqlite_town.house.app.app_context():
        kept = sqlite_town.house.directory.find_person("demo-nikitina")
    assert kept is not None
    assert "Фёдоровна" == kept.patronymic


def test_a_mistyped_snils_is_mended_in_three_screens_and_four_presses(sqlite_town: Town, school: Browser) -> None:
    party = sqlite_town.relying_party("diary")
    with Browser() as at_home:
        refused = sqlite_town.sign_in(at_home, "lebedev", party.begin(region="38").url)
        number = number_in(refused)
    with Browser() as other:
        staff(sqlite_town, other, "fomina", "38")
        case = other.open(f"{sqlite_town.issuer}{CASES}?number={number}")
        assert number in case.heading
        assert "не сходится контрольная сумма" in case.text
        assert "СНИЛС не совпало" in case.text
        card = other.press(case, "Исправить в карточке")
        done = press(other, card, "/school/people/demo-lebedev", snils="002-000-198 43")
        assert "Школа своё сделала" in done.text, done.text
        # The headline follows the rows below it.
        assert ("теперь совпадают" in done.text, "не совпал" in done.text) == (True, False), done.text
    with Browser() as at_home:
        request = party.begin(region="38")
        assert came_to(sqlite_town.sign_in(at_home, "lebedev", request.url)).startswith("http://127.0.0.1:9/")
    assert CASES not in number


def test_another_schools_case_card_and_person_are_not_there(sqlite_town: Town, school: Browser) -> None:
    party = sqlite_town.relying_party("diary")
    with Browser() as at_home:
        number = number_in(sqlite_town.sign_in(at_home, "romanova", party.begin().url))
    nothing = open_(sqlite_town, school, "/school/people/nobody")
    assert 404 == nothing.status
    card = "/school/people/demo-romanova"
    for path in (f"{CASES}/{number}", card, f"{card}/access", f"{CASES}/0000-0000"):
        page = open_(sqlite_town, school, path)
        assert (404, nothing.heading) == (page.status, page.heading)
    assert "нет" in open_(sqlite_town, school, f"{CASES}?number={number}").text


def test_invitations_are_shown_once(sqlite_town: Town, school: Browser) -> None:
    page = open_(sqlite_town, school, "/school/invites?class=6%D0%91")
    sheets = press(school, page, "/school/invites/print", person="demo-osipova")

    assert 200 == sheets.status, sheets.text
    assert "no-store" in sheets.headers["cache-control"]
    assert "osipova.diary" in sheets.text
    assert "/first" in sheets.text
    assert "напечатано" in open_(sqlite_town, school, "/school/invites?class=6%D0%91").text


def test_a_double_press_prints_the_same_sheets(sqlite_town: Town, school: Browser) -> None:
    form = form_to(open_(sqlite_town, school, "/school/invites?class=6%D0%90"), "/school/invites/print")

    first, second = (school.submit(form, person="demo-belov-t") for _ in range(2))

    assert first.text == second.text
    sqlite_town.clock.advance(timedelta(minutes=2))
    assert 410 == school.submit(form, person="demo-belov-t").status


def test_contacts_are_saved_and_previewed(sqlite_town: Town, school: Browser) -> None:
    page = open_(sqlite_town, school, "/school/contacts")
    wrong = press(school, page, "/school/contacts", phone="+7 912 000-00-00", room="")
    assert 422 == wrong.status
    assert "не личный мобильный" in wrong.text
    typed = {"days": "вторник", "hours": "10:00–12:00", "room": "7", "phone": "+7 8180 00-01-33", "days_en": "Tuesday"}
    saved = press(school, page, "/school/contacts", **typed)

    assert "вторник" in saved.text
    assert "Tuesday" in open_(sqlite_town, school, "/school/contacts?lang=en").text
    open_(sqlite_town, school, "/school/contacts?lang=ru")
    assert "Так это увидят родители" in saved.text


def test_a_form_of_another_page_or_nobody_is_refused(sqlite_town: Town, school: Browser) -> None:
    form = form_to(open_(sqlite_town, school, "/school/contacts"), "/school/contacts")
    form.action = f"{sqlite_town.issuer}/school/people/demo-orlova"

    assert 403 == school.submit(form).status
    form.fields["form_key"] = "x"
    assert 403 == school.submit(form).status
