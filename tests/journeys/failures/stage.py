"""Where failures happen: a town with post, steps that every language can press, and a look at what a page says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode, urljoin

from tests.support.browser import Browser
from tests.support.own import Post
from tests.support.page import Form, Page
from tests.support.town import ROOT, Town
from tests.support.visits import came_to, leave_esia

Walk = Callable[[Post, Browser], Page]
LANGUAGES = ("ru", "en")
_CODE = re.compile(r'<dd class="code">(\d{4})</dd>')


def arrive(stage: Post, browser: Browser, login: str, **asked: str) -> Page:
    """From the diary through Gosuslugi as this demo person, to whatever page stops them."""
    leave_esia(stage.town, browser)
    region = {"region": stage.town.people[login]["region"]} | asked
    return stage.town.sign_in(browser, login, stage.town.relying_party().begin(**region).url)


def spoilt(stage: Post, browser: Browser, login: str, *fault: str) -> Page:
    """The same, with an armed fault of the mock ESIA."""
    stage.town.arm(*fault)
    return arrive(stage, browser, login)


def start_page(stage: Post, browser: Browser, **asked: str) -> Page:
    """E1, having come from the diary."""
    return browser.open(stage.town.relying_party().begin(**({"region": "29"} | asked)).url)


def to_esia(browser: Browser, start: Page) -> str:
    """Press the button; where at Gosuslugi the browser is sent to."""
    page = browser.open(f"{start.url}/to/esia", follow=False)
    for _ in range(3):
        target = urljoin(page.url, came_to(page))
        if not target.startswith(page.url.split("/login/")[0]):
            return target
        page = browser.open(target, follow=False)
    raise AssertionError("never left for Gosuslugi")


def returned(town: Town, browser: Browser, login: str, start: Page) -> str:
    """Gosuslugi's answer: the address that it sends the browser to, not opened yet."""
    page = browser.open(to_esia(browser, start), follow=False)
    for _ in range(8):
        if "/login/return/" in page.headers.get("location", ""):
            return came_to(page)
        following = town._press(browser, page, town.people[login], "")
        assert following is not None, page.text
        page = following
    raise AssertionError("never came back")


def refused_by_esia(stage: Post, browser: Browser, told: tuple[str, str], **asked: str) -> Page:
    """Gosuslugi sends the browser back with an error of its own; `told` are its OAuth word and its code."""
    state = re.search(r"[?&]state=([^&]+)", to_esia(browser, start_page(stage, browser, **asked)))
    assert state is not None
    error = urlencode({"error": told[0], "error_description": f"ESIA-{told[1]}: …"})
    return browser.open(f"{stage.town.issuer}/login/return/esia?{error}&state={state[1]}")


def post_form(url: str, **fields: str) -> Form:
    """A form as a page of somebody else would send it."""
    return Form(url, "post", fields)


def code_on(page: Page) -> str:
    """The cause code among the facts of a page, "" when there is none."""
    found = _CODE.search(page.body)
    return found[1] if found else ""


def text_of(key: str, language: str) -> str:
    """A text by its key, as the translators wrote it."""
    found: Any = _catalogue(language)
    for name in key.split("."):
        found = found[name]
    return str(found)


@cache
def _catalogue(language: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted((ROOT / "broker/screens/translations" / language).glob("*.toml")):
        found = _together(found, tomllib.loads(file.read_text(encoding="utf-8")))
    return found


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two files of texts as one: a table that both have holds what stands in either."""
    both = {name: _together(one[name], part) for name, part in other.items() if isinstance(one.get(name), dict)}
    return {**one, **other, **both}


def says(template: str, text: str) -> bool:
    """Whether a text is this one of the catalogue, with something where it has a variable."""
    return re.fullmatch(_pattern(template), text) is not None


def holds(template: str, text: str) -> bool:
    """Whether it is somewhere in a text."""
    return re.search(_pattern(template), text) is not None


def _pattern(template: str) -> str:
    parts = re.split(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", template)
    return ".+".join(re.escape(part) for part in parts)


def title_of(code: int, language: str) -> str:
    """The title of a cause in the catalogue."""
    return text_of(f"cause.{code}.title", language)
