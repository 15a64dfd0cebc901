"""Every page of the flow: axe finds nothing, nothing scrolls sideways, keys are enough, and it is light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from examples.demo.house import DemoHouse
from tests.browser.gallery import FOOTER, cause_page, house_pages, own_pages, refused, ways_in
from tests.browser.looks import SCHEMES, WIDTHS, complaints, cramped, presses_of_tab_to, sideways, weighed
from tests.browser.newcomer import Newcomer

Arrive = Callable[..., Newcomer]
HEAVIEST, MOST_SCRIPT, MOST_REQUESTS = 15_000, 4_000, 4
# Nobody who has said yes before is asked again, so each language brings its own person.
PEOPLE = {"ru": "andreeva", "en": "dorofeev"}
# Neither structure nor colours depend on the language, so each brings one way to look at the same pages.
WAYS = dict(zip(PEOPLE, zip(WIDTHS, SCHEMES, strict=True), strict=True))


@pytest.mark.parametrize("language", PEOPLE)
def test_axe_finds_nothing_from_the_diary_to_the_last_page(newcomer: Arrive, language: str) -> None:
    person, found, seen = newcomer(language), [], []
    for gallery in (ways_in(person, PEOPLE[language]), own_pages(person), house_pages(person)):
        for name in gallery:
            seen.append(name)
            assert "8001" not in person.page.locator("body").inner_text(), name
            found += complaints(person.page, [WAYS[language]]) + cramped(person.page)
            person.page.set_viewport_size({"width": 1280, "height": 800})
            if person.page.url.startswith(person.house.issuer):
                assert language == person.page.locator("html").get_attribute("lang"), name
    assert [] == found
    assert len(set(seen)) == len(seen) and {"choose", "consent", "returning", "profile", "signed-out", *FOOTER} <= set(seen)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_page_that_says_no_names_its_cause_and_fits_a_phone(
    newcomer: Arrive, people: list[Mapping[str, Any]], language: str
) -> None:
    """Some of them: every cause's page is looked at in test_samples.py, and every person walks to theirs in the journeys."""
    found = []
    causes = refused(people)
    for person in causes[::6] if language == "ru" else causes[1:8:6]:
        visitor = newcomer(language, {"width": 320, "height": 720})
        cause_page(visitor, person)
        told = visitor.page.locator("main").inner_text()
        assert person["expect"]["code"] in told, told
        assert language == visitor.page.locator("html").get_attribute("lang")
        found += sideways(visitor.page, visitor.page.url)
        visitor.page.context.close()
    assert [] == found


def test_the_broker_is_light_and_loads_from_nowhere_else(newcomer: Arrive, house: DemoHouse) -> None:
    paths = ("/login", "/regions", "/login/esia/dvinaland", "/no-such-page", *(f"/{name}" for name in FOOTER), "/help?code=3102")
    paths += ("/help/confirm", "/first", "/recover", "/recover/start", "/recover/login", "/recover/school")
    for path in paths:
        visitor = newcomer()
        with weighed(visitor.page) as load:
            visitor.open(house.issuer + path)
        pages = [url for url in load.urls if "/static/" not in url]
        # The 303 to the attempt's own address carries no bytes worth weighing.
        assert len(load.urls) - len(pages) + 1 <= MOST_REQUESTS, load.urls
        assert {urlsplit(house.issuer).netloc} == {urlsplit(url).netloc for url in load.urls}
        assert (True, True) == (0 < load.weight <= HEAVIEST, load.script <= MOST_SCRIPT), (path, load)


def test_keys_alone_lead_from_the_diary_through_consent(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer()

    def go(selector: str, at_most: int = 6) -> None:
        presses_of_tab_to(person.page, selector, at_most)
        enter()

    def enter() -> None:
        with person.page.expect_navigation():
            person.page.keyboard.press("Enter")
        person.page.wait_for_load_state()

    person.open(house.olympiads)
    go("main a.button")
    go('main a[href$="/regions"]')
    # Skip link, brand, language, search field, button: then the list of regions.
    go('main a[href$="/irkutsk"]', 8)
    go('main a.btn[href*="/to/"]')
    presses_of_tab_to(person.page, "[name=login]", 6)
    person.page.keyboard.type("ilina")
    presses_of_tab_to(person.page, "[name=password]", 6)
    person.page.keyboard.type("demo")
    enter()
    go('button[value="allow"]')
    assert person.page.url.startswith(house.issuer)
    go('button[value="allow"]')
    person.arrive(house.olympiads)
    assert "Ильина" in person.page.locator("h1").inner_text()


def test_the_skip_link_leads_to_the_main_part(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer()
    person.open(house.issuer + "/help")

    assert 1 == presses_of_tab_to(person.page, "a.skip", 1)
    assert person.page.locator("a.skip").is_visible()
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Tab")

    assert person.page.evaluate("() => document.activeElement.closest('main') !== null")
