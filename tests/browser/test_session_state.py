"""The page that services load within theirs, in a real browser: one word, and only to whoever has the session_state."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from examples.demo.house import DemoHouse
from tests.browser.newcomer import Newcomer

Arrive = Callable[..., Newcomer]
_ASK = """([message, issuer]) => new Promise((done) => {
  const frame = document.createElement("iframe");
  addEventListener("message", (event) => done([event.origin, event.data]), {once: true});
  setTimeout(() => done([issuer, "silent"]), 5000);
  frame.onload = () => frame.contentWindow.postMessage(message, issuer);
  frame.src = issuer + "/check_session";
  document.body.append(frame);
})"""


def ask(page: Page, house: DemoHouse, message: str, at: str) -> str:
    """What our page says to a page of the service at `at` that has loaded it."""
    page.goto(at)
    origin, word = page.evaluate(_ASK, [message, house.issuer])
    assert house.issuer == origin
    return str(word)


def test_a_service_hears_of_the_sign_out(newcomer: Arrive, house: DemoHouse) -> None:
    # The demo services load no frames of others; that is theirs to say and not what is looked at here.
    person = newcomer(bypass_csp=True)
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url))
    person.sign_in(house.diary, "belova")
    answers = [parse_qs(urlsplit(url).query) for url in asked if url.startswith(house.diary) and "session_state=" in url]
    client = next(parse_qs(urlsplit(url).query)["client_id"][0] for url in asked if "client_id=" in url)
    message = f"{client} {answers[-1]['session_state'][0]}"

    assert "unchanged" == ask(person.page, house, message, house.diary)
    # Somebody else's page has nothing to ask with.
    assert "changed" == ask(person.page, house, message, house.olympiads)
    assert "error" == ask(person.page, house, "nonsense", house.diary)

    person.open(f"{house.issuer}/end_session")
    person.press("main form button")

    assert "changed" == ask(person.page, house, message, house.diary)
