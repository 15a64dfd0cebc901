"""A service that publishes its keys: they are fetched over HTTP, kept, and looked up again when it has changed them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.clock import Clock
from tests.support.serving import address_of, bound, serving
from tests.support.town import Town, town
from tests.support.visits import register

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ONE, TWO = (ECKey.generate_key("P-256", parameters={"kid": kid, "use": "sig"}) for kid in ("one", "two"))


class Published:
    """The service's own server: its key set, or something else."""

    def __init__(self) -> None:
        self.keys: list[ECKey] = [ONE]
        self.status = "200 OK"
        self.asked = 0

    def __call__(self, _environ: Any, start: Any) -> list[bytes]:
        self.asked += 1
        headers = [("Content-Type", "application/json"), ("Location", "http://127.0.0.1/jwks")]
        start(self.status, headers)
        return [json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Published, str]]:
    published, listener = Published(), bound()
    with serving(listener, published):
        yield published, address_of(listener)


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory, place: tuple[Published, str]) -> Iterator[Town]:
    """A town whose operator has listed the service's server."""
    changes = {"BROKER_HTTP__FETCH_ALLOWED": place[1].removeprefix("http://")}
    with town(tmp_path_factory.mktemp("lane"), Clock(), changes) as built:
        register(built, "listed", "openid", token_endpoint_auth_method="private_key_jwt", jwks_uri=f"{place[1]}/jwks")
        # The same machine under a name that nobody has listed.
        elsewhere = place[1].replace("127.0.0.1", "localhost")
        register(built, "unlisted", "openid", token_endpoint_auth_method="private_key_jwt", jwks_uri=f"{elsewhere}/jwks")
        yield built


def asks(built: Town, key: ECKey, client_id: str = "listed") -> str:
    now = int(built.clock.now().timestamp())
    claims = {"iss": client_id, "sub": client_id, "aud": built.issuer, "exp": now + 60, "jti": secrets.token_hex(8)}
    said = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
    form = {"grant_type": "authorization_code", "code": "x", "client_assertion_type": JWT_BEARER, "client_assertion": said}
    return str(requests.post(f"{built.issuer}/token", data=form, timeout=30).json()["error"])


def test_keys_are_fetched_once_and_changed_ones_are_found(lane: Town, place: tuple[Published, str]) -> None:
    published, _ = place
    for _ in range(3):
        assert "invalid_client" != asks(lane, ONE)
    assert 1 == published.asked

    published.keys = [TWO]
    assert "invalid_client" == asks(lane, TWO)
    lane.clock.advance(timedelta(minutes=1))
    assert "invalid_client" != asks(lane, TWO)
    assert "invalid_client" == asks(lane, ONE)
    assert 2 == published.asked


def test_a_redirect_is_not_followed_and_old_keys_serve_on(lane: Town, place: tuple[Published, str]) -> None:
    published, _ = place
    published.keys, published.status = [TWO], "200 OK"
    lane.clock.advance(timedelta(minutes=6))
    assert "invalid_client" != asks(lane, TWO)

    published.status, before = "302 Found", published.asked
    lane.clock.advance(timedelta(minutes=6))
    assert "invalid_client" != asks(lane, TWO)
    assert before + 1 == published.asked
    lane.clock.advance(timedelta(hours=24))
    assert "invalid_client" == asks(lane, TWO)


def test_an_address_of_this_machine_that_nobody_has_listed_is_not_asked(lane: Town, place: tuple[Published, str]) -> None:
    published, _ = place
    before = published.asked

    assert "invalid_client" == asks(lane, TWO, "unlisted")
    assert before == published.asked
