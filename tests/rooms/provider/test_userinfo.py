"""The UserInfo Endpoint as a resource: tokens that are for it, sign-ins that are sure enough, claims that are still allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from broker.provider.routes import routes
from broker.provider.settings import ProviderSettings
from broker.provider.token_use.bearer import NotSureEnough
from broker.provider.token_use.step_up import Demand
from broker.tokens.acr import ACR_OF_LEVEL
from tests.rooms.provider.machines import MARKS, add, exchange, for_itself, fully
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand, build
from tests.rooms.tokens.samples import authorization as sample
from tests.support.clock import Clock


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("userinfo"), Clock())
    yield made
    made.rooms.database.close()


@pytest.fixture(scope="module")
def diary(stand: Stand) -> RelyingParty:
    return fully(stand, resources=(MARKS, ISSUER))


@pytest.fixture(scope="module")
def browser(stand: Stand) -> Browser:
    made = stand.browser()
    made.sign_in()
    return made


def test_by_get_and_by_post_and_in_both_forms(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    http = stand.app.test_client()
    for kind in ("opaque", "jwt"):
        stand.change("diary", access_token_format=kind)
        token = diary.tokens(browser)["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        answers = [
            http.get("/userinfo", base_url=ISSUER, headers=bearer),
            http.post("/userinfo", base_url=ISSUER, headers=bearer),
            http.post("/userinfo", base_url=ISSUER, data={"access_token": token}),
        ]
        assert [(200, "Анна")] * 3 == [(answer.status_code, answer.json["given_name"]) for answer in answers], kind
    stand.change("diary", access_token_format="opaque")


def test_a_token_for_a_resource_is_not_for_us(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    assert (401, "invalid_token") == _told(diary.userinfo(diary.tokens(browser, resource=MARKS)["access_token"]))
    # Unless it was asked to be for us too.
    assert 200 == diary.userinfo(diary.tokens(browser, resource=ISSUER)["access_token"]).status_code


def test_a_token_of_a_client_is_about_nobody(stand: Stand, diary: RelyingParty) -> None:
    assert (401, "invalid_token") == _told(diary.userinfo(for_itself(diary).json["access_token"]))


def test_without_openid_there_is_no_userinfo(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    token = exchange(diary, diary.tokens(browser)["access_token"], scope="profile").json["access_token"]

    answer = diary.userinfo(token)
    assert (403, "insufficient_scope") == _told(answer)


def test_who_got_a_token_by_exchange_learns_no_more_than_both_may(
    stand: Stand, diary: RelyingParty, browser: Browser
) -> None:
    scopes = ("openid", "profile", "email", "snils")
    behind = add(stand, "behind", scopes=scopes, audiences=(ISSUER,), sector_identifier="behind.example.ru")
    claims = json.dumps({"userinfo": {"snils": None}})
    token = diary.tokens(browser, resource=ISSUER, scope="openid profile email", claims=claims)["access_token"]
    own = diary.userinfo(token).json
    assert {"snils", "email", "name"} <= set(own)

    narrower = exchange(behind, token).json["access_token"]
    found = behind.userinfo(narrower).json

    # The number was asked for by name, by the other one and for itself.
    assert {"name", "email"} <= set(found) and "snils" not in found
    assert own["sub"] != found["sub"]
    stand.change("behind", scopes=("openid", "profile"))
    assert "email" not in behind.userinfo(narrower).json
    stand.change("behind", scopes=scopes)
    stand.change("diary", scopes=("openid", "email"))
    assert {"email", "email_verified", "sub"} == set(behind.userinfo(narrower).json)
    stand.change("diary", scopes=diary.client.scopes)


def test_who_got_a_token_by_exchange_has_names_of_its_own_for_children(
    stand: Stand, diary: RelyingParty, browser: Browser
) -> None:
    second = add(
        stand, "second", scopes=("openid", "children"), audiences=(ISSUER,), sector_identifier="second.example.ru"
    )
    token = diary.tokens(browser, resource=ISSUER, scope="openid children")["access_token"]
    by_exchange = exchange(second, token).json["access_token"]

    found = [[child["sub"] for child in who.userinfo(at).json["children"]] for who, at in ((diary, token), (second, by_exchange))]
    with stand.app.app_context():
        assert found == [[stand.rooms.mint.subject(who.client, "petr")] for who in (diary, second)]
    assert found[0] != found[1]
    fully(stand, resources=(MARKS, ISSUER))


def test_a_token_revoked_or_of_an_ended_grant_opens_nothing(stand: Stand, diary: RelyingParty, browser: Browser) -> None:
    first, second = diary.tokens(browser), diary.tokens(browser)
    diary.post("/revoke", {"token": first["access_token"]})
    diary.post("/revoke", {"token": second["refresh_token"]})

    for token in (first["access_token"], second["access_token"]):
        assert (401, "invalid_token") == _told(diary.userinfo(token))


@pytest.fixture(scope="module")
def careful(stand: Stand) -> Flask:
    """The same provider with a demand: `snils` only after a sign-in with a confirmed account, an hour ago at most."""
    app = Flask("careful")
    settings = replace(stand.rooms.settings, surer_scopes=("snils",), surer_within=timedelta(hours=1))
    app.register_blueprint(routes(replace(stand.rooms, settings=settings)))
    return app


def _seen(app: Flask, token: str) -> tuple[int, str]:
    answer = app.test_client().get("/userinfo", base_url=ISSUER, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.headers.get("WWW-Authenticate", "")


def test_a_surer_and_a_later_sign_in_is_asked_for(stand: Stand, careful: Flask, diary: RelyingParty, browser: Browser) -> None:
    fresh = diary.tokens(browser, scope="openid snils offline_access")
    assert (200, "") == _seen(careful, fresh["access_token"])

    stand.clock.advance(timedelta(hours=1, seconds=1))
    token = diary.refresh(fresh["refresh_token"]).json["access_token"]

    status, challenge = _seen(careful, token)
    assert (401, True) == (status, challenge.startswith('Bearer error="insufficient_user_authentication"'))
    assert f'acr_values="{ACR_OF_LEVEL["confirmed"]}"' in challenge and 'max_age="3600"' in challenge
    # What does not open the demanding claims is asked nothing, nor is anything asked where nobody demands.
    assert 200 == _seen(careful, exchange(diary, token, scope="openid").json["access_token"])[0]
    assert 200 == diary.userinfo(token).status_code


@pytest.mark.parametrize(("level", "minutes", "is_good"), [
    ("confirmed", 60, True), ("confirmed", 61, False), ("not_confirmed", 0, False), ("child", 0, False),
])  # fmt: skip
def test_what_is_sure_enough(stand: Stand, level: str, minutes: int, is_good: bool) -> None:
    about = replace(sample(), level=level, connector="esia", authenticated_at=stand.clock.now() - timedelta(minutes=minutes))
    demand = Demand(("snils",), timedelta(hours=1))

    demand.require(("openid",), about, stand.clock.now())
    with nullcontext() if is_good else pytest.raises(NotSureEnough):
        demand.require(("openid", "snils"), about, stand.clock.now())


def test_a_diary_password_is_never_sure_enough(stand: Stand) -> None:
    with pytest.raises(NotSureEnough) as refused:
        Demand(("snils",), timedelta(0)).require(("snils",), replace(sample(), connector="diary"), stand.clock.now())
    assert (None, 401) == (refused.value.max_age, refused.value.status_code)


@pytest.mark.parametrize("wrong", [{"surer_scopes": ("nonsense",)}, {"surer_within": timedelta(seconds=-1)}])
def test_demands_that_mean_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"provider\.{next(iter(wrong))}"):
        ProviderSettings(**wrong)


def test_a_long_token_in_the_form_is_read_and_refused_by_the_book(stand: Stand) -> None:
    for size in (2_049, 8_192, 9_000):
        answer = stand.app.test_client().post("/userinfo", base_url=ISSUER, data={"access_token": "A" * size})
        assert (401, "invalid_token") == _told(answer) or (400, "invalid_request", 9_000) == (*_told(answer), size)


def _told(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]
