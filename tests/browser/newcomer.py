"""A newcomer with a browser: what they press between the diary, the broker and the mock ESIA, by place and not by wording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from examples.demo.house import DemoHouse

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
REGIONS = {"29": "dvinaland", "38": "irkutsk"}


@dataclass
class Newcomer:
    """One person's browser, one window of it. `language` is what they press on the broker's first page."""

    page: Page
    house: DemoHouse
    language: str = "ru"

    def open(self, address: str) -> None:
        self.page.goto(address)

    def press(self, selector: str) -> None:
        """Press the one thing that fits, and wait for the page it leads to."""
        self.page.locator(selector).click()
        self.page.wait_for_load_state()

    def start_at(self, service: str) -> None:
        """Open a service and press its button; the broker's page then speaks the person's language."""
        self.open(service)
        self.press("main a.button")
        if self.language != "ru" and self.page.url.startswith(self.house.issuer):
            self.press(f'.lang a[lang="{self.language}"]')

    def choose_region(self, region: str = "29") -> None:
        self.press('main a[href$="/regions"]')
        self.press(f'main a[href$="/{REGIONS[region]}"]')

    def to_esia(self) -> None:
        self.press('main a.btn[href*="/to/"]')

    def at_esia(self, login: str) -> None:
        """Fill in the mock's form, as its page says."""
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", "demo")
        self.press("main form button")

    def decide(self, decision: str = "allow") -> None:
        """Answer a question, the mock's or ours."""
        self.press(f'button[name=decision][value="{decision}"]')

    def arrive(self, service: str) -> None:
        """Our page after a form sends the browser on by itself."""
        self.page.wait_for_url(f"{service}/**")

    def sign_in(self, service: str, login: str, region: str = "29", decision: str = "allow") -> None:
        """The whole way, up to where the mock ESIA's question has been answered."""
        self.start_at(service)
        self.choose_region(region)
        self.to_esia()
        self.at_esia(login)
        # The mock asks a person once, as ESIA does.
        if self.page.url.startswith(self.house.mock_esia):
            self.decide(decision)


@contextmanager
def arriving(
    browser: Browser, house: DemoHouse, language: str = "ru", size: dict[str, int] | None = None, **options: bool
) -> Iterator[Newcomer]:
    """Somebody with an empty browser. `options` are those of a Playwright context, such as `java_script_enabled`."""
    locale = {"ru": "ru-RU", "en": "en-GB"}[language]
    context = browser.new_context(viewport=size or WIDE, locale=locale, **options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    yield Newcomer(context.new_page(), house, language)
    context.close()
