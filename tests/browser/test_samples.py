"""Every page in every state, drawn from the samples of the room: axe light and dark, narrow windows, big letters, targets, print.

The other tests of this folder walk through the running house; here nothing has to be running, so nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, expect

from broker.screens.causes import CAUSES
from broker.screens.pages import Page as PageValue
from broker.screens.view import Language, Look
from tests.browser.looks import BIG_LETTERS, SPACING, WIDER
from tests.browser.paper import NARROW, Paper, paper
from tests.rooms.screens.form_page import ERRORS, FormPage, screens_with_form
from tests.rooms.screens.samples import SCHOOL, cause_page, pages

# Contrast of the two themes of two colours is reckoned from the style sheet (tests/rooms/screens/test_colours.py).
THEMES = ("dark",)
A4 = {"width": 794, "height": 1123}
TWICE = {"width": 640, "height": 720}
MOST_REQUESTS = 4
# One call into the page for all that a narrow window shows, because going in and out takes longer than looking:
# * small: buttons and fields below a finger's size (WCAG 2.5.5 by our own wish); a link in a sentence is as high as its line;
# * odd: an order of Tab that is not the order of the page;
# * presses: how many of Tab it takes to the first thing to do, from the top and from the main part, where the skip link leads;
# * widths: as it is, and with a reader's own distances.
NARROWLY = f"""() => {{ const high = e => e ? e.getBoundingClientRect().height : 0;
  const width = () => document.documentElement.scrollWidth, written = e => e.outerHTML;
  const small = [...document.querySelectorAll('button, .btn, select, input:not([type=hidden])')]
    .filter(e => e.checkVisibility() && Math.max(high(e), high(e.labels?.[0])) < 44).map(written);
  const odd = [...document.querySelectorAll('[tabindex]')].filter(e => e.tabIndex > 0).map(written);
  const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
    .filter(e => e.checkVisibility() && !e.disabled);
  const inside = stops.filter(e => e.closest('main'));
  const wanted = inside.find(e => e.matches('.btn, button, input, select, [role=alert] a, a[href^="#"]'));
  const presses = wanted ? [stops.indexOf(wanted) + 1, inside.indexOf(wanted) + 1] : [0, 0];
  const plain = width();
  ({SPACING})();
  const spaced = width();
  document.adoptedStyleSheets = [];
  return {{ small, odd, presses, widths: {{ 'as it is': plain, spaced }} }} }}"""
WITH_BIG_LETTERS = f"""() => {{ ({BIG_LETTERS})(); const width = document.documentElement.scrollWidth;
  document.documentElement.style.removeProperty('font-size'); return width }}"""
WIDTH = "() => document.documentElement.scrollWidth"


@dataclass
class Findings:
    """What is wrong with the pages, by kind; each line begins with the name of the page."""

    axe: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    far: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    seen: int = 0


def every_page() -> Iterator[tuple[str, PageValue]]:
    """All samples, all causes with a school and a case, and the form of every kind of field."""
    yield from pages().items()
    for cause in CAUSES.values():
        if cause.has_page:
            yield f"cause {cause.code}", cause_page(cause.code, school=SCHOOL if cause.school_helps else None)
    yield "form", FormPage(login="anna")
    yield "form, errors", FormPage(login="anna", errors=ERRORS)


def judge(sheet: Paper, name: str, language: Language, found: Findings) -> None:
    """Look at the page that is shown in a narrow window, in every way that is quick."""
    where = f"{name} ({language})"
    found.seen += 1
    # Neither colours nor structure depend on the language; English pages of the running house are asked in test_pages.py.
    if language == "ru":
        found.axe += [f"{where}: {line}" for line in sheet.complaints(THEMES)]
    seen = sheet.window.evaluate(NARROWLY)
    found.small += [f"{where}: {line}" for line in seen["small"]]
    found.far += [f"{where}: {line}" for line in seen["odd"]]
    from_top, from_main = seen["presses"]
    if from_top > 6 and from_main > 2:
        found.far.append(f"{where}: {from_top} presses of Tab, {from_main} after the skip link")
    found.wide += [f"{where} {way}: {width}" for way, width in seen["widths"].items() if width > NARROW["width"]]
    loaded = re.findall(r'<(?:link rel="stylesheet" href|script src|img [^>]*src)="([^"]*)"', sheet.drawn)
    # The page itself is one more. The console's own picture is the address of the first sign-in as a code.
    ours = all(address.startswith(("/static/", "/school/invites/")) for address in loaded)
    if len(set(loaded)) + 1 > MOST_REQUESTS or not ours:
        found.foreign.append(f"{where}: {loaded}")


def enlarge(sheet: Paper, name: str, language: Language, found: Findings) -> None:
    """The same page in a window twice as wide, with letters twice as large (WCAG 1.4.4)."""
    shown = sheet.window.evaluate(WITH_BIG_LETTERS)
    if shown > TWICE["width"]:
        found.wide.append(f"{name} ({language}) 200 %: {shown}")


@pytest.fixture(scope="module")
def found(chromium: Browser) -> Findings:
    """All pages in both languages, looked at once."""
    result, screens = Findings(), screens_with_form()
    # Two windows, because a change of size is dearer than another page.
    with paper(chromium, screens) as sheet, paper(chromium, screens, viewport=TWICE) as wider:
        for language in ("ru", "en"):
            for name, page in every_page():
                sheet.turn_to(page, language)
                judge(sheet, name, language, result)
                wider.turn_to(page, language)
                enlarge(wider, name, language, result)
    return result


def test_axe_finds_nothing_light_or_dark(found: Findings) -> None:
    assert [] == found.axe
    assert found.seen > 200


def test_nothing_scrolls_sideways_however_narrow_spaced_or_large(found: Findings) -> None:
    assert [] == found.wide


def test_buttons_and_fields_are_as_large_as_a_finger(found: Findings) -> None:
    assert [] == found.small


def test_the_first_thing_to_do_is_a_few_presses_away(found: Findings) -> None:
    assert [] == found.far


def test_a_page_loads_our_own_files_only_and_few_of_them(found: Findings) -> None:
    assert [] == found.foreign


def test_a_page_that_sends_somebody_to_school_fits_one_sheet_of_paper(chromium: Browser) -> None:
    with paper(chromium, screens_with_form(), color_scheme="dark") as sheet:
        for language in ("ru", "en"):
            for code in (3102, 3103, 3116, 3201):
                window = sheet.show(cause_page(code, school=SCHOOL), language)
                window.set_viewport_size(A4)
                window.emulate_media(media="print")
                hidden = "() => ['header', 'footer', '.btns', '.tools'].filter(s => document.querySelector(s)?.checkVisibility())"
                assert [] == window.evaluate(hidden)
                # 20 mm of margin above and below are 151 px.
                assert window.evaluate("() => document.querySelector('main').scrollHeight") <= A4["height"] - 151
                assert ["rgb(255, 255, 255)", "rgb(0, 0, 0)"] == window.evaluate(
                    "() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color] }"
                )


def test_with_forced_colours_every_button_and_box_still_has_its_edge(chromium: Browser) -> None:
    edge = """s => { const c = getComputedStyle(document.querySelector(s));
      return [c.borderLeftStyle, parseFloat(c.borderLeftWidth) >= 2] }"""
    with paper(chromium, screens_with_form(), forced_colors="active") as sheet:
        window = sheet.show(FormPage(errors=ERRORS))
        for selector, style in ((".btn", "solid"), (".box", "solid"), ("#code", "solid"), ("#login", "double")):
            assert [style, True] == window.evaluate(edge, selector), selector


@pytest.mark.parametrize("look", [Look("200", "white", "wide"), Look("150", "black", "normal")])
def test_a_chosen_look_holds_on_a_phone_too(chromium: Browser, look: Look) -> None:
    with paper(chromium, screens_with_form()) as sheet:
        for name, page in pages().items():
            window = sheet.turn_to(page, "ru", look)
            assert window.evaluate(WIDTH) <= 320, (name, window.evaluate(WIDER))


class TestScripts:
    """What the small scripts add; every form works without them."""

    def test_a_password_is_shown_and_hidden_and_never_sent_shown(self, chromium: Browser) -> None:
        with paper(chromium, screens_with_form()) as sheet:
            window = sheet.show(FormPage())
            button, kind = window.locator("button.show"), "() => document.getElementById('password').type"
            assert ("Показать пароль", "password") == (button.inner_text(), window.evaluate(kind))
            button.click()
            assert ("Скрыть пароль", "text") == (button.inner_text(), window.evaluate(kind))
            window.evaluate("() => { document.forms[0].addEventListener('submit', e => e.preventDefault()) }")
            window.locator("main button.btn").first.click()
            assert ("Показать пароль", "password") == (button.inner_text(), window.evaluate(kind))

    @pytest.mark.parametrize(
        ("typed", "said"), [("gfhjkm", ""), ("пароль", "Похоже, включена русская раскладка. Переключите на EN.")]
    )
    def test_russian_letters_in_a_password_are_noticed(self, chromium: Browser, typed: str, said: str) -> None:
        with paper(chromium, screens_with_form()) as sheet:
            window = sheet.show(FormPage())
            window.fill("#password", typed)
            assert said == window.locator("#password-layout").inner_text()

    def test_the_summary_of_errors_has_the_focus_without_any_script(self, chromium: Browser) -> None:
        with paper(chromium, screens_with_form(), java_script_enabled=False) as sheet:
            window = sheet.show(FormPage(errors=ERRORS))
            expect(window.locator("#errors")).to_be_focused()
            window.keyboard.press("Tab")
            expect(window.locator('#errors a[href="#login"]')).to_be_focused()
            assert window.locator("button.show").is_hidden()

    def test_copy_and_print_are_there_only_with_scripts(self, chromium: Browser) -> None:
        for scripts, tools in ((True, True), (False, False)):
            with paper(chromium, screens_with_form(), java_script_enabled=scripts) as sheet:
                assert tools == sheet.show(cause_page(3102)).locator("#print").is_visible()

    def test_the_numbers_are_copied(self, chromium: Browser) -> None:
        clipboard: list[str] = []
        with paper(chromium, screens_with_form()) as sheet:
            sheet.window.expose_function("kept", lambda text: clipboard.append(text))
            # A page over http has no clipboard; the real one is only there over https.
            sheet.window.add_init_script(
                "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async text => window.kept(text) } })"
            )
            window = sheet.show(cause_page(3102))
            window.click("#copy")
            # The browser copies in its own time.
            expect(window.locator("#copied")).to_have_text("Скопировано")
        assert ["Номер обращения: 4821-7730. Код причины: 3102"] == clipboard
