"""Services registered, paused and given secrets: what staff see, what the journal keeps, what nobody sees twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broker.clients.client import Client
from broker.console.refused import Refused
from tests.rooms.console.conftest import STAFF, Office
from tests.support.clock import Clock

SERVICE = Client(
    client_id="library",
    client_name="Библиотека",
    client_name_en="Library",
    organisation="Городская библиотека",
    redirect_uris=("https://library.example/callback",),
)


def test_a_new_service_gets_a_secret_that_works_and_is_kept_nowhere(office: Office) -> None:
    made = office.client_desk.add(SERVICE, STAFF)

    kept = office.clients.find("library")
    assert kept is not None
    assert kept.secret_is_right(made["client_secret"], office.outside.now())
    assert made["client_secret"] not in str(office.client_desk.show("library"))
    assert kept.secrets[0].hash not in str(made["client"])
    assert [("client.added", {"client_id": "library"}), ("client_secret.made", {"client_id": "library"})] == office.events()


def test_a_service_without_secret_gets_none(office: Office) -> None:
    made = office.client_desk.add(replace(SERVICE, token_endpoint_auth_method="none"), STAFF)

    assert "client_secret" not in made


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uris": ("http://library.example/callback",)},
        {"client_name": ""},
        {"scopes": ("profile",)},
        {"token_endpoint_auth_method": "private_key_jwt"},
    ],
)
def test_an_unsound_service_is_refused_and_leaves_nothing(office: Office, wrong: dict[str, object]) -> None:
    with pytest.raises(Refused):
        office.client_desk.add(replace(SERVICE, **wrong), STAFF)  # type: ignore[arg-type]

    assert {"clients": []} == office.client_desk.all()
    assert [] == office.events()


def test_an_identifier_is_given_once(office: Office) -> None:
    first = office.client_desk.add(SERVICE, STAFF)

    with pytest.raises(Refused):
        office.client_desk.add(SERVICE, STAFF)

    kept = office.clients.find("library")
    assert kept is not None
    assert kept.secret_is_right(first["client_secret"], office.outside.now())


def test_a_new_secret_leaves_the_old_one_its_time_and_no_more(office: Office, clock: Clock) -> None:
    old = office.client_desk.add(SERVICE, STAFF)["client_secret"]
    new = office.client_desk.new_secret("library", STAFF)["client_secret"]

    kept = office.clients.find("library")
    assert kept is not None
    assert kept.secret_is_right(old, office.outside.now())
    clock.advance(timedelta(days=7, seconds=1))
    assert not kept.secret_is_right(old, office.outside.now())
    assert kept.secret_is_right(new, office.outside.now())


def test_a_secret_without_overlap_ends_the_old_one_at_once(office: Office) -> None:
    old = office.client_desk.add(SERVICE, STAFF)["client_secret"]
    office.client_desk.new_secret("library", STAFF, timedelta(0))

    kept = office.clients.find("library")
    assert kept is not None
    assert not kept.secret_is_right(old, office.outside.now())


def test_pausing_is_written_once_however_often_it_is_done(office: Office) -> None:
    office.client_desk.add(SERVICE, STAFF)
    before = len(office.events())

    first = office.client_desk.set_enabled("library", False, STAFF)
    second = office.client_desk.set_enabled("library", False, STAFF)

    assert first == second
    assert [("client.disabled", {"client_id": "library"})] == office.events()[before:]
    assert office.client_desk.set_enabled("library", True, STAFF)["client"]["is_enabled"]
    assert "client.changed" == office.events()[-1][0]


@pytest.mark.parametrize("act", ["show", "secret", "disable"])
def test_an_unknown_service_is_named_as_such(office: Office, act: str) -> None:
    actions = {
        "show": lambda: office.client_desk.show("nobody"),
        "secret": lambda: office.client_desk.new_secret("nobody", STAFF),
        "disable": lambda: office.client_desk.set_enabled("nobody", False, STAFF),
    }
    with pytest.raises(Refused, match="no such client"):
        actions[act]()

    assert [] == office.events()
