"""The demo's services: registered once, moved when the port moves, a fresh secret at every start."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broker.console.demo_actions import DemoServices, seed_developers, seed_services
from broker.console.developer_actions import DeveloperDesk
from broker.console.refused import Refused
from config.settings import SHIPPED_REGIONS
from tests.rooms.console.conftest import STAFF, Office

SERVICES = json.loads((SHIPPED_REGIONS.parents[1] / "examples" / "demo" / "services.json").read_text(encoding="utf-8"))
HERE = {"diary": "http://127.0.0.1:8002", "olympiads": "http://127.0.0.1:8003"}


def seed(office: Office, addresses: dict[str, str]) -> dict[str, str]:
    answer = seed_services(office.client_desk, office.clients, DemoServices(SERVICES, addresses), STAFF)
    secrets: dict[str, str] = answer["secrets"]
    return secrets


def test_each_start_ends_the_secrets_of_the_one_before(office: Office) -> None:
    old, new = seed(office, HERE), seed(office, HERE)

    for client_id in HERE:
        client = office.clients.find(client_id)
        assert client is not None
        assert client.secret_is_right(new[client_id], office.outside.now())
        assert not client.secret_is_right(old[client_id], office.outside.now())


def test_the_services_move_with_their_addresses(office: Office) -> None:
    seed(office, HERE)
    seed(office, {**HERE, "diary": "http://127.0.0.1:9002"})

    client = office.clients.find("diary")
    assert client is not None
    assert ("http://127.0.0.1:9002/callback",) == client.redirect_uris
    assert client.first_party


def test_the_demo_has_a_developer_of_its_third_party_service(office: Office) -> None:
    document = json.loads((SHIPPED_REGIONS.parents[1] / "examples" / "demo" / "directory.json").read_text(encoding="utf-8"))
    office.people_desk.import_document(document, STAFF, is_dry_run=False)
    seed(office, HERE)
    desk = DeveloperDesk(office.database, office.directory, office.clients, office.journal, office.outside)
    for _ in range(2):
        seed_developers(desk, DemoServices(SERVICES, HERE), STAFF)

    organisation = "Учебная олимпиада"
    expected = {"person_id": "demo-tarasov", "organisation": organisation, "clients": ["olympiads"]}
    assert {"developers": [expected]} == desk.all()
    assert ("client.entrusted", {"client_id": "olympiads"}) in office.events()
    desk.remove("demo-tarasov", STAFF)
    for again in (
        lambda: desk.remove("demo-tarasov", STAFF),
        lambda: desk.add("nobody", organisation, STAFF),
        lambda: desk.add("demo-tarasov", " ", STAFF),
        lambda: desk.entrust("nothing", organisation, STAFF),
    ):
        with pytest.raises(Refused):
            again()
    assert {"developers": []} == desk.all()


@pytest.mark.parametrize(
    ("document", "addresses"),
    [
        (SERVICES, {"diary": "http://127.0.0.1:8002"}),
        ({}, HERE),
        ({"services": [{**SERVICES["services"][0], "colour": "red"}]}, HERE),
    ],
)
def test_services_that_do_not_fit_are_refused(office: Office, document: dict[str, Any], addresses: dict[str, str]) -> None:
    with pytest.raises(Refused):
        seed_services(office.client_desk, office.clients, DemoServices(document, addresses), STAFF)
