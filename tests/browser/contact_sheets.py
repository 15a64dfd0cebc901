"""Many pages in one picture: every cause and every state of a flow, drawn from the samples, small but readable.

A picture for each would be several hundred files; a sheet shows at a glance that they are one house.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from playwright.sync_api import Browser

from broker.screens.causes import CAUSES
from broker.screens.pages import Page as PageValue
from broker.screens.view import Language
from tests.browser.paper import Paper, paper
from tests.browser.small_png import smaller
from tests.rooms.screens.form_page import screens_with_form
from tests.rooms.screens.samples import SCHOOL, cause_page, pages

_PHONE: Final = 360
_TALLEST: Final = 900
_SHOWN: Final = 250
_IN_A_ROW: Final = 5
_ON_A_SHEET: Final = 15
# Text in two shades of grey and a few flat colours: sixteen are enough, and a quarter of the bytes.
_COLOURS: Final = 16
# Which samples belong together, by how their names begin.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "first-sign-in": ("first", "welcome", "email", "phone code"),
    "linking": ("prove", "linked", "offer"),
    "recovery": ("recover",),
    "own-pages": ("profile", "own", "contact", "unlink", "devices", "permissions", "login", "password"),
    "school": ("school",),
    "help-pages": ("help",),
}
_STYLE: Final = """body{margin:0;padding:12px;background:#d5dade;font:14px system-ui,sans-serif;display:grid;gap:12px;
grid-template-columns:repeat(5,250px);align-items:start}figure{margin:0;background:#fff}img{width:250px;display:block}
figcaption{padding:4px 8px;background:#1b2026;color:#fff;overflow-wrap:anywhere}"""


def groups() -> Iterator[tuple[str, list[tuple[str, PageValue]]]]:
    """Every sheet: its name, and its pages with what is written under each."""
    samples = pages()
    for name, begins in GROUPS.items():
        chosen = [(title, page) for title, page in samples.items() if title.startswith(begins)]
        yield from _sheets(name, chosen)
    for thousand in range(1, 10):
        causes = [cause for cause in CAUSES.values() if cause.code // 1000 == thousand and cause.has_page]
        drawn = [(str(c.code), cause_page(c.code, school=SCHOOL if c.school_helps else None)) for c in causes]
        yield from _sheets(f"causes-{thousand}xxx", drawn)


def _sheets(name: str, chosen: list[tuple[str, PageValue]]) -> Iterator[tuple[str, list[tuple[str, PageValue]]]]:
    for number, part in enumerate(_parts(chosen)):
        yield (f"{name}-{number + 1}" if len(chosen) > _ON_A_SHEET else name), part


def _parts(chosen: list[tuple[str, PageValue]]) -> Iterator[list[tuple[str, PageValue]]]:
    for at in range(0, len(chosen), _ON_A_SHEET):
        yield chosen[at : at + _ON_A_SHEET]


def contact_sheets(browser: Browser, language: Language) -> Iterator[tuple[str, bytes]]:
    """The name and the picture (PNG) of every sheet in one language."""
    with paper(browser, screens_with_form()) as sheet:
        sheet.window.set_viewport_size({"width": _PHONE, "height": 640})
        for name, chosen in groups():
            figures = [_figure(sheet, title, page, language) for title, page in chosen]
            yield name, _pasted(browser, figures)


def _figure(sheet: Paper, title: str, page: PageValue, language: Language) -> str:
    window = sheet.turn_to(page, language)
    height = min(_TALLEST, window.evaluate("() => document.documentElement.scrollHeight"))
    picture = window.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": _PHONE, "height": height})
    address = f"data:image/png;base64,{b64encode(picture).decode()}"
    return f'<figure><img src="{address}"><figcaption>{escape(title)}</figcaption></figure>'


def _pasted(browser: Browser, figures: list[str]) -> bytes:
    columns = min(_IN_A_ROW, len(figures))
    window = browser.new_page(viewport={"width": 24 + columns * (_SHOWN + 12) - 12, "height": 400})
    window.set_content(f"<!doctype html><style>{_STYLE}</style>{''.join(figures)}")
    picture = window.screenshot(full_page=True)
    window.close()
    return smaller(picture, _COLOURS)
