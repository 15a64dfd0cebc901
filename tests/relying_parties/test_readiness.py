"""`broker clients check`: the demo diary is ready, services that neglect something are told what."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from threading import Event
from typing import Any

import pytest
import requests

from tests.relying_parties.demo import RunningDemo
from tests.support.careless import EVERYTHING, Party, StrictWays, careless
from tests.support.serving import address_of, bound, serving

pytestmark = pytest.mark.xdist_group("relying_parties")

LINES = [
    "sign_in", "state", "iss_of_answer", "nonce", "iss", "aud", "exp", "alg_none", "signature", "sub_of_userinfo", "new_key",
    "forged_logout", "back_channel_logout",
]  # fmt: skip
# Of the key set, one after the other, that show what each worker publishes.
ANSWERS = 20


Command = Callable[..., CompletedProcess[str]]


def check(demo: RunningDemo, client_id: str, state_url: str, *more: str, by: Command | None = None) -> dict[str, Any]:
    done = (by or demo.typed)("clients", "check", client_id, "--state-url", state_url, *more, "--json")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def failed(found: dict[str, Any]) -> set[str]:
    return {row["line"] for row in found["lines"] if not row["passed"]}


@contextmanager
def party(
    demo: RunningDemo, client_id: str, neglects: frozenset[str] = frozenset(), strict: StrictWays | None = None, *more: str
) -> Iterator[tuple[RunningDemo, Party]]:
    """A service of ours beside the demo; the second value is a demo whose command line may speak to it."""
    listener = bound()
    own_url = address_of(listener)
    words = ["--redirect-uri", f"{own_url}/callback", "--initiate-login-uri", f"{own_url}/sign-in", "--alg", "ES256"]
    secret = demo.add_client(client_id, *words, *more, "--set", f"backchannel_logout_uri={own_url}/logout")["client_secret"]
    built = Party(demo.house.issuer, client_id, secret, own_url, neglects, strict)
    changes = {**demo.house.changes, "BROKER_HTTP__FETCH_ALLOWED": own_url.removeprefix("http://")}
    with serving(listener, careless(built)):
        yield replace(demo, house=replace(demo.house, changes=changes)), built


def test_the_demo_diary_is_ready(demo: RunningDemo) -> None:
    found = check(demo, "diary", f"{demo.house.diary}/signed-in", by=demo.broker)

    assert (True, LINES) == (found["ready"], [row["line"] for row in found["lines"]]), found
    journal = demo.typed("audit", "tail", "--json")
    assert "client.checked" in journal.stdout, journal.stderr


def own_kids(demo: RunningDemo) -> set[str]:
    """Of the keys that this house publishes for as long as it likes."""
    signing, opening = (json.loads(demo.typed("keys", words, "--json").stdout)["keys"] for words in ("status", "encryption"))
    return {key["kid"] for key in (*signing, *opening) if key.get("use") != "audit"}


def published_in_the_end(demo: RunningDemo, expected: set[str]) -> set[str]:
    """The kids of the key set, as soon as worker after worker answers with those expected, or when patience ends."""
    end, alike = time.monotonic() + 20, 0
    while True:
        # Each time over a new connection, which any of the workers may take.
        found = {key["kid"] for key in requests.get(f"{demo.house.issuer}/jwks", timeout=30).json()["keys"]}
        alike = alike + 1 if found == expected else 0
        if alike == ANSWERS or time.monotonic() > end:
            return found
        time.sleep(0.02)


def test_the_key_of_a_rehearsal_is_gone_when_it_is_over(demo: RunningDemo) -> None:
    own = own_kids(demo)
    # Each worker forgets within a second, and a rehearsal of another test may have ended a moment ago.
    assert own == published_in_the_end(demo, own)

    with party(demo, "tidy", frozenset({"back_channel_logout"})) as (beside, built):
        found = check(beside, "tidy", f"{built.own_url}/")

    assert {"back_channel_logout"} == failed(found), found
    assert (own, 1) == (built.kids & own, len(built.kids - own)), "the service learnt one more key while it was there"
    assert own == published_in_the_end(demo, own)


def test_a_service_that_checks_nothing_fails_every_line(demo: RunningDemo) -> None:
    with party(demo, "careless", EVERYTHING) as (beside, built):
        found = check(beside, "careless", f"{built.own_url}/")

    # Not sign_in and new_key, which it passes because it believes everything; a logout token it does not even read.
    assert (False, EVERYTHING - {"forged_logout"}) == (found["ready"], failed(found)), found


def test_a_service_that_believes_any_logout_token_and_one_that_keeps_keys_for_ever(demo: RunningDemo) -> None:
    with party(demo, "gullible", EVERYTHING - {"back_channel_logout"}) as (beside, built):
        gullible = check(beside, "gullible", f"{built.own_url}/")
    with party(demo, "forgetful", frozenset({"new_key"})) as (beside, built):
        forgetful = check(beside, "forgetful", f"{built.own_url}/")

    assert "forged_logout" in failed(gullible), gullible
    assert {"new_key"} == failed(forgetful), forgetful


STRICT = (
    "require_signed_request_object=true", "request_object_signing_alg=ES256", "require_pushed_authorization_requests=true",
    "authorization_signed_response_alg=ES256", "id_token_encrypted_response_alg=ECDH-ES",
    "userinfo_signed_response_alg=ES256", "userinfo_encrypted_response_alg=ECDH-ES", "dpop_bound_access_tokens=true",
)  # fmt: skip


def test_a_service_that_pushes_signs_encrypts_and_binds_everything(demo: RunningDemo, tmp_path: Path) -> None:
    strict, keys = StrictWays(), tmp_path / "jwks.json"
    keys.write_text(json.dumps(strict.jwks), encoding="utf-8")
    words = ("--jwks", str(keys), *(word for one in STRICT for word in ("--set", one)))

    with party(demo, "strict", frozenset(), strict, *words) as (beside, built):
        found = check(beside, "strict", f"{built.own_url}/")

    assert (True, LINES) == (found["ready"], [row["line"] for row in found["lines"]]), found


def test_two_checks_at_once_leave_each_other_alone(demo: RunningDemo) -> None:
    hands = ThreadPoolExecutor(2)
    with party(demo, "left") as (beside_left, left), party(demo, "right") as (beside_right, right), hands:
        first = hands.submit(check, beside_left, "left", f"{left.own_url}/", by=beside_left.broker)
        second = hands.submit(check, beside_right, "right", f"{right.own_url}/", by=beside_right.broker)
        both = [first.result(), second.result()]

    assert [set(), set()] == [failed(found) for found in both], both


def test_a_second_check_of_a_service_is_refused_while_one_runs(demo: RunningDemo) -> None:
    """Two processes: they would take each other's visits, and end each other's."""
    began, go_on = Event(), Event()

    def wait() -> None:
        began.set()
        assert go_on.wait(60)
        raise RuntimeError("the first line is enough")

    with party(demo, "busy") as (beside, built), ThreadPoolExecutor(1) as hands:
        built.at_the_door = wait
        first = hands.submit(check, beside, "busy", f"{built.own_url}/", by=beside.broker)
        assert began.wait(60)
        second = beside.typed("clients", "check", "busy", "--state-url", f"{built.own_url}/")
        go_on.set()
        lines = first.result()["lines"]
        after = check(beside, "busy", f"{built.own_url}/")["lines"]

    assert (1, True) == (second.returncode, "Another check of this service is running" in second.stderr), second.stderr
    assert [{"line": "sign_in", "passed": False, "seen": "no redirect to us"}] == lines == after


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--state-url", "https://elsewhere.example/state"], "of a host that the service has registered"),
        (["--state-url", "{diary}/signed-in", "--login-url", "http://127.0.0.1:1/"], "of a host that the service has registered"),
    ],
)
def test_only_addresses_of_the_service_are_visited(demo: RunningDemo, words: list[str], said: str) -> None:
    done = demo.typed("clients", "check", "diary", *(word.replace("{diary}", demo.house.diary) for word in words))

    assert (1, True) == (done.returncode, said in done.stderr), done.stderr


def test_a_service_that_does_not_begin_is_told_where(demo: RunningDemo) -> None:
    found = check(demo, "diary", f"{demo.house.diary}/signed-in", "--login-url", f"{demo.house.diary}/healthz")

    assert (False, [{"line": "sign_in", "passed": False, "seen": "no redirect to us"}]) == (found["ready"], found["lines"])
