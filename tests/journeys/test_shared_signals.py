"""A service that asked is told of an ended session and a changed password, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from broker.audit.event import Actor
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.own import enter, new, submit
from tests.support.receiver import Receiver, receivers
from tests.support.relying_party import ALGORITHMS, RelyingParty
from tests.support.town import ALL_SCOPES, Town, town
from tests.support.visits import register, signed_in

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
SESSION_REVOKED, CREDENTIAL_CHANGE = f"{CAEP}session-revoked", f"{CAEP}credential-change"
Built = tuple[Town, Receiver]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("servers", marks=[pytest.mark.postgres, pytest.mark.redis])])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with receivers(1) as (receiver,):
        changes = {"BROKER_HTTP__FETCH_ALLOWED": receiver.place}
        if request.param == "servers":
            changes |= {
                "BROKER_STORAGE__URL": request.getfixturevalue("postgres_url"),
                "BROKER_SHELF__BACKEND": "redis",
                "BROKER_SHELF__URL": request.getfixturevalue("redis_url"),
            }
        with town(tmp_path_factory.mktemp("town"), Clock(), changes) as built:
            yield built, receiver


class Service:
    """A diary that wants to hear of everything."""

    def __init__(self, place: Built, client_id: str):
        self.town, self.receiver = place
        self.receiver.posts.clear()
        self.receiver.status = 202
        self.party: RelyingParty = register(
            self.town, client_id, first_party=True, scopes=(*ALL_SCOPES, "ssf.manage"),
            grant_types=("authorization_code", "refresh_token", "client_credentials"),
        )  # fmt: skip
        self.token = self.party.token(grant_type="client_credentials").json()["access_token"]
        self.said = requests.get(f"{self.town.issuer}/.well-known/ssf-configuration", timeout=30).json()

    def make_stream(self, delivery: dict[str, str]) -> dict[str, Any]:
        body = {"events_requested": [SESSION_REVOKED, CREDENTIAL_CHANGE], "delivery": delivery}
        headers = {"Authorization": f"Bearer {self.token}"}
        made = requests.post(self.said["configuration_endpoint"], json=body, headers=headers, timeout=30)
        assert 201 == made.status_code, made.text
        found: dict[str, Any] = made.json()
        return found

    def carried(self) -> int:
        with self.town.house.app.app_context():
            return self.town.house.new_postman().send_due().sent

    def claims(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(requests.get(self.said["jwks_uri"], timeout=30).json())
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
        assert "secevent+jwt" == found.header["typ"]
        assert (self.said["issuer"], self.party.client_id) == (found.claims["iss"], found.claims["aud"])
        return dict(found.claims)


def change_password(town: Town, login: str, password: str) -> None:
    """The person, in another browser."""
    with Browser() as own:
        enter(town, own, login)
        page = submit(town, own, "/me/password", **new(password))
        assert 200 == page.status, page.text


def test_pushed(place: Built, browser: Browser) -> None:
    service = Service(place, "hears-push")
    address = f"{service.receiver.url}/events"
    service.make_stream({"method": "urn:ietf:rfc:8935", "endpoint_url": address, "authorization_header": "Bearer own"})
    _, claims = signed_in(service.town, browser, service.party, "orlova")
    # Nothing reaches the service while it is away, and nothing is lost.
    service.receiver.status = 503
    change_password(service.town, "orlova", "три слона у реки")
    assert 0 == service.carried()
    service.receiver.posts.clear()
    service.receiver.status = 202
    service.town.clock.advance(timedelta(minutes=1))

    assert 2 == service.carried()

    posts = service.receiver.posts
    assert {("/events", "application/secevent+jwt", "Bearer own")} == {
        (post.path, post.headers["content-type"], post.headers["authorization"]) for post in posts
    }
    told = {kind: found for found in map(service.claims, [post.body for post in posts]) for kind in found["events"]}
    assert {SESSION_REVOKED, CREDENTIAL_CHANGE} == set(told)
    about = told[SESSION_REVOKED]["sub_id"]
    assert (claims["sub"], claims["sid"]) == (about["user"]["sub"], about["session"]["id"])
    assert {"format": "iss_sub", "iss": service.town.issuer, "sub": claims["sub"]} == told[CREDENTIAL_CHANGE]["sub_id"]


def test_fetched(place: Built, browser: Browser) -> None:
    service = Service(place, "hears-poll")
    stream = service.make_stream({"method": "urn:ietf:rfc:8936"})
    _, claims = signed_in(service.town, browser, service.party, "dorofeev")
    with service.town.house.app.app_context():
        service.town.house.sign_out.end_others("demo-dorofeev", "", "school", Actor("staff", "demo-staff"))

    def fetch(**body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {service.token}"}
        found: dict[str, Any] = requests.post(stream["delivery"]["endpoint_url"], json=body, headers=headers, timeout=30).json()
        return found

    [(jti, token)] = fetch()["sets"].items()
    told = service.claims(token)
    assert (jti, claims["sid"]) == (told["jti"], told["sub_id"]["session"]["id"])
    assert "admin" == told["events"][SESSION_REVOKED]["initiating_entity"]
    assert {} == fetch(ack=[jti])["sets"]


def test_names_that_no_database_keeps(place: Built) -> None:
    service = Service(place, "hears-nonsense")
    stream = service.make_stream({"method": "urn:ietf:rfc:8936"})
    headers = {"Authorization": f"Bearer {service.token}"}

    def ask(address: str, **body: Any) -> int:
        return requests.post(address, json={"stream_id": stream["stream_id"], **body}, headers=headers, timeout=30).status_code

    subject = {"format": "iss_sub", "iss": service.town.issuer, "sub": "\x00"}
    assert 400 == ask(service.said["remove_subject_endpoint"], subject=subject)
    assert 400 == ask(service.said["add_subject_endpoint"], subject=subject)
    assert 200 == ask(stream["delivery"]["endpoint_url"], ack=["\x00"], setErrs={"\x00": {"err": "invalid_key"}})


def test_somebody_is_left_out(place: Built) -> None:
    service = Service(place, "hears-some")
    stream = service.make_stream({"method": "urn:ietf:rfc:8936"})
    subject = {"format": "iss_sub", "iss": service.town.issuer, "sub": "somebody"}
    body, headers = {"stream_id": stream["stream_id"], "subject": subject}, {"Authorization": f"Bearer {service.token}"}

    answers = [
        requests.post(service.said[f"{way}_subject_endpoint"], json=body, headers=headers, timeout=30).status_code
        for way in ("remove", "remove", "add", "add")
    ]

    assert [204, 204, 200, 200] == answers


def test_what_waited_in_a_paused_stream_is_pushed_when_it_goes_on(place: Built, browser: Browser) -> None:
    service = Service(place, "hears-later")
    stream = service.make_stream({"method": "urn:ietf:rfc:8935", "endpoint_url": f"{service.receiver.url}/events"})

    def set_status(status: str) -> None:
        body = {"stream_id": stream["stream_id"], "status": status}
        # The token of the beginning does not live as long as the pause.
        token = service.party.token(grant_type="client_credentials").json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert 200 == requests.post(service.said["status_endpoint"], json=body, headers=headers, timeout=30).status_code

    signed_in(service.town, browser, service.party, "dorofeev")
    set_status("paused")
    with service.town.house.app.app_context():
        service.town.house.sign_out.end_others("demo-dorofeev", "", "school", Actor("staff", "demo-staff"))
    for _ in range(8):
        assert 0 == service.carried()
        service.town.clock.advance(timedelta(hours=1))
    assert 0 == service.carried()

    set_status("enabled")

    assert 1 == service.carried()
