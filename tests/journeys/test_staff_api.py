"""The JSON API of the console: tokens of staff, the same rights as the pages, and a passkey for every dangerous call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from broker.console.rights import DANGEROUS, may
from broker.console.security.api_calls import CALLS
from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty
from tests.support.staff import Staff
from tests.support.town import Town
from tests.support.visits import register, signed_in

ROLES = {"dorofeev": "security_officer", "ilina": "registrar", "chernov": "auditor", "gerasimova": "support"}
WORDS = {"client_id": "kiosk", "person_id": "demo-belov-t"}


@pytest.fixture(scope="module")
def tool(sqlite_town: Town) -> RelyingParty:
    """A program of the house that may act for staff."""
    return register(sqlite_town, "staff-tool", "openid admin", first_party=True, scopes=("openid", "admin"))


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as fresh:
        yield fresh


def let_in(town: Town, tool: RelyingParty, staff: Staff) -> str:
    """An access token of somebody who has shown their passkey in the same browser."""
    page = staff.sign_in()
    if page.forms_with("passkey"):
        staff.make(page) if page.forms_with("name") else staff.show(page)
    return str(signed_in(town, staff.browser, tool, staff.login)[0]["access_token"])


def call(town: Town, token: str, method: str, path: str, **said: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = said if method == "POST" else None
    return requests.request(method, f"{town.issuer}/api/admin{path}", headers=headers, json=body, timeout=30)


def forget_passkeys(town: Town) -> None:
    house = town.house
    with house.app.app_context(), house.database.work() as connection:
        connection.exec_driver_sql("DELETE FROM passkey")


@pytest.fixture(autouse=True)
def fresh_passkeys(sqlite_town: Town) -> Iterator[None]:
    yield
    forget_passkeys(sqlite_town)


def test_every_call_by_every_role_as_the_table_says(sqlite_town: Town, tool: RelyingParty) -> None:
    wrong: dict[tuple[str, str], tuple[int, set[int]]] = {}
    for login, role in ROLES.items():
        with Browser() as browser:
            token = let_in(sqlite_town, tool, Staff(sqlite_town, login, browser))
            for one in CALLS:
                path = one.path
                for name, value in WORDS.items():
                    path = path.replace(f"<{name}>", value)
                said = call(sqlite_town, token, one.method, path)
                # Let in is also whoever is then told in a sentence that there is nothing of this name.
                let_in_as = {401} if one.action in DANGEROUS else {200, 409}
                expected = let_in_as if may([role], one.action) else {403}
                if said.status_code not in expected:
                    wrong[role, one.name] = said.status_code, expected

    assert {} == wrong


def test_nobody_and_people_without_a_role_are_refused(sqlite_town: Town, tool: RelyingParty, browser: Browser) -> None:
    nobody = call(sqlite_town, "", "GET", "/overview")
    pupil = str(signed_in(sqlite_town, browser, tool, "orlova")[0]["access_token"])

    assert (401, True) == (nobody.status_code, "Bearer" in nobody.headers["WWW-Authenticate"])
    assert call(sqlite_town, "nonsense", "GET", "/overview").status_code == 401
    # No passkey was ever shown: what is missing is said in the words of RFC 9470, and nothing about roles.
    assert 'error="insufficient_user_authentication"' in call(sqlite_town, pupil, "GET", "/overview").headers["WWW-Authenticate"]


def test_a_dangerous_call_waits_for_the_passkey_of_its_person(sqlite_town: Town, tool: RelyingParty, browser: Browser) -> None:
    officer = Staff(sqlite_town, "dorofeev", browser)
    token = let_in(sqlite_town, tool, officer)

    asked = call(sqlite_town, token, "POST", "/clients/kiosk/enable", enabled=False)
    page = officer.browser.open(asked.json()["confirm_url"])
    confirmed = officer.show(page)
    other = call(sqlite_town, token, "POST", "/clients/kiosk/enable", enabled=True)
    done = call(sqlite_town, token, "POST", "/clients/kiosk/enable", enabled=False)
    again = call(sqlite_town, token, "POST", "/clients/kiosk/enable", enabled=False)

    assert 401 == asked.status_code
    assert 'max_age="300"' in asked.headers["WWW-Authenticate"]
    assert ("Подтвердите ключом входа", True) == (page.heading, "/api/admin/clients/kiosk/enable" in page.text)
    assert "Вернитесь в свою программу" in confirmed.text
    assert 401 == other.status_code, "another body is another act"
    assert (200, False) == (done.status_code, done.json()["client"]["is_enabled"])
    assert 401 == again.status_code, "a yes serves once"


def test_a_call_of_one_person_is_not_confirmed_by_another(sqlite_town: Town, tool: RelyingParty, browser: Browser) -> None:
    officer = Staff(sqlite_town, "dorofeev", browser)
    token = let_in(sqlite_town, tool, officer)
    asked = call(sqlite_town, token, "POST", "/clients/olymp/enable", enabled=False)
    with Browser() as elsewhere:
        colleague = Staff(sqlite_town, "yakovlev", elsewhere)
        colleague.come_in()

        assert 404 == elsewhere.open(asked.json()["confirm_url"]).status


def test_an_old_sign_in_is_enough_to_read_and_not_to_act(sqlite_town: Town, tool: RelyingParty, browser: Browser) -> None:
    officer = Staff(sqlite_town, "dorofeev", browser)
    token = let_in(sqlite_town, tool, officer)
    sqlite_town.clock.advance(timedelta(minutes=5))

    acted = call(sqlite_town, token, "POST", "/clients/olymp/enable", enabled=False)

    assert 200 == call(sqlite_town, token, "GET", "/clients").status_code
    assert (401, False) == (acted.status_code, "confirm_url" in acted.text)


@pytest.mark.parametrize("change", [{"scopes": ("openid",)}, {"first_party": False}])
def test_only_a_program_of_the_house_with_the_scope_comes_in(
    sqlite_town: Town, browser: Browser, change: dict[str, Any]
) -> None:
    settled = {"first_party": True, "scopes": ("openid", "admin"), **change}
    scope = " ".join(settled["scopes"])
    name = f"tool-{'-'.join(change)}".replace("_", "-")
    token = let_in(sqlite_town, register(sqlite_town, name, scope, **settled), Staff(sqlite_town, "dorofeev", browser))

    refused = call(sqlite_town, token, "GET", "/overview")

    assert (403, "insufficient_scope") == (refused.status_code, refused.json()["error"])


@pytest.mark.parametrize(("path", "said", "status"), [
    ("/staff", {"person_id": 7}, 409), ("/staff", {"person_id": "nobody", "role": "auditor"}, 409),
    ("/clients/none/enable", {}, 409), ("/clients/none/enable", {"enabled": False}, 409),
])  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_sentence(
    sqlite_town: Town, tool: RelyingParty, browser: Browser, path: str, said: dict[str, Any], status: int
) -> None:
    officer = Staff(sqlite_town, "dorofeev", browser)
    token = let_in(sqlite_town, tool, officer)
    officer.show(browser.open(call(sqlite_town, token, "POST", path, **said).json()["confirm_url"]))

    refused = call(sqlite_town, token, "POST", path, **said)

    assert (status, "refused") == (refused.status_code, refused.json()["error"])
    assert "no-store" == refused.headers["Cache-Control"]


def test_a_body_that_is_no_object_is_refused(sqlite_town: Town, tool: RelyingParty, browser: Browser) -> None:
    token = let_in(sqlite_town, tool, Staff(sqlite_town, "dorofeev", browser))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    for body in (b"[]", b"{", b"\xff", b"[" * 3000):
        answer = requests.post(f"{sqlite_town.issuer}/api/admin/staff", data=body, headers=headers, timeout=30)
        assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])
