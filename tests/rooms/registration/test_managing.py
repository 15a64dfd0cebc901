"""RFC 7592: reading, changing and withdrawing a registration."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app

from tests.rooms.registration.conftest import AWAY, HOME, Office, service


def _sandbox(office: Office, **more: Any) -> dict[str, Any]:
    return office.registered(client_name="Кружок", redirect_uris=[HOME], **more)


def test_a_registration_is_read_with_its_own_token(any_office: Office) -> None:
    made = _sandbox(any_office)

    answer = any_office.manage("GET", made)

    told = {name: value for name, value in made.items() if not name.startswith("client_secret")}
    assert (200, told, "no-store") == (answer.status_code, answer.get_json(), answer.headers["Cache-Control"])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_token_opens_nothing(office: Office, method: str) -> None:
    mine, other = _sandbox(office), _sandbox(office)
    initial = office.initial()

    for token in (other["registration_access_token"], initial, made_up(), mine["client_secret"]):
        answer = office.manage(method, mine, {"client_id": mine["client_id"]}, token)
        assert (401, "invalid_token") == (answer.status_code, answer.get_json()["error"])
    nowhere = office.ask(method, "/register/sandbox-0", {"client_id": "sandbox-0"}, mine["registration_access_token"])
    silent = office.ask(method, f"/register/{mine['client_id']}", {})

    assert (401, "invalid_token") == (nowhere.status_code, nowhere.get_json()["error"])
    # RFC 6750 3.1: who has shown nothing is told no error.
    assert (401, {}, 'Bearer realm="registration"') == (
        silent.status_code, silent.get_json(), silent.headers["WWW-Authenticate"],
    )  # fmt: skip
    assert 200 == office.manage("GET", mine).status_code


def made_up() -> str:
    return "reg_" + "A" * 43


def test_a_change_replaces_everything_and_turns_the_token(any_office: Office) -> None:
    made = any_office.registered(any_office.initial(), **service(contacts=["a@robots.example"], default_max_age=600))
    secret = made["client_secret"]

    changed = any_office.manage(
        "PUT",
        made,
        service(client_id=made["client_id"], client_secret=secret, policy_uri="https://robots.example/p", tos_uri=None),
    )

    said, client = changed.get_json(), any_office.client(made)
    assert 200 == changed.status_code, changed.text
    assert ((), None, "https://robots.example/p") == (client.contacts, client.default_max_age, client.policy_uri)
    assert client.secret_is_right(secret, any_office.clock.now()) and "client_secret" not in said
    assert said["registration_access_token"] != made["registration_access_token"]
    assert 401 == any_office.manage("GET", made).status_code
    assert said == any_office.manage("GET", said).get_json()


@pytest.mark.parametrize(
    "given",
    [
        {"client_id": None}, {"client_id": "other"}, {"client_secret": "wrong"}, {"client_secret": 7},
        {"registration_access_token": "x"}, {"registration_client_uri": "x"}, {"client_secret_expires_at": 0},
        {"client_id_issued_at": 0}, {"redirect_uris": ["http://robots.example/cb"]}, {"client_name": "Госуслуги"},
        {"client_name": "Школа робототехники"}, {"client_name": "Kpужок"}, {"organisation": "Школьный вход"},
    ],
)  # fmt: skip
def test_a_change_that_is_refused_changes_nothing(office: Office, given: dict[str, Any]) -> None:
    made = office.registered(office.initial(), **service())
    before = office.manage("GET", made).get_json()

    answer = office.manage("PUT", made, service(client_id=made["client_id"]) | given)

    assert (400, True) == (answer.status_code, answer.get_json()["error"].startswith("invalid_"))
    assert before == office.manage("GET", made).get_json()


def test_a_sandbox_stays_one(office: Office) -> None:
    made = _sandbox(office)
    own = {"client_id": made["client_id"], "client_name": "Кружок"}

    assert 400 == office.manage("PUT", made, own | {"redirect_uris": [AWAY]}).status_code
    assert 400 == office.manage("PUT", made, own | {"redirect_uris": [HOME], "scope": "openid snils"}).status_code
    changed = office.manage("PUT", made, own | {"redirect_uris": [HOME], "environment": "production"})
    assert "sandbox" == changed.get_json()["environment"]


def test_another_method_of_authentication_gets_a_secret_or_loses_it(office: Office) -> None:
    made = office.registered(office.initial(), **service())
    own = service(client_id=made["client_id"])

    without = office.manage("PUT", made, own | {"token_endpoint_auth_method": "none"}).get_json()
    assert ((), False) == (office.client(made).secrets, "client_secret" in without)
    again = office.manage("PUT", without, own | {"token_endpoint_auth_method": "client_secret_post"}).get_json()
    assert office.client(made).secret_is_right(again["client_secret"], office.clock.now())
    sealed = office.manage("PUT", again, own | {"token_endpoint_auth_method": "client_secret_jwt"}).get_json()
    assert office.client(made).secrets[-1].sealed and sealed["client_secret"] != again["client_secret"]


def test_what_is_withdrawn_is_gone(any_office: Office) -> None:
    made = _sandbox(any_office)

    answer = any_office.manage("DELETE", made)

    assert (204, b"") == (answer.status_code, answer.data)
    assert (None, 401, 401) == (
        any_office.clients.find(made["client_id"]),
        any_office.manage("GET", made).status_code,
        any_office.manage("DELETE", made).status_code,
    )
    assert ("client.withdrawn", {"client_id": made["client_id"], "why": "asked"}) == any_office.events()[-1]


def test_of_many_changes_with_one_token_one_succeeds(any_office: Office) -> None:
    made = any_office.registered(any_office.initial(), **service())
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def change(number: int) -> int:
        with app.app_context():
            body = service(client_id=made["client_id"], software_version=str(number))
            return any_office.manage("PUT", made, body).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(change, range(8)))

    assert [200] == [status for status in answers if status == 200]
    assert {200, 400, 401} >= set(answers)


def test_a_sandbox_ends(any_office: Office) -> None:
    made = _sandbox(any_office)
    lasting = any_office.registered(any_office.initial(life=timedelta(days=60)), **service())
    any_office.clock.advance(timedelta(days=30))

    assert 401 == any_office.manage("GET", made).status_code
    assert (1, 0) == (any_office.withdrawals.tidy(), any_office.withdrawals.tidy())
    assert [lasting["client_id"]] == [client.client_id for client in any_office.clients.all()]
    assert ("client.withdrawn", {"client_id": made["client_id"], "why": "over"}) == any_office.events()[-1]
