"""How one page is judged: axe, sideways scroll, room for big letters, keyboard, weight."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# WCAG 1.4.10 asks for 320 CSS pixels, which is also 1280 at 400 %.
WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")
# WCAG 1.4.12: a reader's own distances. Evaluated from outside the page, where its policy does not reach.
SPACING = """() => { const sheet = new CSSStyleSheet(); sheet.replaceSync(
  '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }' +
  'p { margin-bottom: 2em !important }');
  document.adoptedStyleSheets = [sheet] }"""
BIG_LETTERS = "() => { document.documentElement.style.fontSize = '200%' }"
WIDER = """() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest('.skip')).map(e => e.tagName + '.' + e.className).slice(0, 5)"""
FOCUS_MARK = "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)] }"
_AXE = Axe()


def complaints(page: Page, ways: Iterable[tuple[int, str]] = tuple(zip(WIDTHS, SCHEMES, strict=True))) -> list[str]:
    """What axe and the narrow window find: narrow and light, wide and dark. Leaves the page as it was.

    Every state of every page is looked at more closely in test_samples.py; this is for what only the running house shows.
    """
    found = []
    before = page.viewport_size
    for width, scheme in ways:
        page.set_viewport_size({"width": width, "height": 720})
        # Without motion: a colour caught on its way from one scheme to the other is nobody's colour.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        where = f"{page.url} {width} {scheme}"
        result = _AXE.run(page, options={"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]})
        for rule in result.response["violations"]:
            found.append(f"{where}: {rule['id']} {[node['html'] for node in rule['nodes']][:3]}")
        found += sideways(page, where)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before or {"width": 1280, "height": 800})
    return found


def cramped(page: Page) -> list[str]:
    """What sticks out at 320 pixels with wide spacing, and at 640 pixels with letters twice as big (WCAG 1.4.4, 1.4.12)."""
    page.set_viewport_size({"width": 320, "height": 720})
    page.evaluate(SPACING)
    found = sideways(page, f"{page.url} spaced")
    page.evaluate("() => { document.adoptedStyleSheets = [] }")
    page.set_viewport_size({"width": 640, "height": 720})
    page.evaluate(BIG_LETTERS)
    found += sideways(page, f"{page.url} 200 %")
    page.evaluate("() => { document.documentElement.removeAttribute('style') }")
    return found


def sideways(page: Page, where: str) -> list[str]:
    widths = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    return [] if widths[0] <= widths[1] else [f"{where}: {widths[0]} wide, because of {page.evaluate(WIDER)}"]


@dataclass
class Load:
    """What one first visit of a page brings over the wire, as gzip would send it."""

    urls: list[str] = field(default_factory=list)
    weight: int = 0
    script: int = 0


@contextmanager
def weighed(page: Page) -> Iterator[Load]:
    """Weigh all that is loaded inside the block; the window must be new, so that nothing comes from its cache."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    load = Load()
    yield load
    page.wait_for_load_state("networkidle")
    for answer in answers:
        load.urls.append(answer.url)
        if 200 <= answer.status < 300 or answer.status >= 400:
            size = len(gzip.compress(answer.body()))
            load.weight += size
            load.script += size if "script" == answer.request.resource_type else 0


def presses_of_tab_to(page: Page, selector: str, at_most: int) -> int:
    """How often Tab is pressed until the wanted thing has the focus; on the way every stop must be visibly marked."""
    page.evaluate("() => document.activeElement.blur()")
    for count in range(1, at_most + 1):
        page.keyboard.press("Tab")
        mark = page.evaluate(FOCUS_MARK)
        assert mark[0] != "none" and mark[1] >= 2, f"the focus cannot be seen after {count} presses of Tab on {page.url}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return count
    raise AssertionError(f"{selector} is more than {at_most} presses of Tab away on {page.url}")
