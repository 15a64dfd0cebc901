"""Nothing from the address is ever printed (screens.md 4.2), also not to somebody who is signed in or in the middle of a sign-in.

Anonymous requests to every address are in test_bad_input_everywhere.py. The addresses are the application's own, the names of
parameters are read from the source, so that a new page cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

import pytest
import requests

from tests.architecture.sources import ROOT
from tests.journeys.school_walks import staff
from tests.support.browser import Browser
from tests.support.town import Town

pytestmark = pytest.mark.xdist_group("nothing-is-echoed")

CANARY = "Kanarienvogel7319"
ASKED = re.compile(r"""(?:args|form|values)(?:\.get\(|\.getlist\(|\[)["'](\w+)["']""")
# They end what a person is in the middle of, or do not answer with a page.
LEFT_OUT = ("/end_session", "/authorize", "/static", "/cancel", "/other", "/again", "/first", "/own", "/qr.svg")


def names() -> list[str]:
    """Every parameter that some room reads from a request."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "broker").rglob("*.py")]
    found = {name for source in sources for name in ASKED.findall(source)} | {"error", "error_description", "size", "theme"}
    assert {"q", "code", "number", "region", "lang"} <= found
    return sorted(found)


def pages_of(town: Town, parts: dict[str, str]) -> Iterator[str]:
    """The path of every rule that answers a GET, its variable parts filled in with known ones, else with the canary."""

    def fill(found: re.Match[str]) -> str:
        return parts.get(found.group(1).rpartition(":")[2], CANARY)

    for rule in sorted(town.house.app.url_map.iter_rules(), key=str):
        if "GET" in (rule.methods or ()) and not any(word in rule.rule for word in LEFT_OUT):
            yield re.sub(r"<([^>]+)>", fill, rule.rule)


def echoes(answer: requests.Response) -> bool:
    """A redirect may carry a word on to the next page, which is asked for itself."""
    headers = {name: value for name, value in answer.headers.items() if name != "Location"}
    return CANARY in answer.text or CANARY in str(headers)


def pupil(town: Town, browser: Browser) -> dict[str, str]:
    town.sign_in(browser, "orlova", f"{town.issuer}/login?region=29", "Архангельская")
    return {}


def administrator(town: Town, browser: Browser) -> dict[str, str]:
    page = staff(town, browser)
    listed = browser.open(f"{town.issuer}/school/people")
    person = next(link.url.rpartition("/")[2] for link in listed.links if "/school/people/" in link.url)
    assert page.status == 200
    return {"person_id": person, "number": "1000-0001"}


def in_the_middle(town: Town, browser: Browser) -> dict[str, str]:
    page = browser.open(f"{town.issuer}/login?region=29")
    return {"attempt_id": page.url.partition("/login/")[2].partition("/")[0], "connector": "esia", "slug": "dvinaland"}


def read_whole(answers: Callable[[Sequence[str]], bool], some: Sequence[str]) -> int:
    """How many of the names a page answers with. One wrong word may hide the next, so who refuses many is asked for each half."""
    if not answers(some):
        middle = len(some) // 2
        return read_whole(answers, some[:middle]) + read_whole(answers, some[middle:]) if middle else 0
    return len(some)


@pytest.mark.parametrize("begin", [pupil, administrator, in_the_middle])
def test_no_page_prints_what_the_address_says(
    sqlite_town: Town, browser: Browser, begin: Callable[[Town, Browser], dict[str, str]]
) -> None:
    parts = begin(sqlite_town, browser)
    wrong, seen, everything = [], 0, names()

    def ask(path: str, values: dict[str, str]) -> int:
        answer = browser.session.get(f"{sqlite_town.issuer}{path}", params=values, allow_redirects=False, timeout=30)
        if echoes(answer):
            wrong.append(f"{path}?{urlencode(values)}"[:100])
        return answer.status_code

    for path in pages_of(sqlite_town, parts):
        answered = ask(path, dict.fromkeys(everything, f"{CANARY}<b>\"'"))
        if answered == 200 and not path.startswith("/login/"):
            seen += read_whole(lambda some, path=path: 200 == ask(path, dict.fromkeys(some, CANARY)), everything)
    assert [] == wrong
    assert seen > 5 * len(everything)
