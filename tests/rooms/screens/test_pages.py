"""Every page renders in both languages, carries its headers, stays light and escapes what it is given."""

from __future__ import annotations

import dataclasses
import gzip
import importlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broker.screens.causes import CAUSES, Cause
from broker.screens.field_errors import FieldError
from broker.screens.messages import BadMessage
from broker.screens.pages import (
    Banner,
    CausePage,
    FormPostPage,
    LeavingPage,
    Page,
    RegionLink,
    RegionsPage,
    ReturningPage,
    require_safe_address,
)
from broker.screens.render import TEMPLATES, Screens
from broker.screens.view import LANGUAGES, Language, Look, View
from tests.rooms.screens.samples import AT, ZONE, cause_page, choose, consent, pages

CANARY = "<script>alert('x')</script>\"'&{{7*7}}"
PAGES = pages()


def view(language: Language = "ru", **changes: Any) -> View:
    return View(language, Look(), "/", **changes)


def html(screens: Screens, page: Page, language: Language = "ru") -> str:
    return screens.render(page, view(language)).get_data(as_text=True)


def test_every_page_there_is_has_a_sample() -> None:
    modules = [importlib.import_module(f"broker.screens.{file.stem}") for file in TEMPLATES.parent.glob("*pages.py")]
    declared = {
        value
        for module in modules
        for value in vars(module).values()
        if dataclasses.is_dataclass(value) and hasattr(value, "template")
    }
    assert set() == declared - {type(page) for page in PAGES.values()}
    assert len(modules) > 5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_that_is_its_title(screens: Screens, name: str, language: Language) -> None:
    text = html(screens, PAGES[name], language)
    title = re.search(r"<title>(.*?)</title>", text)
    assert title
    assert [title.group(1).removeprefix("Ошибка: ").removeprefix("Error: ")] == re.findall(r"<h1>(.*?)</h1>", text)
    assert f'<html lang="{language}"' in text
    footer = re.findall(r'<li><a href="/(\w+)"(?: aria-current="page")?>', text)[-5:]
    assert ["help", "status", "accessibility", "privacy", "view"] == footer


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_holds_no_russian_of_ours(screens: Screens, name: str) -> None:
    given = re.findall(r"[А-Яа-яЁё]+", repr(dataclasses.asdict(PAGES[name])))  # type: ignore[call-overload]
    # The language link, the name of a class, and columns of a file, which are Russian for everybody.
    kept = {"Русский", "А", "Фамилия", "Имя", "СНИЛС"}
    left = set(re.findall(r"[А-Яа-яЁё]+", html(screens, PAGES[name], "en"))) - set(given) - kept
    assert set() == left


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(screens: Screens, name: str) -> None:
    text = html(screens, PAGES[name])
    files = {file: len(screens.static[file].packed) for file in re.findall(r"/static/([\w.-]+)\?", text)}
    scripts = sum(size for file, size in files.items() if file.endswith(".js"))
    assert len(gzip.compress(text.encode())) + sum(files.values()) <= (40_000 if name.startswith("school, ") else 15_000)
    assert scripts <= 4_000 and "style.css" in files


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_inline_script_or_style_and_loads_only_our_files(screens: Screens, name: str) -> None:
    text = html(screens, PAGES[name])
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)", text)
    assert all(
        url.startswith(("/static/", "/school/invites/"))
        for url in re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', text)
    )


def test_there_are_eighty_two_causes_and_one_has_no_page() -> None:
    assert 82 == len(CAUSES)
    assert [7006] == [code for code, cause in CAUSES.items() if not cause.has_page]
    assert 82 == len({cause.id for cause in CAUSES.values()})
    with pytest.raises(ValueError, match="no page"):
        CausePage(CAUSES[7006], AT, ZONE)


def test_a_missing_variable_is_loud(screens: Screens) -> None:
    with pytest.raises(BadMessage, match="fields"):
        screens.render(cause_page(3102, variables={}), view())


# Fields that hold a word of ours, which the template looks up in the catalogue.
WORDS = ("way", "saved", "decided", "why_not", "browser", "system", "means", "ended")
WORDS += ("current", "done", "cause", "state", "fix", "waits", "trouble", "kin_of", "invitation", "sex", "about", "message")
WORDS += ("variant",)


def with_canary(value: Any) -> Any:
    """The same frozen value with the canary in every free text; addresses and keys of the catalogue stay."""
    if isinstance(value, tuple):
        return tuple(with_canary(part) for part in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type | Cause | FieldError):
        return value
    kept = ("_url", "url", "action", "_key", "_keys", "key", "kind", "zone", "topic", *WORDS)
    changes = {}
    for field in dataclasses.fields(value):
        now = getattr(value, field.name)
        if isinstance(now, str) and not field.name.endswith(kept):
            changes[field.name] = CANARY
        elif not field.name.endswith(kept):
            changes[field.name] = with_canary(now)
    return dataclasses.replace(value, **changes)


@pytest.mark.parametrize("name", PAGES)
def test_whatever_a_page_is_given_is_escaped(screens: Screens, name: str) -> None:
    text = html(screens, with_canary(PAGES[name]))
    assert "<script>alert" not in text
    assert "49" not in re.findall(r"alert\(&#39;x&#39;\).{0,30}", text)
    assert CANARY not in text


def test_a_canary_really_reaches_the_page(screens: Screens) -> None:
    assert "&lt;script&gt;alert(" in html(screens, with_canary(PAGES["consent"]))


def test_form_fields_are_escaped(screens: Screens) -> None:
    text = html(screens, FormPostPage("https://olymp.example/back", (("state", CANARY),), "Олимпиады"))
    assert 'value="&lt;script&gt;' in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", ""), ("ирк", "ирк"), ("IRKUT", "IRKUT"), ("Позвоните 8 900", ""), ("<b>", "")],
)
def test_a_search_shows_only_a_piece_of_a_region_name(query: str, shown: str) -> None:
    page = PAGES["regions"]
    assert isinstance(page, RegionsPage)
    assert shown == dataclasses.replace(page, query=query).shown_query


SCRIPTS = ("javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "vbscript:x")
BAD_ADDRESSES = (*SCRIPTS, "//evil.example", "/\\evil.example", " /x", "", "https://a b", "/x\n")


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_no_page_leads_to_an_unsafe_address(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        require_safe_address(address)
    for make in (
        lambda: ReturningPage("s", address),
        lambda: LeavingPage(address, "h"),
        lambda: FormPostPage(address, (), "s"),
        lambda: RegionLink("r", address),
        lambda: cause_page(1002, primary_url=address),
        lambda: choose(esia_url=address),
        lambda: consent(action_url=address),
    ):
        with pytest.raises(ValueError, match="address"):
            make()


@pytest.mark.parametrize(
    "address", ["/", "/a?b=c", "https://a.example/x?y=%20", "http://127.0.0.1:8002/cb", "ru.example.diary:/back", "?q=1"]
)
def test_ordinary_addresses_are_welcome(address: str) -> None:
    require_safe_address(address)


def test_a_banner_tells_one_thing() -> None:
    with pytest.raises(ValueError, match="banner"):
        Banner()
    with pytest.raises(ValueError, match="banner"):
        Banner(checked_at=AT, starts_at=AT, ends_at=AT + timedelta(hours=1))
    with pytest.raises(ValueError, match="banner"):
        Banner(starts_at=AT)


def test_instants_are_told_in_the_zone_of_the_page(screens: Screens) -> None:
    late = datetime(2026, 8, 31, 20, 30, tzinfo=UTC)
    text = html(screens, cause_page(1011, at=late, variables={"wait": timedelta(seconds=61), "time": late}), "en")
    assert "1 September 2026, 04:30 (Irkutsk)" in text
    assert "Wait 2 minutes. Sign-in opens: 04:30 (Irkutsk)." in text


@pytest.mark.parametrize("name", ["cause, school card", "school, case", "school, access", "welcome 1", "devices", "status"])
def test_every_page_speaks_in_its_own_time(screens: Screens, name: str) -> None:
    text = html(screens, PAGES[name])
    assert "(Иркутск)" in text and "(Москва)" not in text


def test_a_page_without_a_region_hides_the_gosuslugi_button(screens: Screens) -> None:
    assert 'href="/login/esia"' in html(screens, choose())
    assert 'href="/login/esia"' not in html(screens, choose(region=None))


def test_a_banner_speaks_in_the_time_of_the_region(screens: Screens) -> None:
    assert "Проверили в 14:05 (Иркутск)." in html(screens, PAGES["choose, trouble"])
    assert "1 September 2026, 14:05 (Irkutsk) to 16:05 (Irkutsk)" in html(screens, PAGES["choose, already in"], "en")


def test_an_initial_ends_with_one_dot(screens: Screens) -> None:
    assert "Вы уже вошли: Анна П.</p>" in html(screens, PAGES["choose, already in"])


def test_one_step_is_not_numbered(screens: Screens) -> None:
    assert "<ol>" not in html(screens, cause_page(1002))
    assert 3 == html(screens, cause_page(3102)).split("<ol>")[1].split("</ol>")[0].count("<li>")


def test_no_form_stands_on_the_start_page(screens: Screens) -> None:
    assert "<form" not in html(screens, PAGES["choose"])


def test_consent_marks_only_what_is_new(screens: Screens) -> None:
    assert 1 == html(screens, PAGES["consent, more"]).count('class="tag"')
    assert 0 == html(screens, PAGES["consent"]).count('class="tag"')


def test_consent_posts_a_decision_and_its_key(screens: Screens) -> None:
    text = html(screens, consent())
    assert ["allow", "deny"] == re.findall(r'name="decision" value="(\w+)"', text)
    assert '<input type="hidden" name="form_key" value="key">' in text


def test_returning_refreshes_at_once_and_has_a_link(screens: Screens) -> None:
    text = html(screens, PAGES["returning"])
    assert '<meta http-equiv="refresh" content="0; url=https://olymp.example/back?code=1">' in text
    assert '<a class="btn" href="https://olymp.example/back?code=1">' in text


def test_signed_out_does_not_tell_who_left_and_counts_the_silent_services(screens: Screens) -> None:
    assert "2 сервиса не ответили" in html(screens, PAGES["signed out, partly"])
    assert "не ответил" not in html(screens, PAGES["signed out"])


@pytest.mark.parametrize(("code", "named"), [(7002, True), (2103, False)])
def test_the_support_of_the_service_is_named_only_where_it_can_help(screens: Screens, code: int, named: bool) -> None:
    page = CausePage(CAUSES[code], AT, ZONE, service="Олимпиады")

    assert named == ("Поддержка сервиса «Олимпиады»" in html(screens, page))
