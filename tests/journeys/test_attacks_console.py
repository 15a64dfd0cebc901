"""What a member of staff of a school may try with a file, a form and an address that are not as they should be."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.journeys.school_walks import form_to, open_, press, staff
from tests.journeys.test_school_lists import send
from tests.support.browser import Browser
from tests.support.town import Town
from tests.support.visits import rewrite_card

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def school(sqlite_town: Town, browser: Browser) -> Browser:
    staff(sqlite_town, browser)
    return browser


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_spreadsheet_that_grows_is_not_opened(sqlite_town: Town, school: Browser, part: str) -> None:
    """Texts and styles of a spreadsheet are kept in memory whole, at ten times their size."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(part, b"<a/>" * 11_000_000)

    page = send(sqlite_town, school, out.getvalue(), "list.xlsx")

    assert "слишком большой" in page.text, page.text


def test_markup_in_the_words_of_a_school_stays_words(sqlite_town: Town, school: Browser) -> None:
    page = open_(sqlite_town, school, "/school/contacts")
    press(school, page, "/school/contacts", days="пн–пт", hours="9–17", room=SCRIPT, phone="8 818 200-00-00")
    card = open_(sqlite_town, school, "/school/people/demo-nikitina")
    press(school, card, "/school/people/demo-nikitina", sex="", reason=SCRIPT)

    shown = [open_(sqlite_town, school, path) for path in ("/school/contacts", "/school/journal", "/school/people/demo-nikitina")]

    assert [] == [page.url for page in shown if SCRIPT in page.body]
    assert any("&lt;script&gt;" in page.body for page in shown)


def test_a_parent_who_runs_another_school_is_not_taken_over(sqlite_town: Town, school: Browser) -> None:
    """Correcting the card to one's own data and pressing the Gosuslugi button would open the console of the other school."""
    rewrite_card(
        sqlite_town,
        "demo-nikitina",
        memberships=[{"school": "29-001", "role": "parent"}, {"school": "29-002", "role": "school_administrator"}],
    )
    card = open_(sqlite_town, school, "/school/people/demo-nikitina")
    assert 200 == card.status
    assert [] == [form for form in card.forms if form.method == "post" and "surname" in form.fields]
    with sqlite_town.house.app.app_context():
        issued = sqlite_town.house.invitations.of_person("demo-nikitina")
    page = open_(sqlite_town, school, "/school/invites?class=6%D0%90")
    form = form_to(page, "/school/invites/print")

    refused = school.submit(form, person="demo-nikitina")

    assert 403 == refused.status
    with sqlite_town.house.app.app_context():
        assert issued == sqlite_town.house.invitations.of_person("demo-nikitina")
