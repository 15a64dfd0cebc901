"""The second upstream of the demo, «Регион-ID», by settings alone: in, linked, out; and never anybody of Gosuslugi."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from broker.school_door import access_desk
from examples.demo.second import prepare_second, settings_of
from examples.region_id.app import RegionSettings, create_region
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import as_before, give_password, link_of, show, shown_code, unlink
from tests.support.page import Page
from tests.support.relying_party import RelyingParty, Request
from tests.support.serving import bound, serving
from tests.support.town import RP_HOST, Town, town

BUTTON = "Войти через «Регион-ID»"
ORLOVA = "demo-orlova"


class Region:
    """The provider across the street. `is_silent` puts everybody off."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.is_silent = False
        self.app: Any = None

    def open(self, issuer: str, broker: str, secret: str) -> None:
        own = RegionSettings(issuer, f"{broker}/login/return/region", secret)
        self.app = create_region(own, self.clock.now)

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if self.is_silent:
            start("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        return self.app(environ, start)


@pytest.fixture(scope="module")
def region() -> Region:
    return Region(Clock())


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, region: Region) -> Iterator[Town]:
    folder, listener = tmp_path_factory.mktemp("region"), bound()
    prepare_second(folder)
    with ExitStack() as stack:
        issuer = stack.enter_context(serving(listener, region))
        built = stack.enter_context(town(folder, region.clock, settings_of(issuer, folder)))
        region.open(issuer, built.issuer, (folder / "region.secret").read_text("utf-8").strip())
        give_password(built, ORLOVA)
        yield built


@pytest.fixture(autouse=True)
def nobody_is_connected(there: Town, region: Region) -> Iterator[None]:
    yield
    region.is_silent = False
    if link_of(there, ORLOVA) is not None:
        unlink(there, ORLOVA)


def to_region(there: Town, browser: Browser, **asked: str) -> tuple[Page, RelyingParty, Request]:
    """From the diary to the provider's own page, by the second button."""
    party = there.relying_party()
    request = party.begin(**({"region": "29"} | asked))
    return browser.press(browser.open(request.url), BUTTON), party, request


def home(browser: Browser, page: Page) -> Page:
    """On through redirects of ours, up to a page or to the service."""
    for _ in range(10):
        if not 300 <= page.status < 400 or page.headers["location"].startswith(RP_HOST):
            return page
        page = browser.open(urljoin(page.url, page.headers["location"]), follow=False)
    raise AssertionError("round in circles")


def come(there: Town, browser: Browser, login: str, decision: str = "allow", **asked: str) -> tuple[Page, RelyingParty, Request]:
    page, party, request = to_region(there, browser, **asked)
    typed = {"login": login, "password": "demo", "decision": decision}
    return home(browser, browser.submit(page.form("login", "password"), follow=False, **typed)), party, request


def test_in_and_out_by_the_second_button(there: Town, browser: Browser) -> None:
    page, party, request = come(there, browser, "orlova")
    tokens = party.redeem(party.answer(page.headers["location"], request)["code"], request).json()

    claims = party.id_claims(tokens, request.nonce)
    assert ("urn:school-signin:upstream:confirmed", ["pwd"]) == (claims["acr"], claims["amr"])
    link = link_of(there, ORLOVA)
    assert link is not None and "region" == link.connector
    profile = browser.open(f"{there.issuer}/me")
    assert "Регион-ID" in profile.text and "Связать Госуслуги" not in profile.text
    history = browser.open(f"{there.issuer}/me/devices")
    assert "Вход через «Регион-ID»." in history.text
    out = browser.open(f"{party.discovery()['end_session_endpoint']}?id_token_hint={tokens['id_token']}")
    left = urlsplit(out.link("Выйти и в «Регион-ID»").url)
    assert "/leave" == left.path and ["school-signin"] == parse_qs(left.query)["client_id"]


def test_whoever_leaves_sees_whose_page_comes_next(there: Town, browser: Browser) -> None:
    start = browser.open(there.relying_party().begin(region="29").url)
    assert start.has_link("Войти через Госуслуги") and start.has_link(BUTTON)

    pressed = browser.open(start.link(BUTTON).url, follow=False)
    leaving = browser.open(urljoin(pressed.url, pressed.headers["location"]), follow=False)

    assert 303 == leaving.status and "Переходим в «Регион-ID»" == leaving.heading


def test_a_region_that_does_not_trust_it_has_no_button_for_it(there: Town, browser: Browser) -> None:
    start = browser.open(there.relying_party().begin(region="38").url)

    assert start.has_link("Войти через Госуслуги") and not start.has_link(BUTTON)
    refused = browser.open(start.link("Войти через Госуслуги").url.replace("/to/esia", "/to/region"))
    assert "2116" == shown_code(refused)


def test_the_own_region_decides_whatever_region_was_chosen(there: Town, browser: Browser) -> None:
    """Semyonov teaches in region 38, and chose 29, whose button it is."""
    page, _, _ = come(there, browser, "semyonov")

    assert "2116" == shown_code(page)
    assert link_of(there, "demo-semyonov") is None


def test_a_card_is_tied_to_one_upstream_and_the_other_is_refused(there: Town, browser: Browser) -> None:
    page, _, _ = come(there, browser, "orlova")
    assert page.headers["location"].startswith(RP_HOST)
    with there.house.app.app_context():
        links = there.house.links
        assert links.find("region", "r-1001") is not None
        assert links.find("esia", "r-1001") is None, "the same number elsewhere is somebody else"

    with Browser() as other:
        refused = there.sign_in(other, "orlova", there.relying_party().begin(region="29").url)
        assert "3201" == shown_code(refused)
    unlink(there, ORLOVA)
    with Browser() as other:
        there.sign_in(other, "orlova", there.relying_party().begin(region="29").url)
    link = link_of(there, ORLOVA)
    assert link is not None and "esia" == link.connector
    page, _, _ = come(there, browser, "orlova", prompt="login")
    assert ("3201", "Этот дневник связан с другой записью") == (shown_code(page), page.heading)


def test_an_answer_that_comes_to_the_others_address_is_nobodys(there: Town, browser: Browser) -> None:
    """Mix-up (RFC 9700 4.4): the state is right, the browser is right, the address is that of Gosuslugi."""
    page, _, _ = to_region(there, browser)
    typed = {"login": "orlova", "password": "demo", "decision": "allow"}
    back = browser.submit(page.form("login", "password"), follow=False, **typed).headers["location"]

    page = home(browser, browser.open(back.replace("/login/return/region", "/login/return/esia"), follow=False))
    assert link_of(there, ORLOVA) is None and page.has_link(BUTTON)
    page = home(browser, browser.open(back, follow=False))
    assert link_of(there, ORLOVA) is None and not page.headers.get("location", "").startswith(RP_HOST), "the trip was spent"


@pytest.mark.parametrize(
    ("login", "decision", "code", "heading", "said"),
    [
        ("orlova", "deny", "2103", "Вы не разрешили передать данные", "Без них мы не узнаем"),
        ("nikitina", "allow", "2109", "Этой записи мало", "Запись «Регион-ID» не подтверждена."),
    ],
)
def test_a_cause_names_the_provider(
    there: Town, browser: Browser, login: str, decision: str, code: str, heading: str, said: str
) -> None:
    page, _, _ = come(there, browser, login, decision)

    assert (code, heading) == (shown_code(page), page.heading)
    assert said in page.text


def test_a_silent_provider_is_named_and_gosuslugi_is_not_blamed(there: Town, region: Region, browser: Browser) -> None:
    page, _, _ = to_region(there, browser)
    typed = {"login": "orlova", "password": "demo", "decision": "allow"}
    back = browser.submit(page.form("login", "password"), follow=False, **typed)
    region.is_silent = True

    page = home(browser, back)

    assert ("2101", "«Регион-ID» не отвечает") == (shown_code(page), page.heading)
    assert page.link("Попробовать снова").url.endswith("/to/region")


def test_where_a_diary_password_does_not_open_the_button_is_that_of_the_provider(there: Town, browser: Browser) -> None:
    start = browser.open(there.relying_party().begin(region="29").url)
    # There, and back again without having signed in.
    browser.press(start, BUTTON)

    closed = browser._ask("POST", f"{start.url}/password", {"login": "orlova.diary", "password": "demo-diary"}, True)

    assert ("4006", "Здесь входят через «Регион-ID»") == (shown_code(closed), closed.heading)
    assert closed.link(BUTTON).url.endswith("/to/region")


def test_a_school_that_disconnects_it_calls_it_by_its_name(there: Town) -> None:
    called = access_desk(there.house)._rooms.title_of

    assert ("Регион-ID", None) == (called("region"), called("esia"))


def test_linked_by_the_diary_password_where_the_card_lacks_a_snils(there: Town, browser: Browser) -> None:
    as_before(there, ORLOVA)
    page, _, _ = come(there, browser, "orlova")
    assert "3106" == shown_code(page)
    assert "Вы вошли через «Регион-ID» как" in page.text

    done = show(browser, page, "orlova.diary")

    assert "Готово. Дневник и «Регион-ID» связаны" == done.heading
    onward = next(link.url for link in done.links if link.url.endswith("/onward"))
    assert home(browser, browser.open(onward, follow=False)).headers["location"].startswith(RP_HOST)
    link = link_of(there, ORLOVA)
    assert link is not None and "region" == link.connector


def test_somebody_elses_diary_password_links_nobody(there: Town, browser: Browser) -> None:
    page, _, _ = come(there, browser, "severov")
    assert "3101" == shown_code(page)

    page = show(browser, page, "orlova.diary")

    assert "3115" == shown_code(page) and "Вошли вы, а логин не ваш." in page.text
    assert link_of(there, ORLOVA) is None
