"""A third-party service learns nothing before the person has seen what it would learn and has said yes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.town import Town
from tests.support.visits import came_to, cause_of, decide, open_straight, register, signed_in, tokens_of, visit


def test_first_service_asks_nothing_and_second_asks_once(any_town: Town, browser: Browser) -> None:
    diary, olymp = any_town.relying_party(), any_town.relying_party("olymp")
    signed_in(any_town, browser, diary, "orlova")
    browser.visited.clear()
    request = olymp.begin()

    page = any_town.sign_in(browser, "orlova", request.url)

    # No second sign-in: the browser has not been near Gosuslugi.
    assert not any(address.startswith(any_town.esia) for address in browser.visited)
    assert "ООО «Пример»" in page.text
    for shown in ("Олимпиады", "Орлова Анна Сергеевна", "12 апреля 1985", "Пол женский", "Школа № 132", "Учитель"):
        assert shown.lower() in page.text.lower(), page.text
    back = decide(any_town, browser, page, "allow")
    answer = olymp.answer(came_to(back), request)
    tokens = olymp.redeem(answer["code"], request).json()
    assert "Орлова" == olymp.userinfo(tokens["access_token"]).json()["family_name"]
    again, answer = open_straight(browser, olymp)
    assert 200 == olymp.redeem(answer["code"], again).status_code
    with Browser() as elsewhere:
        # Another browser: a sign-in, and still no question.
        page = any_town.sign_in(elsewhere, "orlova", olymp.begin().url)
        assert "code=" in came_to(page)


def test_no_is_an_answer_and_is_not_remembered(any_town: Town, browser: Browser) -> None:
    olymp = any_town.relying_party("olymp")
    for decision, expected in (("deny", "access_denied"), ("deny", "access_denied"), ("allow", None)):
        request = olymp.begin()
        page = any_town.sign_in(browser, "dorofeev", request.url)
        answer = olymp.answer(came_to(decide(any_town, browser, page, decision)), request)
        assert expected == answer.get("error")
        assert (expected is None) == ("code" in answer)


def test_taking_a_permission_back_ends_the_tokens_of_that_service_only(any_town: Town, browser: Browser) -> None:
    diary, olymp = any_town.relying_party(), any_town.relying_party("olymp")
    kept, _ = signed_in(any_town, browser, diary, "andreeva")
    lost, _ = signed_in(any_town, browser, olymp, "andreeva")
    page = browser.open(f"{any_town.issuer}/me/permissions")
    form = page.form("consent_id")
    assert "Олимпиады" in page.text

    after = browser.submit(form, **dict(form.buttons))

    assert 200 == after.status
    assert not after.forms_with("consent_id"), after.text
    assert 401 == olymp.userinfo(lost["access_token"]).status_code
    assert 400 == olymp.token(grant_type="refresh_token", refresh_token=lost["refresh_token"]).status_code
    assert 200 == diary.userinfo(kept["access_token"]).status_code
    assert 200 == diary.token(grant_type="refresh_token", refresh_token=kept["refresh_token"]).status_code
    _, answer = open_straight(browser, olymp, prompt="none")
    assert "consent_required" == answer["error"]
    assert any_town.sign_in(browser, "andreeva", olymp.begin().url).forms_with("decision")
    # The old page's button, pressed again, does no harm.
    assert 200 == browser.submit(form, **dict(form.buttons)).status


def test_a_permission_given_anew_does_not_revive_old_tokens(any_town: Town, browser: Browser) -> None:
    club = register(any_town, "anew", "openid profile offline_access")
    old, _ = signed_in(any_town, browser, club, "orlova")
    profile = browser.open(f"{any_town.issuer}/me/permissions")
    assert "Кружок" in profile.text
    for form in profile.forms_with("consent_id"):
        browser.submit(form, **dict(form.buttons))

    new, _ = signed_in(any_town, browser, club, "orlova")

    assert 200 == club.userinfo(new["access_token"]).status_code
    assert 401 == club.userinfo(old["access_token"]).status_code
    assert 400 == club.token(grant_type="refresh_token", refresh_token=old["refresh_token"]).status_code


def test_a_permission_of_somebody_else_cannot_be_taken_back(any_town: Town, browser: Browser) -> None:
    olymp = any_town.relying_party("olymp")
    tokens, _ = signed_in(any_town, browser, olymp, "belova")
    form = browser.open(f"{any_town.issuer}/me/permissions").form("consent_id")
    with Browser() as other:
        signed_in(any_town, other, any_town.relying_party(), "orlova")

        refused = other.submit(form, **dict(form.buttons))

    assert "1009" == cause_of(refused), refused.text
    assert 200 == olymp.userinfo(tokens["access_token"]).status_code


def test_more_scopes_ask_about_what_is_new(any_town: Town, browser: Browser) -> None:
    club = register(any_town, "more")
    signed_in(any_town, browser, club, "orlova", scope="openid profile")

    page = any_town.sign_in(browser, "orlova", club.begin(scope="openid profile school").url)

    assert {"Школа и класс", "Роль в школе"} == _marked_as_new(page), page.text
    decide(any_town, browser, page, "allow")
    for scope in ("openid profile school", "openid school", "openid"):
        _, answer = open_straight(browser, club, scope=scope, prompt="none")
        assert "code" in answer, scope


def test_a_claim_asked_for_alone_is_asked_about_too(any_town: Town, browser: Browser) -> None:
    club = register(any_town, "single", "openid")
    signed_in(any_town, browser, club, "orlova")

    page = any_town.sign_in(browser, "orlova", club.begin(claims='{"userinfo":{"snils":null}}').url)

    assert page.forms_with("decision")
    # Two digits are enough to recognise one's own number.
    assert "24" in page.text
    assert "002-000-107" not in page.text
    assert "00200010724" not in page.text


def test_a_permission_lasts_a_year(sqlite_town: Town, browser: Browser) -> None:
    olymp = register(sqlite_town, "yearly", "openid profile offline_access")
    signed_in(sqlite_town, browser, olymp, "orlova")
    sqlite_town.clock.advance(timedelta(days=365) - timedelta(minutes=1))
    arrived = visit(sqlite_town, browser, olymp, "orlova", prompt="login")
    tokens = tokens_of(olymp, arrived)
    sqlite_town.clock.advance(timedelta(minutes=1))

    _, answer = open_straight(browser, olymp, prompt="none")

    assert "consent_required" == answer["error"]
    assert 400 == olymp.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code


@pytest.mark.parametrize("decision", ["", "maybe"])
def test_no_answer_is_not_a_yes(sqlite_town: Town, browser: Browser, decision: str) -> None:
    club = register(sqlite_town, f"vague{len(decision)}")
    signed_in(sqlite_town, browser, sqlite_town.relying_party(), "orlova")
    page = sqlite_town.sign_in(browser, "orlova", club.begin().url)

    after = browser.submit(page.form("decision"), decision=decision)

    assert "location" not in after.headers
    _, answer = open_straight(browser, club, prompt="none")
    assert "consent_required" == answer["error"]


def test_english_is_asked_in_english(sqlite_town: Town) -> None:
    with Browser("en") as browser:
        page = sqlite_town.sign_in(browser, "orlova", register(sqlite_town, "english", "openid profile school").begin().url)

    assert "School No. 132 of Nizhneborsk" in page.text
    assert "Club" in page.text


def _marked_as_new(page: Page) -> set[str]:
    names = page.body.split("<dt>")[1:]
    return {name.split("<span")[0].strip() for name in names if '<span class="tag">' in name.split("</dt>")[0]}

