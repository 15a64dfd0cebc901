"""Every page a person can meet on the way, one after the other. The tests look at each, and the screenshots are made of them.

A gallery is a generator of names: when it has said a name, the newcomer's window shows that page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Route

from tests.browser.newcomer import Newcomer

FOOTER = ("help", "status", "accessibility", "privacy", "view")


def ways_in(newcomer: Newcomer, login: str = "belova") -> Iterator[str]:
    """From the diary through the broker and the mock ESIA, then to a third-party service with its question."""
    house = newcomer.house
    newcomer.open(house.diary)
    yield "diary"
    newcomer.start_at(house.diary)
    yield "choose-no-region"
    newcomer.press('main a[href$="/regions"]')
    yield "regions"
    newcomer.press('main a[href$="/dvinaland"]')
    yield "choose"
    newcomer.to_esia()
    yield "esia-sign-in"
    newcomer.at_esia(login)
    yield "esia-consent"
    newcomer.decide()
    yield "diary-signed-in"
    newcomer.open(house.olympiads)
    yield "olympiads"
    newcomer.press("main a.button")
    yield "consent"
    yield from _halfway_back(newcomer)
    yield "olympiads-signed-in"


def _halfway_back(newcomer: Newcomer) -> Iterator[str]:
    """The page between the answer and the service stays for a blink only; here its next address keeps it waiting."""
    attempt = f"{newcomer.house.issuer}/login/**"
    newcomer.page.route(attempt, _stay)
    with newcomer.page.expect_response(lambda answer: answer.status == 204):
        newcomer.decide()
    yield "returning"
    newcomer.page.unroute(attempt)
    newcomer.press("main a.btn")
    newcomer.arrive(newcomer.house.olympiads)


def _stay(route: Route) -> None:
    """204 to whatever is not the answer to the question: the browser stays where it is."""
    if route.request.method == "POST":
        route.continue_()
    else:
        route.fulfill(status=204)


def own_pages(newcomer: Newcomer) -> Iterator[str]:
    """For somebody who has been through `ways_in`: what is theirs, and the way out."""
    house = newcomer.house
    newcomer.open(f"{house.issuer}/login")
    yield "choose-already-in"
    newcomer.open(f"{house.issuer}/me")
    yield "profile"
    newcomer.press('main a[href="/me/permissions"]')
    yield "permissions"
    newcomer.press("main .card button")
    yield "permissions-revoked"
    newcomer.open(f"{house.issuer}/me")
    newcomer.press('main a[href*="session"]')
    yield "sign-out"
    newcomer.press("main form button.btn")
    yield "signed-out"
    # The diary was told behind the browser's back, so there is nobody left to sign out there.
    newcomer.open(f"{house.diary}/signed-out")
    yield "diary-signed-out"


def house_pages(newcomer: Newcomer) -> Iterator[str]:
    """The pages of the footer, the codes of a telephone call, and requests that cannot be answered."""
    issuer = newcomer.house.issuer
    query = f"?lang={newcomer.language}"
    for name in FOOTER:
        newcomer.open(f"{issuer}/{name}{query}")
        yield name
    newcomer.open(f"{issuer}/help{query}&code=3102")
    yield "help-3102"
    newcomer.open(f"{issuer}/view?size=200&spacing=wide")
    yield "view-large"
    newcomer.open(f"{issuer}/view?reset=1")
    newcomer.open(f"{issuer}/no-such-page{query}")
    yield "cause-1010"
    newcomer.open(f"{issuer}/login/AAAAAAAAAAAAAAAAAAAAAA{query}")
    yield "cause-1002"
    newcomer.open(f"{issuer}/authorize?{urlencode({'client_id': 'nobody', 'response_type': 'code'})}")
    yield "cause-7001"
    newcomer.open(f"{issuer}/authorize?{urlencode({'client_id': 'diary', 'redirect_uri': 'http://127.0.0.1:9/'})}")
    yield "cause-7002"


def refused(people: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One person for each cause that the demo can show."""
    found = {person["expect"]["code"]: person for person in people if person["expect"]["outcome"] != "signed_in"}
    return [found[code] for code in sorted(found)]


def cause_page(newcomer: Newcomer, person: Mapping[str, Any]) -> str:
    """Walk up to the page that tells this person why; answers the name of the page."""
    code = person["expect"]["code"]
    newcomer.sign_in(newcomer.house.diary, person["login"], person["region"], "deny" if code == "2103" else "allow")
    return f"cause-{code}"
