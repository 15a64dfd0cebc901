"""What a service gets wrong before a sign-in begins is kept for its developers, and nobody can fill the journal with it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from broker.provider.mistakes import Mistake, Mistakes
from broker.storage.shelf import ShelfUnavailable
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand, build
from tests.support.clock import Clock

WRONG_BASIC = {"Authorization": "Basic " + base64.b64encode(b"diary:wrong").decode()}
AT_AUTHORIZATION = (
    ({"redirect_uri": "https://stranger.example/cb"}, ("authorization", "", "registered_redirect", 7002)),
    ({"scope": "profile"}, ("authorization", "invalid_scope", "allowed_scopes", 7004)),
    ({"code_challenge": ""}, ("authorization", "invalid_request", "s256_challenge", 7004)),
    ({"response_type": "token"}, ("authorization", "unsupported_response_type", "code_response", 7004)),
)


@pytest.fixture
def stand(tmp_path: Any) -> Iterator[Stand]:
    made = build(tmp_path, Clock())
    yield made
    made.rooms.database.close()


def noted(stand: Stand) -> list[tuple[Any, ...]]:
    with stand.app.app_context():
        found = [entry for entry in stand.rooms.journal.tail(1000) if entry.name == "request.refused"]
    return [tuple(entry.fields[name] for name in ("endpoint", "error", "rule", "cause")) for entry in found]


def posted(stand: Stand, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> int:
    return stand.app.test_client().post(path, base_url=ISSUER, data=form, headers=headers or {}).status_code


def test_wrong_requests_are_noted_by_cause_once_in_a_while(stand: Stand) -> None:
    diary, browser = RelyingParty(stand, stand.relying_party().client), Browser(stand)
    for changes, _ in AT_AUTHORIZATION * 3:
        diary.authorize(browser, **changes)
    for path in ("/token", "/par", "/token"):
        assert 401 == posted(stand, path, {"grant_type": "client_credentials", "client_id": "diary"}, WRONG_BASIC)

    expected = [found for _, found in AT_AUTHORIZATION]
    expected += [("token", "invalid_client", "", 0), ("pushed_authorization_request", "invalid_client", "", 0)]
    assert expected == noted(stand)
    stand.clock.advance(timedelta(minutes=10))
    diary.authorize(browser, **AT_AUTHORIZATION[0][0])
    assert [*expected, expected[0]] == noted(stand)


def test_a_stranger_fills_nothing(stand: Stand) -> None:
    for number in range(40):
        posted(stand, "/token", {"grant_type": "client_credentials"}, {"Authorization": f"Basic {number}"})
        posted(stand, "/token", {"client_id": f"nobody-{number}", "grant_type": "client_credentials"})
    assert [] == noted(stand), "of services that there are not"
    with stand.app.test_request_context():
        mistakes = _mistakes(stand)
        for number in range(40):
            mistakes.note("diary", Mistake("token", "invalid_request", f"rule {number}"))
    assert 30 == len(noted(stand))


def test_what_is_no_mistake_is_not_noted(stand: Stand) -> None:
    diary, browser = RelyingParty(stand, stand.relying_party().client), Browser(stand)
    diary.authorize(browser, prompt="none")
    diary.verifier = "x" * 43
    diary.post("/token", {"grant_type": "authorization_code", "code": "spent", "redirect_uri": diary.client.redirect_uris[0]})

    assert [] == [one for one in noted(stand) if one[1] in ("login_required", "invalid_grant")]


def test_a_silent_store_changes_no_answer(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand.app.test_request_context():
        mistakes = _mistakes(stand)

        def silent(*_: object) -> bool:
            raise ShelfUnavailable

        monkeypatch.setattr(type(mistakes.shelf), "claim", silent)
        mistakes.note("diary", Mistake("token", "invalid_request"))
    assert [] == noted(stand)


def _mistakes(stand: Stand) -> Mistakes:
    rooms = stand.rooms
    return Mistakes(rooms.clients.find, rooms.shelf, rooms.limits, rooms.database, rooms.journal)
