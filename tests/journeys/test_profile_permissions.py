"""Who learnt what: a receipt to keep, the last use, and a parent who decides for a child under fourteen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.own import at, enter
from tests.support.page import Form
from tests.support.town import Town
from tests.support.visits import cause_of, open_straight, register, rewrite_card, signed_in, tokens_of, visit

CHILD, PARENT = "belov.t", "belova"


def asked_form(town: Town, parent: Browser, client_id: str) -> Form:
    """The form with which a parent decides whether their child may use this service."""
    with town.house.app.app_context():
        asked = {one.client_id: one.id for one in town.house.askings.of_people(("demo-belov-t",))}
    forms = at(town, parent, "/me/permissions").forms_with("asked_id", "decision")
    return next(form for form in forms if asked[client_id] == form.fields["asked_id"])


def test_a_receipt_says_who_what_and_until_when(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "receipt", "openid profile school")
    signed_in(sqlite_town, browser, club, "orlova")
    page = at(sqlite_town, browser, "/me/permissions")
    link = page.link("Скачать квитанцию: Кружок").url

    receipt = browser.open(link)

    assert receipt.headers["content-type"].startswith("text/plain")
    assert "attachment" in receipt.headers["content-disposition"]
    assert "no-store" == receipt.headers["cache-control"]
    for line in (
        "Сервис: «Кружок»",
        "Организация: АНО «Кружок»",
        "Кто разрешил: Орлова Анна Сергеевна",
        "Имя, фамилия и отчество",
        "Школа и класс",
        "Действует до: 1 сентября 2027",
        f"Отозвать: {sqlite_town.issuer}/me/permissions",
    ):
        assert line in receipt.body, receipt.body
    assert "receipt" not in receipt.body
    with Browser() as other:
        enter(sqlite_town, other, "dorofeev")
        assert "1010" == cause_of(other.open(link))


def test_a_permission_tells_its_last_use(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "used", "openid profile offline_access")
    arrived = visit(sqlite_town, browser, club, "dorofeev")
    tokens = tokens_of(club, arrived)
    assert "Был вход 1 сентября 2026" in at(sqlite_town, browser, "/me/permissions").text
    sqlite_town.clock.advance(timedelta(days=3))
    club.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    enter(sqlite_town, browser, "dorofeev")

    assert "Был вход 4 сентября 2026" in at(sqlite_town, browser, "/me/permissions").text


def test_a_child_cannot_allow_and_a_parent_can(any_town: Town, browser: Browser) -> None:
    club = register(any_town, "yes")
    with Browser() as child:
        page = any_town.sign_in(child, CHILD, club.begin().url)
        assert ("7012", 403) == (cause_of(page), page.status), page.text
        assert not page.forms_with("decision")
        assert "error" in open_straight(child, club, prompt="none")[1]
        enter(any_town, browser, PARENT)
        page = at(any_town, browser, "/me/permissions")
        assert "Ребёнок ждёт вашего решения" in page.text
        assert "Белов Тимофей" in page.text

        after = browser.submit(asked_form(any_town, browser, "yes"), decision="allow")

        assert "Вы разрешили." in after.text
        assert "Разрешения ребёнка:" in after.text
        assert "code=" in any_town.sign_in(child, CHILD, club.begin().url).headers["location"]
        # The service may insist on asking again: what the parent said stands.
        again = any_town.sign_in(child, CHILD, club.begin(prompt="consent").url)
        assert "code=" in again.headers["location"]


def test_a_no_of_a_parent_stays_a_no(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "no")
    with Browser() as child:
        assert "7012" == cause_of(sqlite_town.sign_in(child, CHILD, club.begin().url))
        enter(sqlite_town, browser, PARENT)
        form = asked_form(sqlite_town, browser, "no")

        after = browser.submit(form, decision="deny")

        assert "Вы не разрешили." in after.text
        assert form.fields["asked_id"] not in after.body
        assert after.status == browser.submit(form, decision="allow").status
        assert "7012" == cause_of(sqlite_town.sign_in(child, CHILD, club.begin().url))


def test_a_parent_takes_a_childs_permission_back(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "back", "openid profile offline_access")
    with Browser() as child:
        sqlite_town.sign_in(child, CHILD, club.begin().url)
        enter(sqlite_town, browser, PARENT)
        browser.submit(asked_form(sqlite_town, browser, "back"), decision="allow")
        tokens = tokens_of(club, visit(sqlite_town, child, club, CHILD))
        page = at(sqlite_town, browser, "/me/permissions")
        button = ("consent_id", _consent(sqlite_town, "back"))
        form = next(form for form in page.forms_with("consent_id") if button in form.buttons)

        browser.submit(form, **dict(form.buttons))

        assert 401 == club.userinfo(tokens["access_token"]).status_code
        assert "7012" == cause_of(sqlite_town.sign_in(child, CHILD, club.begin().url))


def _consent(town: Town, client_id: str) -> str:
    with town.house.app.app_context():
        found = town.house.consents.find(client_id, "demo-belov-t")
    assert found is not None
    return found.id


@pytest.mark.parametrize("wait", [timedelta(days=7) - timedelta(minutes=1), timedelta(days=7)])
def test_a_request_is_kept_for_seven_days(sqlite_town: Town, browser: Browser, wait: timedelta) -> None:
    club = register(sqlite_town, f"kept{wait.days}")
    with Browser() as child:
        sqlite_town.sign_in(child, CHILD, club.begin().url)
    sqlite_town.clock.advance(wait)
    enter(sqlite_town, browser, PARENT)

    asked = at(sqlite_town, browser, "/me/permissions").forms_with("asked_id")

    with sqlite_town.house.app.app_context():
        kept = [one.client_id for one in sqlite_town.house.askings.of_people(("demo-belov-t",))]
    assert (wait < timedelta(days=7)) == (f"kept{wait.days}" in kept)
    assert len(kept) == len(asked)


def test_nobody_decides_for_somebody_elses_child(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "foreign")
    with Browser() as child, Browser() as parent:
        sqlite_town.sign_in(child, CHILD, club.begin().url)
        enter(sqlite_town, parent, PARENT)
        form = asked_form(sqlite_town, parent, "foreign")
        enter(sqlite_town, browser, "sokolov", "38")
        own = at(sqlite_town, browser, "/me/permissions")
        assert not own.forms_with("asked_id")
        assert "Белов" not in own.text

        page = browser.submit(form, decision="allow")

        assert "1009" == cause_of(page)
        assert "7012" == cause_of(sqlite_town.sign_in(child, CHILD, club.begin().url))


def test_a_yes_does_not_count_once_the_card_says_a_child_gave_it(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "younger")
    form = sqlite_town.sign_in(browser, "dorofeev", club.begin().url).form("decision")
    rewrite_card(sqlite_town, "demo-dorofeev", birth_date="2015-05-05")
    try:
        browser.submit(form, decision="allow")

        with sqlite_town.house.app.app_context():
            assert sqlite_town.house.consents.find("younger", "demo-dorofeev") is None
    finally:
        rewrite_card(sqlite_town, "demo-dorofeev")


def test_whoever_is_no_parent_any_more_decides_nothing(sqlite_town: Town, browser: Browser) -> None:
    club = register(sqlite_town, "former")
    with Browser() as child:
        sqlite_town.sign_in(child, CHILD, club.begin().url)
        enter(sqlite_town, browser, PARENT)
        form = asked_form(sqlite_town, browser, "former")
        rewrite_card(sqlite_town, "demo-belova", children=["demo-belova-d"])
        try:
            page = browser.submit(form, decision="allow")

            assert "уже решён или устарел" in page.text
            assert "Белов Тимофей" not in page.text
        finally:
            rewrite_card(sqlite_town, "demo-belova")
        assert "7012" == cause_of(sqlite_town.sign_in(child, CHILD, club.begin().url))


def test_two_presses_at_once_decide_once(any_town: Town, browser: Browser) -> None:
    club = register(any_town, "twice")
    with Browser() as child, Browser() as other:
        any_town.sign_in(child, CHILD, club.begin().url)
        for parent in (browser, other):
            enter(any_town, parent, PARENT)
        forms = [asked_form(any_town, parent, "twice") for parent in (browser, other)]
        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(lambda window, form: window.submit(form, decision="deny"), (browser, other), forms))

    told = sorted("Вы не разрешили." in page.text for page in pages)
    assert [False, True] == told, [page.text[:300] for page in pages]
    assert any("уже решён" in page.text for page in pages)
