"""Whoever signs out is out at the services too: told behind the browser's back, whatever ended the session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from broker.audit.event import SYSTEM, Actor
from broker.deliveries.postman import Walk
from broker.signout.untie import UntieCause
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.own import at
from tests.support.page import Page
from tests.support.receiver import Receiver, receivers
from tests.support.relying_party import ALGORITHMS, RelyingParty
from tests.support.town import Town, town
from tests.support.visits import came_to, leave_esia, register, signed_in

EVENT = "http://schemas.openid.net/event/backchannel-logout"
MINUTE = timedelta(minutes=1)
Built = tuple[Town, tuple[Receiver, ...]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("servers", marks=[pytest.mark.postgres, pytest.mark.redis])])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with receivers(2) as found:
        changes = {
            "BROKER_HTTP__FETCH_ALLOWED": ",".join(one.place for one in found),
            "BROKER_DELIVERIES__ANSWER_WITHIN": "400 ms",
            "BROKER_DELIVERIES__PAGE_WAITS": "1 s",
        }
        if request.param == "servers":
            changes |= {
                "BROKER_STORAGE__URL": request.getfixturevalue("postgres_url"),
                "BROKER_SHELF__BACKEND": "redis",
                "BROKER_SHELF__URL": request.getfixturevalue("redis_url"),
            }
        with town(tmp_path_factory.mktemp("town"), Clock(), changes) as built:
            yield built, found


class Place:
    """Two services that want to be told, one that does not, and a person in at all of them."""

    def __init__(self, place: Built, name: str):
        self.town, found = place
        self.receivers = found
        for receiver in found:
            receiver.posts.clear()
            receiver.statuses.clear()
            receiver.status = 200
            receiver.wake.set()
        self.town.clock.advance(timedelta(days=2))
        with self.town.house.app.app_context():
            self.walk()
        self.parties = tuple(
            register(self.town, f"{name}{number}", "openid offline_access", first_party=True,
                     backchannel_logout_uri=f"{receiver.url}/logout")
            for number, receiver in enumerate(found)
        )  # fmt: skip
        self.claims: list[dict[str, Any]] = []

    def sign_in(self, browser: Browser, login: str = "orlova") -> None:
        leave_esia(self.town, browser)
        self.claims = [signed_in(self.town, browser, party, login)[1] for party in self.parties]

    def walk(self) -> Walk:
        """What the postmen of a worker do."""
        with self.town.house.app.app_context():
            return self.town.house.new_postman().send_due()

    def claims_of(self, number: int, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims, checked with joserfc and the published keys."""
        party = self.parties[number]
        keys = KeySet.import_key_set(requests.get(party.discovery()["jwks_uri"], timeout=30).json())
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
        return dict(found.header), dict(found.claims)

    def with_postmen(self, do: Callable[[], Page]) -> Page:
        """While the threads of a worker are at work."""
        couriers = self.town.house.new_couriers()
        couriers.start()
        try:
            return do()
        finally:
            couriers.stop()


def here(browser: Browser, party: RelyingParty) -> Page:
    """The person signs out, here."""
    page = browser.open(party.discovery()["end_session_endpoint"])
    return browser.submit(page.form("form_key"), decision="sign_out")


def test_each_service_is_told_in_its_own_words(place: Built, browser: Browser) -> None:
    told = Place(place, "words")
    told.sign_in(browser)

    page = told.with_postmen(lambda: here(browser, told.parties[0]))

    assert "Вы вышли" == page.heading
    seen = []
    for number, receiver in enumerate(told.receivers):
        [token] = receiver.tokens()
        header, claims = told.claims_of(number, token)
        own = told.claims[number]
        assert "logout+jwt" == header["typ"]
        assert {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"} == set(claims)
        assert told.town.issuer == claims["iss"]
        assert [own[name] for name in ("aud", "sub", "sid")] == [claims[name] for name in ("aud", "sub", "sid")]
        assert {EVENT: {}} == claims["events"]
        assert int(told.town.clock.now().timestamp()) == claims["iat"]
        assert 0 < claims["exp"] - claims["iat"] <= 120
        assert "application/x-www-form-urlencoded" == receiver.posts[0].headers["content-type"]
        assert not {"cookie", "authorization"} & set(receiver.posts[0].headers)
        seen += [claims["sub"], claims["sid"], claims["jti"]]
    # Two services cannot find out that they speak of one person.
    assert len(seen) == len(set(seen))
    assert Walk() == told.walk()


def by_service(place: Place, browser: Browser) -> None:
    party = place.parties[1]
    hint = signed_in(place.town, browser, party, "orlova")[0]["id_token"]
    browser.open(f"{party.discovery()['end_session_endpoint']}?id_token_hint={hint}")


def elsewhere(place: Place, browser: Browser) -> None:
    with Browser() as other:
        place.town.sign_in(other, "orlova", f"{place.town.issuer}/login?next=profile&fresh=1&region=29")
        other.submit(at(place.town, other, "/me/devices").form("session_id"), session_id="")


def inside(do: Callable[[Place], object]) -> Callable[[Place, Browser], None]:
    def done(place: Place, _browser: Browser) -> None:
        with place.town.house.app.app_context():
            do(place)

    return done


STAFF = Actor("staff", "demo-staff")
CAUSES: dict[str, Callable[[Place, Browser], object]] = {
    "here": lambda place, browser: here(browser, place.parties[0]),
    "by a service": by_service,
    "on another device": elsewhere,
    "by the school": inside(lambda place: place.town.house.sign_out.end_others("demo-orlova", "", "school", STAFF)),
    "recovery": inside(lambda place: place.town.house.sign_out.end_others("demo-orlova", "", "password_recovered", SYSTEM)),
    "security": inside(lambda place: place.town.house.untying.untie("demo-orlova", UntieCause.SECURITY, SYSTEM)),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_whatever_ended_the_session(place: Built, browser: Browser, cause: str) -> None:
    told = Place(place, f"cause{list(CAUSES).index(cause)}")
    told.sign_in(browser)

    CAUSES[cause](told, browser)

    assert Walk(tried=2, sent=2) == told.walk()
    sids = [told.claims_of(number, receiver.tokens()[0])[1]["sid"] for number, receiver in enumerate(told.receivers)]
    assert [claims["sid"] for claims in told.claims] == sids


def test_a_service_whose_session_here_ran_out_long_ago(place: Built, browser: Browser) -> None:
    """It works on with an offline grant; the password is changed, and it must forget the person too."""
    told = Place(place, "late")
    told.sign_in(browser)
    told.town.clock.advance(timedelta(hours=30))

    inside(lambda found: found.town.house.sign_out.end_others("demo-orlova", "", "password_changed", SYSTEM))(told, browser)

    assert Walk(tried=2, sent=2) == told.walk()


def test_who_did_not_answer_is_named_and_told_later(place: Built, browser: Browser) -> None:
    told = Place(place, "silent")
    told.sign_in(browser)
    told.receivers[1].wake.clear()

    page = told.with_postmen(lambda: here(browser, told.parties[0]))

    assert "Вы вышли, но не везде" == page.heading
    assert "Не ответили: Кружок." in page.text
    assert "9005" in page.text
    english = browser.press(page, "English")
    assert "Club" in english.text and "9005" in english.text
    assert "9005" in browser.press(english, "Русский").text
    assert "Вы вышли" == browser.press(page, "Понятно").heading
    # It is asked again when it has had a rest, with a token that is not old; the other is not told twice.
    told.receivers[1].wake.set()
    assert Walk() == told.walk()
    told.town.clock.advance(MINUTE)
    assert Walk(tried=1, sent=1) == told.walk()
    first, *_, last = (told.claims_of(1, token)[1] for token in told.receivers[1].tokens())
    assert first["jti"] != last["jti"]
    assert int(told.town.clock.now().timestamp()) == last["iat"]
    assert 1 == len(told.receivers[0].tokens())


def test_refused_or_given_up_is_seen(place: Built, browser: Browser) -> None:
    told = Place(place, "trouble")
    told.sign_in(browser)
    told.receivers[0].status, told.receivers[1].status = 400, 503

    here(browser, told.parties[0])
    assert Walk(tried=2, postponed=1, given_up=1) == told.walk()
    told.town.clock.advance(timedelta(hours=25))
    assert Walk(tried=1, given_up=1) == told.walk()

    with told.town.house.app.app_context():
        shown = [told.town.house.deliveries.newest(party.client_id, None, 10) for party in told.parties]
        events = [entry.record for entry in told.town.house.journal.tail(50) if entry.record.name == "delivery.given_up"]
    assert [[("given_up", 1, "status_400")], [("given_up", 2, "too_late")]] == [
        [(one.state, one.tries, one.trouble) for one in found] for found in shown
    ]
    assert {party.client_id for party in told.parties} == {event.fields["client_id"] for event in events[-2:]}


def test_many_postmen_tell_once(place: Built, browser: Browser) -> None:
    told = Place(place, "parallel")
    told.sign_in(browser)
    here(browser, told.parties[0])
    together = threading.Barrier(6)

    def carry(_number: int) -> Walk:
        together.wait(10)
        return told.walk()

    with ThreadPoolExecutor(6) as pool:
        walks = list(pool.map(carry, range(6)))

    assert 2 == sum(walk.sent for walk in walks)
    assert [1, 1] == [len(receiver.tokens()) for receiver in told.receivers]


def test_an_ending_that_was_rolled_back_tells_nobody(place: Built, browser: Browser) -> None:
    told = Place(place, "undone")
    told.sign_in(browser)
    house = told.town.house

    with house.app.app_context(), pytest.raises(ZeroDivisionError), house.database.work():
        house.sign_out.end_others("demo-orlova", "", "school", SYSTEM)
        raise ZeroDivisionError

    assert Walk() == told.walk()


def test_services_of_others_hear_nothing(place: Built, browser: Browser) -> None:
    told = Place(place, "others")
    told.sign_in(browser)
    address = f"{told.receivers[0].url}/stranger"
    stranger = register(told.town, "others-stranger", first_party=True, backchannel_logout_uri=address)
    with Browser() as other:
        signed_in(told.town, other, stranger, "dorofeev")

        here(browser, told.parties[0])
        told.walk()

    assert [] == told.receivers[0].tokens("/stranger")


def test_an_address_inside_our_own_network_is_never_told(place: Built, browser: Browser) -> None:
    told = Place(place, "inner")
    inner = register(told.town, "inner-own", first_party=True, backchannel_logout_uri="https://127.0.0.1/logout")
    signed_in(told.town, browser, inner, "orlova")

    here(browser, inner)

    assert Walk(tried=1, postponed=1) == told.walk()
    with told.town.house.app.app_context():
        assert ["private"] == [one.trouble for one in told.town.house.deliveries.newest("inner-own", None, 10)]


def test_back_to_the_service_when_all_have_answered(place: Built, browser: Browser) -> None:
    told = Place(place, "back")
    bye, address = "http://127.0.0.1:9/bye", f"{told.receivers[0].url}/logout"
    party = register(told.town, "back-home", first_party=True, backchannel_logout_uri=address, post_logout_redirect_uris=(bye,))
    tokens, _ = signed_in(told.town, browser, party, "orlova")
    asked = f"id_token_hint={tokens['id_token']}&post_logout_redirect_uri={bye}&state=s1"
    page = browser.open(f"{party.discovery()['end_session_endpoint']}?{asked}", follow=False)
    done = told.with_postmen(lambda: browser.open(f"{told.town.issuer}{came_to(page)}", follow=False))

    assert f"{bye}?state=s1" == came_to(done)
