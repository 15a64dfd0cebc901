"""Token exchange (RFC 8693): never more than was given, never longer, and over with what it began with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.foundation import jose
from broker.provider.granting.exchange_grant import ACCESS_TOKEN, DEEPEST, JWT
from broker.tokens.access import Access
from tests.rooms.provider.machines import MARKS, MEALS, add, exchange, for_itself, fully
from tests.rooms.provider.stand import KIOSK, Browser, Stand


def test_a_diary_swaps_a_persons_token_for_a_narrower_one(stand: Stand, browser: Browser) -> None:
    diary = fully(stand)
    token = diary.tokens(browser, scope="openid profile school")["access_token"]
    stand.clock.advance(timedelta(minutes=4))
    answer = exchange(diary, token, scope="school", resource=MARKS)

    assert 200 == answer.status_code, answer.text
    assert {"access_token", "token_type", "expires_in", "scope", "issued_token_type"} == set(answer.json)
    # No longer than what it was made of.
    assert ("school", ACCESS_TOKEN, 360) == tuple(answer.json[name] for name in ("scope", "issued_token_type", "expires_in"))
    narrow = _read(stand, answer.json["access_token"])
    assert (("school",), (MARKS,), (), "diary") == (narrow.scopes, narrow.audience, narrow.actors, narrow.client_id)


def test_a_service_behind_acts_for_the_person_and_is_named(stand: Stand, browser: Browser) -> None:
    diary, marks = fully(stand), add(stand, "marks", audiences=(MARKS,))
    token = diary.tokens(browser, resource=MARKS)["access_token"]
    answer = exchange(marks, token, requested_token_type=JWT)

    assert (200, JWT) == (answer.status_code, answer.json["issued_token_type"]), answer.text
    claims = jose.claims_without_checking_signature(answer.json["access_token"])
    assert ({"sub": "marks"}, "marks", MARKS) == (claims["act"], claims["client_id"], claims["aud"])
    # The person is known to each service by another name, also here.
    theirs = jose.claims_without_checking_signature(diary.tokens(browser)["id_token"])["sub"]
    assert {"sub", "act", "cnf"} & set(claims) == {"sub", "act"}
    assert isinstance(claims["sub"], str)
    assert theirs


def test_a_client_that_shows_a_token_of_its_own_is_named_as_the_actor(stand: Stand, browser: Browser) -> None:
    diary = fully(stand)
    own = for_itself(diary).json["access_token"]
    answer = exchange(
        diary, diary.tokens(browser)["access_token"], actor_token=own, actor_token_type=ACCESS_TOKEN, resource=MEALS
    )

    assert ("diary",) == _read(stand, answer.json["access_token"]).actors


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "more scopes": ({"scope": "openid snils"}, "invalid_scope"),
    "another target": ({"resource": "https://other.example.ru/"}, "invalid_target"),
    "another audience": ({"audience": "somebody"}, "invalid_target"),
    "another kind of token": ({"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
    "an ID token wanted": ({"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
    "an actor without a type": ({"actor_token": "x"}, "invalid_request"),
    "a type without an actor": ({"actor_token_type": ACCESS_TOKEN}, "invalid_request"),
    "an actor that is nobody": ({"actor_token": "x", "actor_token_type": ACCESS_TOKEN}, "invalid_request"),
    "no token": ({"subject_token": ""}, "invalid_request"),
    "nonsense": ({"subject_token": "x" * 96}, "invalid_request"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_bad_exchange_is_refused(stand: Stand, browser: Browser, how: str) -> None:
    changes, error = REFUSED[how]
    diary = fully(stand)
    answer = exchange(diary, diary.tokens(browser, scope="openid profile")["access_token"], **changes)

    assert (400, error) == (answer.status_code, answer.json["error"])


def test_a_token_that_is_not_for_the_caller_is_refused(stand: Stand, browser: Browser) -> None:
    diary, marks = fully(stand), add(stand, "marks", audiences=(MARKS,))
    for parameters in ({}, {"resource": MEALS}):
        answer = exchange(marks, diary.tokens(browser, **parameters)["access_token"])
        assert (400, "invalid_request") == (answer.status_code, answer.json["error"])


def test_other_things_of_ours_are_no_subjects(stand: Stand, browser: Browser) -> None:
    diary = fully(stand)
    tokens = diary.tokens(browser)
    for thing in (tokens["refresh_token"], tokens["id_token"], diary.code(browser), for_itself(diary).json["access_token"]):
        answer = exchange(diary, thing)
        assert (400, "invalid_request") == (answer.status_code, answer.json["error"])


def test_a_narrowed_token_never_grows_again(stand: Stand, browser: Browser) -> None:
    diary = fully(stand)
    narrow = exchange(diary, diary.tokens(browser)["access_token"], scope="profile", resource=MARKS).json["access_token"]

    assert "invalid_scope" == exchange(diary, narrow, scope="openid").json["error"]
    assert "invalid_target" == exchange(diary, narrow, resource=MEALS).json["error"]
    assert "profile" == exchange(diary, narrow).json["scope"]


def test_a_chain_of_services_has_an_end(stand: Stand, browser: Browser) -> None:
    diary = fully(stand)
    token = diary.tokens(browser, resource=MARKS)["access_token"]
    services = [add(stand, f"service-{number}", audiences=(MARKS,)) for number in range(DEEPEST + 1)]
    for service in services[:DEEPEST]:
        token = exchange(service, token).json["access_token"]

    assert tuple(f"service-{number}" for number in reversed(range(DEEPEST))) == _read(stand, token).actors
    assert "invalid_request" == exchange(services[DEEPEST], token).json["error"]


def test_a_public_client_cannot_exchange(stand: Stand) -> None:
    answer = exchange(stand.relying_party(KIOSK), "x")

    assert (400, "unauthorized_client") == (answer.status_code, answer.json["error"])


def test_what_was_exchanged_ends_alone_and_with_what_it_began_with(stand: Stand, browser: Browser) -> None:
    diary, marks = fully(stand), add(stand, "marks", audiences=(MARKS,))
    token = diary.tokens(browser, resource=MARKS)["access_token"]
    first, second = (exchange(marks, token).json["access_token"] for _ in range(2))
    with stand.app.app_context():
        living = stand.rooms.living
        assert living.revoke_alone(living.read(first))
        living.read(second)
        living.read(token)
        # The client it was first given to is paused: nothing of it goes on, in whoever's hands.
        stand.rooms.clients.set_enabled("diary", False)
        assert 400 == exchange(marks, second).status_code
        stand.rooms.clients.set_enabled("diary", True)
        stand.rooms.sign_out.end_session(_session(stand), "sign_out", SYSTEM)
    assert 400 == exchange(marks, second).status_code


def _session(stand: Stand) -> str:
    return str(stand.rooms.sessions.of_person("anna")[0].id)


def _read(stand: Stand, token: str) -> Access:
    with stand.app.app_context():
        return stand.rooms.living.read(token).access
