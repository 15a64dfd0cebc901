"""`make screenshots`: every page of the flow, in Russian and English, into docs/screenshots with an index.

Not a test. Starts the demo on free ports, walks the galleries that the tests walk, and stops everything again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from examples.demo.house import ROOT, DemoHouse
from tests.browser.chromium import open_chromium
from tests.browser.contact_sheets import contact_sheets
from tests.browser.gallery import cause_page, house_pages, own_pages, refused, ways_in
from tests.browser.newcomer import PHONE, arriving
from tests.browser.small_png import smaller
from tests.relying_parties.demo import running_demo

FOLDER = ROOT / "docs" / "screenshots"
DESK = {"width": 1000, "height": 640}
TALLEST = 2000
# Which galleries speak only Russian: the services and the mock are examples, not the product.
RUSSIAN_ONLY = ("diary", "olympiads", "esia")
ON_A_PHONE = frozenset({"choose", "regions", "consent", "profile", "permissions", "help", "cause-3102", "diary-signed-in"})
LANGUAGES = (("ru", "Russian"), ("en", "English"))
PEOPLE = {"ru": "belova", "en": "andreeva"}
NAMES = {
    "diary": "The diary, before signing in",
    "choose-no-region": "The sign-in page, when nothing tells the region",
    "regions": "The region chooser",
    "choose": "The sign-in page",
    "esia-sign-in": "The mock ESIA: sign-in",
    "esia-consent": "The mock ESIA: its question",
    "diary-signed-in": "The diary, signed in",
    "olympiads": "A third-party service, before signing in",
    "consent": "Our question before a third-party service learns anything",
    "returning": "On the way back to the service",
    "olympiads-signed-in": "The third-party service, signed in",
    "choose-already-in": "The sign-in page for somebody who is signed in",
    "profile": "A person's own page",
    "permissions": "Permissions given to services",
    "permissions-revoked": "A permission taken back",
    "sign-out": "Sign-out asks when the request proves nothing",
    "signed-out": "Signed out",
    "diary-signed-out": "Back at the diary after signing out",
    "help": "Help",
    "status": "Is everything working?",
    "accessibility": "Accessibility",
    "privacy": "Your data",
    "view": "How pages look",
    "help-3102": "Help for a cause code",
    "view-large": "The same with very large letters and wide spacing",
    "dark": "The sign-in page on a device with dark colours",
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: the page's name, its language, and whether it was taken on a phone."""

    page: str
    language: str
    phone: bool = False

    @property
    def file(self) -> str:
        return f"{self.page}-{self.language}{'-phone' if self.phone else ''}.png"


def take(page: Page, shot: Shot) -> Shot:
    """The whole page, or the top of one that is very long."""
    page.set_viewport_size(PHONE if shot.phone else DESK)
    # The focus ring of the last press belongs to the person, not to the picture.
    page.evaluate("() => document.activeElement.blur()")
    height = min(TALLEST, page.evaluate("() => document.documentElement.scrollHeight"))
    width = page.viewport_size["width"]  # type: ignore[index]
    picture = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    (FOLDER / shot.file).write_bytes(smaller(picture))
    page.set_viewport_size(DESK)
    return shot


def every_shot(browser: Browser, house: DemoHouse, people: list[Mapping[str, Any]]) -> Iterator[Shot]:
    for language in ("ru", "en"):
        with arriving(browser, house, language, DESK) as person:
            for gallery in (ways_in(person, PEOPLE[language]), own_pages(person), house_pages(person)):
                for name in gallery:
                    if language == "ru" or not name.startswith(RUSSIAN_ONLY):
                        yield from _both_sizes(person.page, name, language)
        with arriving(browser, house, language, DESK) as person:
            person.page.emulate_media(color_scheme="dark")
            person.start_at(house.diary)
            person.choose_region()
            yield take(person.page, Shot("dark", language))
        # The other causes are on the sheets; this one shows how they look to somebody on the way.
        for refusal in (person for person in refused(people) if person["expect"]["code"] == "3102"):
            with arriving(browser, house, language, DESK) as person:
                yield from _both_sizes(person.page, cause_page(person, refusal), language)


def _both_sizes(page: Page, name: str, language: str) -> Iterator[Shot]:
    yield take(page, Shot(name, language))
    if name in ON_A_PHONE:
        yield take(page, Shot(name, language, phone=True))


def sheets(browser: Browser) -> list[str]:
    """The contact sheets in both languages; answers their names."""
    names = []
    for language in ("ru", "en"):
        for name, picture in contact_sheets(browser, language):
            (FOLDER / f"sheet-{name}-{language}.png").write_bytes(picture)
            names.append(name)
    return list(dict.fromkeys(names))


def index(shots: list[Shot], titles: Mapping[str, str], sheet_names: list[str]) -> str:
    """README.md of the folder: one heading a page, Russian and English side by side, then the sheets."""
    about = "Made by `make screenshots`; nobody in them exists. First the way of a newcomer, then sheets of all other pages."
    lines = ["# Every page", "", about, ""]
    for name in dict.fromkeys(shot.page for shot in shots):
        lines += [f"## {titles[name]}", ""]
        for phone in (False, True):
            row = [shot for shot in shots if (shot.page, shot.phone) == (name, phone)]
            if row:
                width = 200 if phone else 420
                lines += [" ".join(f'<img src="{s.file}" width="{width}" alt="{alt_of(s, titles)}">' for s in row), ""]
    for name in sheet_names:
        lines += [f"## All at once: {name}", ""]
        lines += [f'<img src="sheet-{name}-{language}.png" alt="{name}, {said}">' for language, said in LANGUAGES]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def alt_of(shot: Shot, titles: Mapping[str, str]) -> str:
    return f"{titles[shot.page]}, {'Russian' if shot.language == 'ru' else 'English'}{', on a phone' if shot.phone else ''}"


def main() -> None:
    asked = argparse.ArgumentParser(description="Take the screenshots of docs/screenshots anew.")
    asked.add_argument("--port", type=int, help="first of four free ports (default: any)")
    port = asked.parse_args().port
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser, running_demo(Path(folder), port) as demo:
        with urllib.request.urlopen(f"{demo.house.mock_esia}/people.json", timeout=30) as answer:
            people = json.load(answer)["people"]
        shots = list(every_shot(browser, demo.house, people))
        sheet_names = sheets(browser)
    titles = NAMES | {shot.page: f"Cause {shot.page[6:]}" for shot in shots if shot.page.startswith("cause-")}
    (FOLDER / "README.md").write_text(index(shots, titles, sheet_names), encoding="utf-8")
    weight = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {weight / 1e6:.1f} MB, in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
