"""Codes of rehearsals: answered with what was prepared, once, to their client, and never with anything about a person."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.shelf import ShelfUnavailable
from broker.tokens.rehearsal import LIFE, PREFIX, Invented, Prepared, Rehearsals
from tests.rooms.provider.stand import DIARY, ISSUER, OLYMP, Browser, RelyingParty, Stand, build
from tests.support.clock import Clock
from tests.support.dpop import Holder

ANSWER = {"access_token": "rehearsal.a", "token_type": "Bearer", "id_token": "wrong on purpose"}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("rehearsals"), Clock())
    yield made
    made.rooms.database.close()


@dataclass
class Desk:
    """Who prepares, and the diary who comes."""

    stand: Stand
    rehearsals: Rehearsals
    diary: RelyingParty

    def code(self, **changes: str) -> str:
        asked = self.diary.parameters()
        prepared = Prepared("diary", asked["redirect_uri"], asked["code_challenge"], ANSWER)
        return self.rehearsals.new_code(replace(prepared, **changes))

    def redeem(self, code: str, party: RelyingParty | None = None, **changes: str) -> TestResponse:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": DIARY.redirect_uris[0],
            "code_verifier": self.diary.verifier,
        } | changes  # fmt: skip
        return (party or self.diary).post("/token", form)

    def ask(self, token: str) -> TestResponse:
        return self.stand.app.test_client().get("/userinfo", headers={"Authorization": f"Bearer {token}"})


def _rehearsals(stand: Stand, seconds: Callable[[], float] = lambda: 0.0) -> Rehearsals:
    return Rehearsals(stand.rooms.shelf, stand.rooms.vault.fingerprints, stand.rooms.outside.token, seconds)


@pytest.fixture
def desk(stand: Stand) -> Desk:
    return Desk(stand, _rehearsals(stand), stand.relying_party())


def test_a_code_is_answered_with_what_was_prepared_and_only_once(desk: Desk) -> None:
    code = desk.code()
    events = desk.stand.events()

    first, second = desk.redeem(code), desk.redeem(code)

    assert (200, ANSWER) == (first.status_code, first.get_json())
    assert (400, "invalid_grant") == (second.status_code, second.get_json()["error"])
    assert events == desk.stand.events(), "nothing was issued to anybody"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://diary.example.ru/other"},
        {"code_verifier": "x" * 43},
        {"code_verifier": "я" * 43},
        {"code_verifier": ""},
    ],
)
def test_it_is_as_strict_as_a_sign_in(desk: Desk, changes: dict[str, str]) -> None:
    code = desk.code()

    refused = desk.redeem(code, **changes)

    assert refused.status_code in (400,) and refused.get_json()["error"] in ("invalid_grant", "invalid_request")
    assert 400 == desk.redeem(code).status_code, "a wrong try has spent it"


def test_it_is_of_one_client_only(desk: Desk) -> None:
    code = desk.code()

    refused = desk.redeem(code, desk.stand.relying_party(OLYMP))
    desk.stand.change("diary", grant_types=("client_credentials",))
    not_granted = desk.redeem(desk.code())
    desk.stand.change("diary", grant_types=DIARY.grant_types)

    assert (400, "invalid_grant") == (refused.status_code, refused.get_json()["error"])
    assert (400, "unauthorized_client") == (not_granted.status_code, not_granted.get_json()["error"])


def test_it_ends_by_itself_and_a_code_of_a_person_is_none(desk: Desk) -> None:
    code, token = desk.code(), desk.rehearsals.new_access_token(Invented("diary", {"sub": "nobody"}))
    browser = Browser(desk.stand)
    desk.stand.clock.advance(LIFE)
    browser.sign_in()

    assert 400 == desk.redeem(code).status_code
    assert 401 == desk.ask(token).status_code
    assert desk.rehearsals.take(desk.diary.code(browser), "diary") is None


def test_its_access_token_opens_the_invented_claims_and_nothing_else(desk: Desk) -> None:
    token = desk.rehearsals.new_access_token(Invented("diary", {"sub": "nobody", "name": "Проверка"}))

    assert {"sub": "nobody", "name": "Проверка"} == desk.ask(token).get_json()
    assert 401 == desk.ask(token + "x").status_code
    assert {"active": False} == desk.diary.post("/introspect", {"token": token}).get_json()


def test_a_bound_service_is_as_bound_as_at_a_sign_in(desk: Desk) -> None:
    """RFC 9449 5, 7 and 10: a proof at the token endpoint, by the key that was named, and at UserInfo again."""
    stand, holder, other = desk.stand, Holder(ISSUER, desk.stand.clock.now), Holder(ISSUER, desk.stand.clock.now)
    token = desk.rehearsals.new_access_token(Invented("diary", {"sub": "nobody"}))
    named = asdict(Prepared("diary", DIARY.redirect_uris[0], desk.diary.parameters()["code_challenge"], ANSWER))
    made = Prepared(**named | {"answer": {**ANSWER, "access_token": token}, "confirmation": f"jkt:{holder.thumbprint}"})
    stand.change("diary", dpop_bound_access_tokens=True)
    code = desk.rehearsals.new_code(made)

    def redeem(code: str, by: Holder | None) -> TestResponse:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": made.redirect_uri}
        proof = {} if by is None else {"DPoP": by.proof("POST", "/token")}
        return desk.diary.post("/token", {**form, "code_verifier": desk.diary.verifier}, headers=proof)

    def told(scheme: str, by: Holder | None) -> int:
        proof = {} if by is None else {"DPoP": by.proof("GET", "/userinfo", token)}
        headers = {"Authorization": f"{scheme} {token}", **proof}
        return stand.app.test_client().get("/userinfo", base_url=ISSUER, headers=headers).status_code

    # What came without a proof has cost nothing.
    assert "invalid_dpop_proof" == redeem(code, None).get_json()["error"]
    assert (200, "DPoP") == ((answer := redeem(code, holder)).status_code, answer.get_json()["token_type"])
    assert [200, 401, 401, 401] == [told("DPoP", holder), told("DPoP", other), told("DPoP", None), told("Bearer", None)]
    assert (400, "invalid_grant") == ((wrong := redeem(desk.rehearsals.new_code(made), other)).status_code, wrong.json["error"])
    stand.change("diary", dpop_bound_access_tokens=False)


def test_a_key_is_published_for_the_time_of_the_rehearsal(desk: Desk) -> None:
    seconds = [0.0]
    rehearsals = _rehearsals(desk.stand, lambda: seconds[0])
    ours: dict[str, Any] = {"keys": [{"kid": "ours"}]}

    assert ours == rehearsals.beside(ours)
    desk.rehearsals.publish({"kid": "new"})
    assert ours == rehearsals.beside(ours), "looked at once a second"
    seconds[0] = 1.0
    assert {"keys": [{"kid": "ours"}, {"kid": "new"}]} == rehearsals.beside(ours)
    desk.rehearsals.withdraw()
    seconds[0] = 2.0
    assert ours == rehearsals.beside(ours)


def test_who_asks_while_another_thread_looks_is_not_told_what_was(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, looking, go_on, hour = MemoryShelf(stand.rooms.outside.now), threading.Event(), threading.Event(), [0.0]
    rehearsals = Rehearsals(shelf, stand.rooms.vault.fingerprints, stand.rooms.outside.token, lambda: hour[0])
    get, before = shelf.get, rehearsals.beside({"keys": []})

    def slow_once(kind: str, key: str) -> bytes | None:
        monkeypatch.setattr(shelf, "get", get)
        looking.set()
        go_on.wait(30)
        return get(kind, key)

    rehearsals.publish({"kid": "new"})
    monkeypatch.setattr(shelf, "get", slow_once)
    hour[0] += 3600
    with ThreadPoolExecutor(1) as hands:
        first = hands.submit(rehearsals.beside, {"keys": []})
        assert looking.wait(30)
        second = rehearsals.beside({"keys": []})
        go_on.set()

    assert ({"keys": []}, {"keys": [{"kid": "new"}]}) == (before, second)
    assert second == first.result()


def test_the_key_set_is_there_when_the_shelf_is_not(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    outside: Outside = stand.rooms.outside
    shelf = MemoryShelf(outside.now)

    def silent(*_: object) -> bytes:
        raise ShelfUnavailable

    monkeypatch.setattr(shelf, "get", silent)

    assert {"keys": []} == Rehearsals(shelf, stand.rooms.vault.fingerprints, outside.token).beside({"keys": []})


def test_whoever_can_write_to_the_shelf_adds_nothing(desk: Desk) -> None:
    shelf, ours = desk.stand.rooms.shelf, {"keys": [{"kid": "ours"}]}
    code, token = desk.code(), desk.rehearsals.new_access_token(Invented("diary", {"sub": "nobody"}))
    forged_code, forged_token = f"{PREFIX}forged", f"{PREFIX}forged-too"
    prepared = json.dumps(asdict(Prepared("diary", DIARY.redirect_uris[0], desk.diary.parameters()["code_challenge"], ANSWER)))

    shelf.put("rehearsal.key", "", b"\x00" * 32 + b'{"kid": "theirs"}', LIFE)
    shelf.put("rehearsal.code", digest(forged_code), b"\x00" * 32 + prepared.encode(), LIFE)
    # What was made for another word is not good for this one.
    shelf.put("rehearsal.access", digest(forged_token), shelf.get("rehearsal.access", digest(token)) or b"", LIFE)

    assert ours == _rehearsals(desk.stand).beside(ours)
    assert 400 == desk.redeem(forged_code).status_code
    assert 401 == desk.ask(forged_token).status_code
    assert 200 == desk.redeem(code).status_code
    shelf.take("rehearsal.key", "")
