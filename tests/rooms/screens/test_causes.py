"""Every cause, drawn in both languages as a person meets it: the five parts of an error page, and the way on."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from broker.policy.decide import DIFFERS, MISSING_HERE, MISSING_THERE
from broker.screens.causes import CAUSES, Cause
from broker.screens.own_pages import HELP_TOPICS
from broker.screens.pages import SupportCard
from broker.screens.render import Screens
from broker.screens.settings import ScreenSettings
from broker.screens.texts import Texts
from broker.screens.view import LANGUAGES, Language, Look, View
from tests.rooms.screens.samples import SCHOOL, cause_page

SHOWN = [cause for cause in CAUSES.values() if cause.has_page]
REGION = SupportCard("8 800 000-00-38", "38@school-signin.example", "9:00–17:00")
WHAT_TO_DO = {"ru": "Что делать", "en": "What to do"}
WHO_HELPS = {"ru": "Кто поможет", "en": "Who can help"}


def drawn(screens: Screens, code: int, language: Language = "ru", **changes: Any) -> str:
    return screens.render(cause_page(code, **changes), View(language, Look(), "/")).get_data(as_text=True)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize("code", sorted({3101, 3107, *DIFFERS.values(), *MISSING_HERE.values(), *MISSING_THERE.values()}))
def test_a_cause_that_asks_for_the_diary_login_names_nothing_but_fields(code: int) -> None:
    """The page that asks for it knows what did not fit or did not come, and nothing else that a text could name."""
    texts = Texts()
    for language in LANGUAGES:
        assert texts.get(language, f"cause.{code}.text", fields=())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", SHOWN, ids=lambda cause: str(cause.code))
def test_a_cause_has_its_five_parts_in_order(screens: Screens, cause: Cause, language: Language) -> None:
    text = drawn(screens, cause.code, language, school=SCHOOL if cause.school_helps else None, support=REGION)
    main = text.partition("<main")[2].partition("</main>")[0]
    marks = (
        "<h1>",
        'class="lead"',
        WHAT_TO_DO[language],
        'class="btn"',
        WHO_HELPS[language],
        "tel:",
        "4821-7730",
        f">{cause.code}<",
    )
    places = [main.find(mark) for mark in marks]
    assert -1 not in places and sorted(places) == places, dict(zip(marks, places, strict=True))
    title = re.search(r"<title>(.*?)</title>", text)
    assert title is not None and f"<h1>{title.group(1)}</h1>" in main and len(unescape(title.group(1))) <= 60
    # No code of the protocol, no raw key, no hole where a value should be.
    assert not re.search(rf"\b{cause.http_status}\b(?!-)|cause\.|None|\{{", words(main))


@pytest.mark.parametrize("cause", SHOWN, ids=lambda cause: str(cause.code))
def test_a_cause_leads_on_inside_the_house(cause: Cause) -> None:
    assert re.fullmatch(r"|/[a-z/]*", cause.leads_to)
    assert cause.topic in ("", *HELP_TOPICS)
    if cause.leads_to.startswith("/help/"):
        assert cause.leads_to.removeprefix("/help/") in HELP_TOPICS and not cause.topic


def test_the_words_of_who_puts_it_right_are_known() -> None:
    known = {
        "person",
        "school",
        "parent",
        "time",
        "nobody",
        "Gosuslugi",
        "service team",
        "service developer",
        "developer",
        "security",
    }
    assert set() == {word for cause in CAUSES.values() for word in re.split(r" or | / ", cause.who_fixes)} - known


@pytest.mark.parametrize(
    ("code", "given", "shown", "unshown"),
    [
        (3102, {"school": SCHOOL, "support": REGION}, SCHOOL.phone, REGION.phone),
        (3102, {"support": REGION}, REGION.phone, "8 800 000-00-00"),
        (3102, {}, "8 800 000-00-00", REGION.phone),
        (2101, {"support": REGION}, "38@school-signin.example", "help@school-signin.example"),
    ],
)
def test_the_nearest_helper_is_named(screens: Screens, code: int, given: dict[str, Any], shown: str, unshown: str) -> None:
    text = words(drawn(screens, code, **given))
    assert (True, False) == (shown in text, unshown in text)


def test_a_region_without_a_telephone_names_its_mail_only(screens: Screens) -> None:
    text = drawn(screens, 2101, support=SupportCard("", "a@b.example", "9–17"))
    assert "mailto:a@b.example" in text and "tel:" not in text


@pytest.mark.parametrize("cause", SHOWN, ids=lambda cause: str(cause.code))
def test_whoever_is_sent_to_school_reads_what_to_bring_and_what_never_to_say(screens: Screens, cause: Cause) -> None:
    text = drawn(screens, cause.code)
    said = ("Возьмите: паспорт" in text, "Не говорите пароль от Госуслуг никому, даже в школе." in text)
    assert (cause.school_helps, cause.school_helps) == said


def test_help_with_pictures_is_one_press_away(screens: Screens) -> None:
    assert '<a href="/help/cookies">Как включить файлы cookie</a>' in drawn(screens, 1001)
    assert '<a class="btn" href="/help/confirm">' in drawn(screens, 2109)


def test_the_numbers_can_be_copied_where_scripts_run(screens: Screens) -> None:
    tools = re.search(r'<p class="tools"[^>]*>', drawn(screens, 3102, case_number="4821-7730"))
    assert tools is not None and "hidden" in tools.group(0)
    assert 'data-text="Номер обращения: 4821-7730. Код причины: 3102"' in tools.group(0)


def test_without_a_case_no_number_is_shown(screens: Screens) -> None:
    text = words(drawn(screens, 1002, case_number=None))
    assert "Номер обращения:" not in text and "Код причины: 1002" in text


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-12-01T02:00+03:00", ""),
        ("", "2026-12-01T02:00+03:00"),
        ("2026-12-01T02:00", "2026-12-01T04:00"),
        ("tomorrow", "2026-12-01T04:00+03:00"),
        ("2026-12-01T04:00+03:00", "2026-12-01T04:00+03:00"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_start(begin: str, end: str) -> None:
    with pytest.raises(ValueError, match=r"screens\.planned"):
        ScreenSettings(planned_from=begin, planned_until=end)
