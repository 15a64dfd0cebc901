"""The newcomer's walk in a real browser, without scripts: what only Chromium can stop (screens.md 4.5) would stop here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Request, Route

from examples.demo.house import DemoHouse
from tests.browser.newcomer import Newcomer
from tests.relying_parties.demo import RunningDemo

Arrive = Callable[..., Newcomer]
# RFC 7636, appendix B: a challenge of the right form. Nobody redeems the code here.
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def said(newcomer: Newcomer) -> str:
    return newcomer.page.locator("main").inner_text()


def kept_at(newcomer: Newcomer, target: str) -> list[Request]:
    """What arrives at an address where no server listens."""
    kept: list[Request] = []

    def keep(route: Route) -> None:
        kept.append(route.request)
        route.fulfill(body="kept")

    newcomer.page.route(target, keep)
    return kept


MOTHER = ("belova", "29", "Белова Ирина Павловна", "учитель, родитель", "Белов Тимофей Андреевич, 6А", "Белова Дарья")
FATHER = ("sokolov", "38", "Соколов Дмитрий Андреевич", "родитель", "Соколова Алиса Дмитриевна, 6А", "Соколов Артём")


# Two people, because the question about Олимпиады is asked once.
@pytest.mark.parametrize(("scripts", "who"), [(False, MOTHER), (True, FATHER)], ids=["scripts off", "scripts on"])
def test_the_diary_knows_who_came_and_the_other_service_asks_once(
    newcomer: Arrive, house: DemoHouse, scripts: bool, who: tuple[str, ...]
) -> None:
    login, region, name, *shown = who
    parent = newcomer(java_script_enabled=scripts)

    parent.sign_in(house.diary, login, region)
    assert (house.diary + "/", name) == (parent.page.url, parent.page.locator("h1").inner_text())
    for told in (*shown, "Школа"):
        assert told in said(parent)
    for summary in parent.page.locator("summary").all():
        summary.click()
    for claim in ('"alg"', '"iss"', f'"{house.issuer}"', '"acr"', '"auth_time"', '"diary_roles"'):
        assert claim in said(parent)

    parent.start_at(house.olympiads)
    assert parent.page.url.startswith(house.issuer)
    parent.decide("allow")
    parent.arrive(house.olympiads)
    assert name == parent.page.locator("h1").inner_text()

    parent.page.context.clear_cookies(name=f"diary_{house.port + 3}")
    parent.start_at(house.olympiads)
    assert house.olympiads + "/" == parent.page.url


def test_signing_out_at_the_diary_ends_the_session_here_too(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.sign_in(house.diary, "orlova")

    person.press('form[action$="/sign-out"] button')
    assert person.page.url.startswith(house.diary + "/signed-out")
    assert "Вы вышли" == person.page.locator("h1").inner_text()

    person.start_at(house.diary)
    assert person.page.url.startswith(house.issuer)


def test_signing_out_at_the_broker_asks_and_then_says_so(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.sign_in(house.diary, "orlova")

    person.open(house.issuer + "/me")
    person.press('main a[href*="session"]')
    person.press("main form button.btn")
    assert "Вы вышли" == person.page.locator("h1").inner_text()

    person.open(house.issuer + "/me")
    assert "/login" in person.page.url


def test_a_refusal_of_consent_goes_back_to_the_service(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.sign_in(house.olympiads, "semyonov", "38")

    person.decide("deny")
    person.arrive(house.olympiads)

    assert "Войти не получилось" == person.page.locator("h1").inner_text()


def test_who_is_not_let_in_reads_why_and_whom_to_ask(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)

    person.sign_in(house.diary, "volkova")

    assert "Имя в дневнике и на Госуслугах не совпало" == person.page.locator("h1").inner_text()
    for told in ("3102", "фамилия", "Что делать", "Кто поможет", "Номер обращения"):
        assert told in said(person)
    assert 403 == person.page.reload().status  # type: ignore[union-attr]
    assert "3102" in said(person)


def test_the_way_on_from_a_cause_page_starts_a_fresh_sign_in(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.sign_in(house.diary, "volkova")

    person.press("main a.btn")

    assert 1 == person.page.locator('main a.btn[href*="/to/"]').count()


def test_form_post_needs_no_press_where_scripts_run_and_one_press_where_they_do_not(newcomer: Arrive, demo: RunningDemo) -> None:
    target = "http://127.0.0.1:9/posted"
    client_id = f"poster-{secrets.token_hex(3)}"
    demo.add_client(client_id, "--redirect-uri", target, "--first-party")
    asked = {"response_type": "code", "response_mode": "form_post", "client_id": client_id, "redirect_uri": target}
    asked |= {"scope": "openid", "state": "s" * 20, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    for scripts in (True, False):
        person = newcomer(java_script_enabled=scripts)
        posted = kept_at(person, target)
        person.open(f"{demo.house.issuer}/authorize?{urlencode(asked)}")
        person.to_esia()
        person.at_esia("orlova")
        if person.page.url.startswith(demo.house.mock_esia):
            person.decide()
        if not scripts:
            person.press("main form button")
        person.page.wait_for_url(target)

        assert ["POST"] == [request.method for request in posted]
        fields = parse_qs(posted[0].post_data)
        assert ({"code", "state", "iss", "session_state"}, ["s" * 20]) == (set(fields), fields["state"])


def test_the_bare_address_leads_to_ones_own_page_or_to_the_sign_in(newcomer: Arrive, house: DemoHouse) -> None:
    person = newcomer(java_script_enabled=False)
    person.open(house.issuer)
    assert "/login" in person.page.url

    person.sign_in(house.diary, "orlova")
    person.open(house.issuer)

    assert house.issuer + "/me" == person.page.url
