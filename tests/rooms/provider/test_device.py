"""A device without a browser (RFC 8628): a code to type, a question that swindlers do not like, and one answer."""

from __future__ import annotations

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from broker.tokens.acr import ACR_OF_LEVEL
from broker.tokens.device_codes import LETTERS, letters_of, shown
from tests.rooms.provider.machines import EVERY_GRANT, MARKS, Hand, add, device_asks, device_begins, fully
from tests.rooms.provider.stand import ISSUER, KIOSK, Browser, RelyingParty, Stand
from tests.support.dpop import Holder

EVERY_LETTERS = st.text(st.sampled_from(LETTERS), min_size=8, max_size=8)


@given(EVERY_LETTERS)
def test_however_a_code_is_typed_it_is_the_same(letters: str) -> None:
    russian = letters.translate(str.maketrans("BCHKMPTX", "ВСНКМРТХ"))
    for typed in (letters, shown(letters), shown(letters).lower(), f" {letters[:3]} {letters[3:]} ", russian):
        assert letters == letters_of(typed)


@pytest.mark.parametrize("typed", ["", "BCDF-GHJ", "BCDF-GHJKL", "AEIO-UAEI", "BCDF-GH0K", "<script>", "B" * 5000])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert "" == letters_of(typed)


@pytest.fixture
def tv(stand: Stand) -> RelyingParty:
    return fully(stand)


@pytest.fixture
def hand(browser: Browser) -> Hand:
    return Hand(browser)


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]


def test_a_device_gets_tokens_once_a_person_has_said_yes(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv, resource=MARKS).json
    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", begun["user_code"])
    assert {"device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"} == set(begun)
    assert (400, "authorization_pending") == _told(device_asks(tv, begun["device_code"]))
    done = hand.answers(begun["user_code"], "allow")
    assert (303, "/device/allowed") == (done.status_code, done.headers["Location"])
    answer = device_asks(tv, begun["device_code"])

    assert 200 == answer.status_code, answer.text
    assert "openid profile offline_access" == answer.json["scope"]
    assert 200 == tv.refresh(answer.json["refresh_token"]).status_code
    assert "id_token" in answer.json
    assert (400, "invalid_grant") == _told(device_asks(tv, begun["device_code"]))
    assert "device.answered" in stand.events()
    with stand.app.app_context():
        assert (MARKS,) == stand.rooms.living.read(answer.json["access_token"]).access.audience


def test_whoever_is_not_signed_in_signs_in_first(stand: Stand, tv: RelyingParty) -> None:
    begun = device_begins(tv).json
    hand = Hand(stand.browser())
    there = hand.answers(begun["user_code"], "allow").headers["Location"]
    assert there.startswith("/login/")
    # An attempt of a device ends here and nowhere else, and not before somebody has signed in.
    attempt = there.removeprefix("/login/")
    assert 409 == hand.browser.get(f"/device/resume?attempt={attempt}").status_code
    assert 409 == hand.browser.get(f"/authorize/resume?attempt={attempt}").status_code
    assert (400, "authorization_pending") == _told(device_asks(tv, begun["device_code"]))


def test_no_means_no(tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    assert "/device/denied" == hand.answers(begun["user_code"], "deny").headers["Location"]

    assert (400, "access_denied") == _told(device_asks(tv, begun["device_code"]))
    assert (400, "invalid_grant") == _told(device_asks(tv, begun["device_code"]))
    assert 400 == hand.types(begun["user_code"]).status_code


def test_the_page_says_whose_device_it_is_and_warns(tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    page = hand.browser.get(hand.types(begun["user_code"]).headers["Location"])

    assert all(word in page.text for word in ("Дневник", begun["user_code"], "Если код вам прислали"))


def test_a_code_in_the_address_still_has_to_be_sent(tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    page = hand.browser.get(begun["verification_uri_complete"])

    assert begun["user_code"] in page.text
    # In the other language too.
    [english] = re.findall(r'<a href="([^"]*lang=en)"', page.text)
    assert begun["user_code"] in hand.browser.get(html.unescape(english)).text
    assert (400, "authorization_pending") == _told(device_asks(tv, begun["device_code"]))
    assert "script" not in hand.browser.get("/device?user_code=%3Cscript%3E").text.split("<main")[1]


def test_polling_too_fast_is_slowed_down_further_and_further(stand: Stand, tv: RelyingParty) -> None:
    code = device_begins(tv).json["device_code"]
    told = []
    for wait in (0, 1, 5, 5, 10):
        stand.clock.advance(timedelta(seconds=wait))
        told.append(_told(device_asks(tv, code))[1])

    assert ["authorization_pending", "slow_down", "authorization_pending", "slow_down", "authorization_pending"] == told


def test_a_device_that_waited_too_long_is_told_so(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    stand.clock.advance(timedelta(seconds=begun["expires_in"]))

    assert (400, "expired_token") == _told(device_asks(tv, begun["device_code"]))
    assert 400 == hand.types(begun["user_code"]).status_code


def test_nobody_elses_device(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    other = add(stand, "other")
    begun = device_begins(tv).json
    hand.answers(begun["user_code"], "allow")

    assert (400, "invalid_grant") == _told(device_asks(other, begun["device_code"]))
    assert (400, "invalid_grant") == _told(device_asks(tv, "x" * 43))
    assert 200 == device_asks(tv, begun["device_code"]).status_code


def test_another_browser_cannot_answer_with_the_page_of_this_one(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    path = hand.types(device_begins(tv).json["user_code"]).headers["Location"]
    stranger = stand.browser()
    stranger.get("/device")

    assert "/device/gone" == stranger.get(path).headers["Location"]
    assert 403 == stranger.post(path, {"form_key": hand.key(hand.browser.get(path)), "decision": "allow"}).status_code


def test_of_two_people_with_one_code_the_first_answers(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    second = Hand(stand.browser())
    paths = [one.types(begun["user_code"]).headers["Location"] for one in (hand, second)]
    keys = [one.key(one.browser.get(path)) for one, path in zip((hand, second), paths, strict=True)]
    answers = [
        one.browser.post(path, {"form_key": key, "decision": decision}).headers["Location"]
        for one, path, key, decision in zip((hand, second), paths, keys, ("deny", "allow"), strict=True)
    ]

    assert ["/device/denied", "/device/gone"] == answers
    assert (400, "access_denied") == _told(device_asks(tv, begun["device_code"]))


def test_a_double_press_is_one_answer(tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    path = hand.types(begun["user_code"]).headers["Location"]
    form = {"form_key": hand.key(hand.browser.get(path)), "decision": "allow"}

    assert ["/device/allowed"] * 2 == [hand.browser.post(path, form).headers["Location"] for _ in range(2)]
    assert 200 == device_asks(tv, begun["device_code"]).status_code


def test_a_client_that_was_paused_meanwhile_is_answered_no_more(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    path = hand.types(device_begins(tv).json["user_code"]).headers["Location"]
    with stand.app.app_context():
        stand.rooms.clients.set_enabled("diary", False)

    assert "7003" in hand.browser.get(path).text


def test_guessing_codes_is_slowed_down(stand: Stand, hand: Hand) -> None:
    statuses = [hand.types("BCDF-GHJK").status_code for _ in range(stand.rooms.tries.tries_per_browser + 1)]

    assert [400] * stand.rooms.tries.tries_per_browser + [429] == statuses


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"scope": "openid nonsense"}, (200, "")),
        ({"scope": "nonsense"}, (400, "invalid_scope")),
        ({"scope": "ssf.read"}, (400, "invalid_scope")),
        ({"resource": "https://other.example.ru/"}, (400, "invalid_target")),
        ({"authorization_details": "{"}, (400, "invalid_authorization_details")),
        ({"authorization_details": '[{"type":"school_grades","actions":["read"]}]'}, (400, "invalid_authorization_details")),
    ],
)
def test_a_device_asks_for_what_its_client_may(tv: RelyingParty, more: dict[str, str], told: tuple[int, str]) -> None:
    answer = device_begins(tv, **more)

    assert told == (answer.status_code, answer.json.get("error", ""))


def test_details_are_carried_to_the_tokens_of_a_device(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    stand.change("diary", authorization_details_types=("school_grades",))
    grades = {"type": "school_grades", "actions": ["read"], "locations": [MARKS]}
    begun = device_begins(tv, authorization_details=json.dumps([grades])).json
    assert "/device/allowed" == hand.answers(begun["user_code"], "allow").headers["Location"]

    assert [grades] == device_asks(tv, begun["device_code"]).json["authorization_details"]


def test_a_service_of_others_gets_only_what_the_person_permits(stand: Stand, hand: Hand) -> None:
    """A permission for the scopes is none for the details: the way leads to the page of consent."""
    screen = fully(stand, "olymp", authorization_details_types=("school_grades",))
    screen.consent()
    details = json.dumps([{"type": "school_grades", "actions": ["read"]}])
    plain, more = device_begins(screen).json, device_begins(screen, authorization_details=details).json

    assert "/device/allowed" == hand.answers(plain["user_code"], "allow").headers["Location"]
    assert hand.answers(more["user_code"], "allow").headers["Location"].startswith("/login/")


def test_a_device_code_is_for_the_key_that_was_shown_when_it_was_asked_for(stand: Stand, hand: Hand) -> None:
    screen = fully(stand, dpop_bound_access_tokens=True)
    key, thief = (Holder(ISSUER, stand.clock.now) for _ in range(2))
    proof = {"DPoP": key.proof("POST", "/device_authorization")}
    begun = screen.post("/device_authorization", {"scope": "openid"}, headers=proof).json
    hand.answers(begun["user_code"], "allow")

    def asks(holder: Holder) -> TestResponse:
        fields = {"grant_type": EVERY_GRANT[3], "device_code": begun["device_code"]}
        return screen.post("/token", fields, headers={"DPoP": holder.proof("POST", "/token")})

    # Whoever has seen the code can neither use it nor use it up.
    assert (400, "invalid_grant") == _told(asks(thief))
    assert (200, "DPoP") == ((answer := asks(key)).status_code, answer.json["token_type"])
    bad = {"DPoP": key.proof("POST", "/token")}
    assert "invalid_dpop_proof" == screen.post("/device_authorization", {"scope": "openid"}, headers=bad).json["error"]


def test_a_device_signs_in_as_lately_and_as_surely_as_its_service_wants(stand: Stand, tv: RelyingParty, hand: Hand) -> None:
    """OpenID Connect Registration 2: default_max_age, default_acr_values."""
    stand.change("diary", default_max_age=60, default_acr_values=(ACR_OF_LEVEL["confirmed"],))
    stand.clock.advance(timedelta(seconds=61))
    assert hand.answers(device_begins(tv).json["user_code"], "allow").headers["Location"].startswith("/login/")

    stand.change("diary", default_max_age=None)
    unsure = Hand(stand.browser())
    unsure.browser.sign_in(level="not_confirmed")
    assert unsure.answers(device_begins(tv).json["user_code"], "allow").headers["Location"].startswith("/login/")
    assert "/device/allowed" == hand.answers(device_begins(tv).json["user_code"], "allow").headers["Location"]


def test_a_client_without_the_grant_has_no_devices(stand: Stand) -> None:
    assert (400, "unauthorized_client") == _told(device_begins(stand.relying_party(KIOSK)))


def test_of_fifty_requests_with_one_device_code_one_succeeds(tv: RelyingParty, hand: Hand) -> None:
    begun = device_begins(tv).json
    hand.answers(begun["user_code"], "allow")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: device_asks(tv, begun["device_code"]), range(50)))

    assert 1 == [answer.status_code for answer in answers].count(200)
    assert {"invalid_grant", "slow_down", "authorization_pending"} >= {
        answer.json["error"] for answer in answers if answer.status_code != 200
    }
