"""The door of our own resources: which tokens open it, and with which words the others are refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, request

from broker.clients.client import Client
from broker.provider.token_use.resource_door import LONGEST_UNBOUND, ResourceDoor
from broker.provider.wire import refusal
from broker.tokens.access import Access
from broker.tokens.confirmation import Confirmation
from broker.tokens.living import Living
from broker.tokens.sealed import BadToken
from tests.support.clock import FIRST_BELL

ISSUER = "https://signin.example"
ACCESS = Access("g-1", "tool", FIRST_BELL, FIRST_BELL + LONGEST_UNBOUND, ("openid", "admin"))
CLIENT = Client(
    client_id="tool",
    client_name="Консоль",
    client_name_en="Console",
    organisation="Школьный вход",
    redirect_uris=("https://tool.example/back",),
    first_party=True,
)
LONG = FIRST_BELL + LONGEST_UNBOUND + timedelta(seconds=1)
BOUND = Confirmation("jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")


@dataclass
class Doors:
    """A door whose tokens are whatever the test says."""

    found: Living | None = None
    is_sent_by_another: bool = False

    def read(self, _unverified_token: str) -> Living:
        if self.found is None:
            raise BadToken("not ours")
        return self.found

    def require(self, *_about: Any) -> None:
        if self.is_sent_by_another:
            raise refusal("invalid_token", "the access token is not valid for who sends it", 401)

    def entered(self, header: str = "Bearer abc") -> Living | Response:
        door = ResourceDoor(ISSUER, "admin", self, self)  # type: ignore[arg-type]
        with Flask("test").test_request_context("/api", headers={"Authorization": header} if header else {}):
            return door.enter(request)


def living(access: Access = ACCESS, client: Client = CLIENT, grant: object = "its grant") -> Living:
    return Living(access, grant, client)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "access", [ACCESS, replace(ACCESS, audience=(ISSUER,)), replace(ACCESS, expires_at=LONG, confirmation=BOUND)]
)
def test_a_token_of_a_person_for_the_house_opens(access: Access) -> None:
    assert living(access) == Doors(living(access)).entered()


@pytest.mark.parametrize(("doors", "status", "error"), [
    (Doors(None), 401, "invalid_token"),
    (Doors(living(grant=None)), 401, "invalid_token"),
    (Doors(living(replace(ACCESS, actors=("other",)))), 401, "invalid_token"),
    (Doors(living(replace(ACCESS, audience=("https://api.example",)))), 401, "invalid_token"),
    (Doors(living(replace(ACCESS, expires_at=LONG))), 401, "invalid_token"),
    (Doors(living(), is_sent_by_another=True), 401, "invalid_token"),
    (Doors(living(replace(ACCESS, scopes=("openid",)))), 403, "insufficient_scope"),
    (Doors(living(client=replace(CLIENT, first_party=False))), 403, "insufficient_scope"),
])  # fmt: skip
def test_every_other_token_is_refused(doors: Doors, status: int, error: str) -> None:
    refused = doors.entered()

    assert isinstance(refused, Response)
    assert (status, error, "no-store") == (refused.status_code, refused.get_json()["error"], refused.headers["Cache-Control"])
    assert f'error="{error}"' in refused.headers["WWW-Authenticate"]


def test_without_a_token_nothing_is_said_but_what_is_needed() -> None:
    refused = Doors(living()).entered("")

    assert isinstance(refused, Response)
    assert (401, b"{}") == (refused.status_code, refused.get_data())
    assert ["Bearer", 'DPoP algs="'] == [said[:11] for said in refused.headers.getlist("WWW-Authenticate")]


@pytest.mark.parametrize(("within", "said"), [(timedelta(minutes=5), 'max_age="300"'), (None, "acr_values=")])
def test_a_surer_sign_in_is_asked_for_in_the_words_of_rfc_9470(within: timedelta | None, said: str) -> None:
    door = ResourceDoor(ISSUER, "admin", Doors(), Doors())  # type: ignore[arg-type]
    with Flask("test").test_request_context("/api", headers={"Authorization": "Bearer abc"}):
        asked = door.not_sure_enough(request, within)

    assert (401, "insufficient_user_authentication") == (asked.status_code, asked.get_json()["error"])
    assert said in asked.headers["WWW-Authenticate"]
    assert ("max_age" in asked.headers["WWW-Authenticate"]) == (within is not None)
