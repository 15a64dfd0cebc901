"""Registration over each kind of database: its address, tokens, issuers, and what a developer sends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.shared_secrets import SharedSecrets
from broker.clients.store import ClientStore, HouseRules
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.foundation.outside import Outside
from broker.limits.limits import Limits
from broker.registration.approvals import Approvals, Issuers
from broker.registration.description import Description
from broker.registration.initial_tokens import InitialTokens
from broker.registration.records_store import RecordStore
from broker.registration.registrar import Registrar
from broker.registration.routes import RegistrationRoom, routes
from broker.registration.settings import RegistrationSettings
from broker.registration.shaping import KnownScopes
from broker.registration.spent_store import SpentStatements
from broker.registration.statements import Statements
from broker.registration.tokens_store import IssuerStore
from broker.registration.withdrawals import Withdrawals
from broker.storage.database import Database
from broker.tokens.scopes import CLIENT_SCOPES, PERSON_SCOPES
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

ISSUER = "https://broker.example"
HOME = "http://127.0.0.1:3000/cb"
AWAY = "https://robots.example/cb"
SETTINGS = RegistrationSettings(open=True, open_per_address=1000, open_in_all=1000, wrong_tokens=1000)


@dataclass
class Office:
    """What a developer's program does, and a look behind the door. `documents` are what lies at addresses services name."""

    http: FlaskClient
    clients: ClientStore
    tokens: InitialTokens
    issuers: Issuers
    approvals: Approvals
    withdrawals: Withdrawals
    journal: Journal
    clock: Clock
    documents: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: object = None, token: str = "", **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        return self.http.open(path, method=method, data=data, content_type="application/json", headers=sent | headers)

    def register(self, token: str = "", **metadata: Any) -> TestResponse:
        return self.ask("POST", "/register", metadata, token)

    def registered(self, token: str = "", **metadata: Any) -> dict[str, Any]:
        answer = self.register(token, **metadata)
        assert 201 == answer.status_code, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def refused(self, token: str = "", **metadata: Any) -> tuple[str, str]:
        answer = self.register(token, **metadata)
        assert 400 == answer.status_code, answer.text
        return answer.get_json()["error"], answer.get_json()["error_description"]

    def manage(self, method: str, made: dict[str, Any], body: object = None, token: str = "") -> TestResponse:
        path = made["registration_client_uri"].removeprefix(ISSUER)
        return self.ask(method, path, body, token or made["registration_access_token"])

    def initial(self, uses: int = 100, life: timedelta = timedelta(days=1), **preset: Any) -> str:
        return self.tokens.add("partner", uses, life, preset, SYSTEM)[1]

    def client(self, made: dict[str, Any]) -> Client:
        found = self.clients.latest(made["client_id"])
        assert found is not None
        return found

    def events(self, *but: str) -> list[tuple[str, dict[str, Any]]]:
        return [(entry.name, dict(entry.fields)) for entry in self.journal.tail(50) if entry.name not in but]

    def fetch(self, url: str, max_bytes: int, accept: tuple[str, ...]) -> FetchedDocument:
        if url not in self.documents:
            raise FetchRefused("private")
        return FetchedDocument(200, {}, json.dumps(self.documents[url]).encode())


def office_at(database: Database, outside: Outside, clock: Clock, settings: RegistrationSettings = SETTINGS) -> Office:
    """An office with these settings, hung into the application of the test."""
    vault = sealing_vault(database, outside)
    journal = Journal(database, vault.fingerprints, outside)
    clients = ClientStore(database, outside.now, timedelta(0), SharedSecrets(vault.sealer), HouseRules(loopback=False))
    tokens, withdrawals = InitialTokens(database, journal, outside), Withdrawals(database, clients, journal, outside)
    approvals, issuers = Approvals(database, clients, journal), Issuers(database, journal, outside)
    office = Office(FlaskClient(current_app), clients, tokens, issuers, approvals, withdrawals, journal, clock)
    registrar = Registrar(
        settings=settings,
        database=database,
        clients=clients,
        records=RecordStore(database),
        tokens=tokens,
        statements=Statements(IssuerStore(database), SpentStatements(database), outside.now, settings.statement_life),
        withdrawals=withdrawals,
        journal=journal,
        outside=outside,
        scopes=KnownScopes(PERSON_SCOPES, CLIENT_SCOPES),
        fetch=office.fetch,
    )
    limits = Limits(database, vault.fingerprints, outside.now)
    current_app.register_blueprint(routes(RegistrationRoom(ISSUER, registrar, limits, Description(ISSUER))))
    office.http = current_app.test_client()
    return office


@pytest.fixture
def office(sqlite_database: Database, outside: Outside, clock: Clock) -> Office:
    """Open to sandboxes, with limits that no test meets by chance."""
    return office_at(sqlite_database, outside, clock)


@pytest.fixture
def any_office(database: Database, outside: Outside, clock: Clock) -> Office:
    """The same over each kind of database."""
    return office_at(database, outside, clock)


def settings(**changes: Any) -> RegistrationSettings:
    """Settings with changes."""
    return replace(SETTINGS, **changes)


def service(**changes: Any) -> dict[str, Any]:
    """What a service says that comes with a token or a statement."""
    return {"client_name": "Кружок робототехники", "client_name#en": "Robots", "redirect_uris": [AWAY]} | changes
