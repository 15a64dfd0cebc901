"""The door of the developers' pages, furnished from the house; beside doors.py, which holds the others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from werkzeug.test import Client as Caller

from broker.audit.event import Actor
from broker.clients.client import Client
from broker.clients.developers_store import DeveloperStore
from broker.console.client_actions import ClientDesk
from broker.console.developers.room import DevRoom, Service
from broker.console.developers.snippets import read_snippets
from broker.console.developers.wire import Ask, Reply, Request
from broker.console.readiness.desk import ReadinessDesk
from broker.doors import Street
from broker.house import House
from broker.limits.limits import Limit
from broker.provider.documents import ENDPOINTS
from broker.registration.amending import Amendments
from broker.registration.records_store import RecordStore
from broker.registration.sandbox import SENSITIVE
from broker.registration_door import registration_room
from broker.screens.developer_service_pages import ReadyLine
from broker.tokens.names import Names
from broker.tokens.scopes import CLAIMS_OF_SCOPE, PERSON_SCOPES
from config.reality import people_are_real

# The count of case numbers that led a developer to nothing.
CASE_NUMBERS: Final = "developer_case_numbers"
# Beside the source, and where an installed release has them (setup.cfg).
SNIPPETS: Final = (
    Path(__file__).parents[1] / "examples" / "snippets",
    Path(sys.prefix) / "share" / "school-signin" / "snippets",
)


def developer_room(house: House, street: Street) -> DevRoom:
    """What the pages work with."""
    limits, names = house.settings.limits, Names(house.vault)

    def subject(client: Client, person_id: str) -> str:
        return names.subject(client, person_id)

    return DevRoom(
        service=_service(house, street),
        database=house.database,
        shelf=house.shelf,
        sealer=house.vault.sealer,
        outside=house.outside,
        screens=street.screens,
        form_keys=street.form_keys,
        cookies=street.cookies,
        sessions=house.sessions,
        standing=street.standing,
        developers=DeveloperStore(house.database),
        clients=house.clients,
        desk=ClientDesk(house.database, house.clients, house.journal, house.outside, house.settings.clients.secret_overlap),
        amendments=Amendments(registration_room(house).registrar),
        records=RecordStore(house.database),
        journal=house.journal,
        cases=house.cases,
        limits=house.limits,
        numbers=Limit(CASE_NUMBERS, limits.case_numbers_per_staff, limits.case_numbers_within),
        subject=subject,
        ask=_ask(house),
        check=_check(house),
        snippets=read_snippets(next(filter(Path.is_dir, SNIPPETS), SNIPPETS[0])),
    )


def _service(house: House, street: Street) -> Service:
    """The broker as a service meets it."""
    issuer = house.settings.provider.issuer

    def leave(return_url: str) -> str | None:
        return next(filter(None, (one.logout_url(return_url) for one in street.connectors.values())), None)

    return Service(
        issuer=issuer,
        endpoints={name: issuer + path for name, path in ENDPOINTS.items()},
        scopes=PERSON_SCOPES,
        sensitive=SENSITIVE,
        claims_of=CLAIMS_OF_SCOPE,
        has_real_people=people_are_real(house.settings),
        leave=leave,
    )


def _check(house: House) -> Callable[[Client, str, Actor], tuple[ReadyLine, ...]]:
    """The same check as `broker clients check`."""
    desk = ReadinessDesk(house, house.settings.provider.issuer, house.outside)

    def check(client: Client, state_url: str, actor: Actor) -> tuple[ReadyLine, ...]:
        said = desk.check(client, None, state_url, actor)
        return tuple(ReadyLine(row["line"], row["passed"], row["seen"]) for row in said["lines"])

    return check


def _ask(house: House) -> Ask:
    """Our own endpoints as HTTP requests within the process: no host has to reach itself by its own name."""

    def ask(request: Request) -> Reply:
        caller = Caller(house.app.wsgi_app, use_cookies=False)
        how = {"method": "GET"} if request.form is None else {"method": "POST", "data": dict(request.form)}
        response = caller.open(request.path, base_url=house.settings.provider.issuer, headers=dict(request.headers), **how)
        return Reply(response.status_code, response.get_data(as_text=True))

    return ask
