"""The provider with its real neighbours on SQLite, a clock, people in the directory, and clients that speak the protocol."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.key_sets import KeySets
from broker.clients.settings import ClientSettings
from broker.clients.shared_secrets import SharedSecrets
from broker.clients.store import ClientStore
from broker.connectors.identity import Level, UpstreamIdentity
from broker.consent.items import items_of
from broker.consent.settings import ConsentSettings
from broker.consent.store import Consents
from broker.deliveries.queue import Queue
from broker.deliveries.settings import DeliverySettings
from broker.directory.directory import Directory
from broker.foundation.fetch import Fetcher
from broker.foundation.settings import HttpSettings
from broker.linking.changes import Changes
from broker.linking.evidence import Evidence
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.standing import Standing
from broker.login.attempts import Attempts
from broker.login.desk import LoginDesk
from broker.login.neighbours import Neighbours
from broker.login.routes import routes as login_routes
from broker.login.settings import LoginSettings
from broker.provider.caller.certificate import Certificates
from broker.provider.caller.mtls_settings import MtlsSettings
from broker.provider.rooms import ProviderRooms
from broker.provider.routes import routes
from broker.provider.settings import ProviderSettings
from broker.screens.forms import FormKeys
from broker.sessions.cookie import Cookies
from broker.sessions.opening import Opening
from broker.sessions.session import Session
from broker.sessions.settings import SessionSettings
from broker.sessions.store import Sessions
from broker.signals.announce import Knowing, SignalAnnouncer
from broker.signals.event_tokens import EventTokens
from broker.signals.store import Streams
from broker.signout.announce import Announcer
from broker.signout.sign_out import SignOut
from broker.storage.columns import Base
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.settings import StorageSettings
from broker.tokens.access import AccessTokens
from broker.tokens.codes import Codes
from broker.tokens.device_codes import DeviceCodes
from broker.tokens.envelope import Envelopes
from broker.tokens.living import LivingTokens
from broker.tokens.mint import Mint
from broker.tokens.names import Names
from broker.tokens.scopes import PERSON_SCOPES
from broker.tokens.settings import TokenSettings
from broker.tokens.signed_access import SignedAccess
from broker.tokens.store import Grants
from keys.settings import KeySettings
from keys.vault import open_vault
from tests.support.clock import Clock, outside_at
from tests.support.login_rooms import Ground, beside
from tests.support.policies import shipped_policies
from tests.support.screens import drawn_once

ISSUER = "http://127.0.0.1:8000"
DATABASE, MASTER_KEY = "stand.sqlite", "master.key"
ANNA = "anna"
# The test client calls from 127.0.0.1, as a proxy on this machine would.
MTLS = MtlsSettings(
    certificate_from="header", proxies=("127.0.0.1",), verified_header="X-Client-Verified", alias_base="https://mtls.example.ru"
)


def _card(id_: str, **changes: Any) -> dict[str, Any]:
    card = {
        "id": id_,
        "surname": "Соколова",
        "name": "Анна",
        "patronymic": "Игоревна",
        "birth_date": "1984-09-05",
        "sex": "F",
        "snils": "002-000-000 14",
        "email": "anna@example.org",
        "phone": "+7 900 000-00-14",
        "login": id_,
        "state": "active",
        "activated": True,
        "memberships": [{"school": "29-001", "role": "teacher", "class_name": None, "left_on": None}],
        "children": [],
        "staff_roles": [],
        "link": None,
        "invitation": None,
    }
    return card | changes


def document(state: str = "active", school: str = "open") -> dict[str, Any]:
    """Anna, a teacher and a mother, her son, and their school."""
    contact = {"days": "пн–пт", "hours": "9:00–16:00", "room": "12", "phone": "+7 900 000-00-01"}
    son = _card(
        "petr", surname="Соколов", name="Пётр", snils=None, birth_date="2014-02-03", sex="M", email=None, phone=None,
        memberships=[{"school": "29-001", "role": "pupil", "class_name": "5А", "left_on": None}],
    )  # fmt: skip
    name = {"ru": "Школа № 1", "en": "School 1"}
    return {
        "schools": [{"id": "29-001", "region": "29", "name": name, "state": school, "administrator": contact}],
        "people": [_card(ANNA, state=state, children=["petr"]), _card("boris", snils="002-000-001 15", email=None), son],
    }


DIARY = Client(
    client_id="diary",
    client_name="Дневник",
    client_name_en="Diary",
    organisation="Школа",
    redirect_uris=("https://diary.example.ru/cb",),
    post_logout_redirect_uris=("https://diary.example.ru/bye",),
    grant_types=("authorization_code", "refresh_token"),
    scopes=PERSON_SCOPES,
    first_party=True,
    default_region="29",
    id_token_signed_response_alg="ES256",
)
OLYMP = replace(
    DIARY,
    client_id="olymp",
    client_name="Олимпиады",
    client_name_en="Olympiads",
    redirect_uris=("https://olymp.example.ru/cb?from=school",),
    post_logout_redirect_uris=(),
    first_party=False,
    token_endpoint_auth_method="client_secret_post",
    id_token_signed_response_alg="RS256",
)
KIOSK = replace(
    DIARY, client_id="kiosk", redirect_uris=("ru.example.kiosk:/cb",), token_endpoint_auth_method="none", subject_type="public",
    sector_identifier="kiosk.example.ru", post_logout_redirect_uris=(),
)  # fmt: skip


@dataclass
class Stand:
    """Everything a test may look into or break."""

    app: Flask
    clock: Clock
    rooms: ProviderRooms
    links: Links
    connectors: set[str]
    secrets: dict[str, str]

    def browser(self) -> Browser:
        return Browser(self)

    def relying_party(self, client: Client = DIARY) -> RelyingParty:
        return RelyingParty(self, client)

    def events(self) -> list[str]:
        with self.app.app_context():
            return [entry.record.name for entry in reversed(self.rooms.journal.tail(500))]

    def change(self, client_id: str, **changes: Any) -> None:
        with self.app.app_context():
            client = self.rooms.clients.find(client_id)
            assert client is not None
            self.rooms.clients.replace(replace(client, **changes))

    def read_directory(self, **changes: str) -> None:
        with self.app.app_context():
            self.rooms.directory.import_document(document(**changes), self.rooms.journal, SYSTEM)




@dataclass(frozen=True)
class _Files:
    """What a furnished stand leaves on disk, and the secrets of its clients."""

    database: bytes
    master_key: bytes
    secrets: Mapping[str, str]


def build(folder: Path, clock: Clock) -> Stand:
    """A stand of the test's own; its keys, people and clients are made once: a new RSA key costs more than most tests."""
    files = _furnished_at(clock.at, frozenset(Base.metadata.tables))
    (folder / DATABASE).write_bytes(files.database)
    (folder / MASTER_KEY).write_bytes(files.master_key)
    (folder / MASTER_KEY).chmod(0o600)
    stand = _open(folder, clock)
    stand.secrets.update(files.secrets)
    return stand


@cache
def _furnished_at(at: datetime, _tables: frozenset[str]) -> _Files:
    with TemporaryDirectory() as name:
        folder = Path(name)
        stand = _open(folder, Clock(at))
        with stand.app.app_context():
            Base.metadata.create_all(stand.rooms.database.engine)
            stand.rooms.vault.ensure()
        _furnish(stand)
        # The last connection to close brings everything from the journal into the one file.
        stand.rooms.database.close()
        return _Files((folder / DATABASE).read_bytes(), (folder / MASTER_KEY).read_bytes(), stand.secrets)


def _open(folder: Path, clock: Clock) -> Stand:
    app = Flask("stand")
    outside = outside_at(clock)
    database = Database(app, StorageSettings(url=f"sqlite:///{folder / DATABASE}", pool_size=16))
    key_settings = KeySettings(master_key_file=str(folder / MASTER_KEY), make_master_key=True)
    vault = open_vault(key_settings, database, outside)
    shelf = MemoryShelf(outside.now)
    journal = Journal(database, vault.fingerprints, outside)
    directory = Directory(database, vault.sealer, vault.fingerprints, outside.now)
    links = Links(database, vault.sealer, vault.fingerprints, journal, outside)
    policies = shipped_policies()
    connectors = {"esia"}
    standing = Standing(directory, links, policies, connectors, outside.now)
    standing._connector_names = connectors  # the same set, so that a test can take an upstream away
    sessions = Sessions(database, outside, SessionSettings())
    token_settings = TokenSettings()
    marks = vault.fingerprints
    access = AccessTokens(marks, outside.now, SignedAccess(ISSUER, vault.ring))
    grants = Grants(database, outside, sessions, marks, token_settings)
    clients = ClientStore(database, outside.now, timedelta(0), SharedSecrets(vault.sealer))
    consents = Consents(database, outside, ConsentSettings())
    screens, cookies = drawn_once(), Cookies(ISSUER)
    form_keys = FormKeys(shelf, outside, lambda _: None)
    sign_out = SignOut(database, sessions, grants, journal)
    deliveries = Queue(database, outside, DeliverySettings(page_waits=timedelta(0)))
    journal.listen(Announcer(sessions, clients.find, deliveries).hear)
    streams, names = Streams(database, vault.sealer, outside), Names(vault)
    journal.listen(SignalAnnouncer(Knowing(sessions, consents, streams, names, clients.find), deliveries, outside.now).hear)
    login = Neighbours(
        settings=LoginSettings(), issuer=ISSUER, outside=outside, database=database, journal=journal,
        attempts=Attempts(shelf, vault.sealer, outside, LoginSettings()), form_keys=form_keys, screens=screens, cookies=cookies,
        connectors={}, policies=policies, clients=clients, directory=directory, links=links,
        matcher=Matcher(directory, links, policies, outside.now), standing=standing, consents=consents, sessions=sessions,
        end_session=sign_out.end_session,
        changes=Changes(
            database, directory, links, policies, journal, outside.now, sign_out.end_resting, lambda *_letter: None
        ),
        end_others=sign_out.end_others, **beside(Ground(database, vault, shelf, outside, journal, directory)),
    )  # fmt: skip
    fetcher = Fetcher(HttpSettings())
    certificates = Certificates(MTLS)
    key_sets = KeySets(fetcher.fetch, outside.now, ClientSettings())
    envelopes = Envelopes(ISSUER, vault.ring, key_sets)
    rooms = ProviderRooms(
        settings=ProviderSettings(issuer=ISSUER), outside=outside, database=database, shelf=shelf, vault=vault,
        jwks_max_age=key_settings.jwks_max_age, journal=journal, clients=clients, fetcher=fetcher,
        certificates=certificates,
        key_sets=key_sets, policies=policies, directory=directory,
        standing=standing, consents=consents, sessions=sessions, cookies=cookies, grants=grants,
        codes=Codes(shelf, outside, token_settings), access=access,
        device_codes=DeviceCodes(shelf, outside, token_settings),
        living=LivingTokens(access, grants.find, clients.find, shelf, outside.now), token_settings=token_settings,
        limits=login.limits, tries=login.tries,
        envelopes=envelopes, mint=Mint(envelopes, vault, outside, access, token_settings),
        sign_out=sign_out, deliveries=deliveries,
        streams=streams, event_tokens=EventTokens(envelopes, names, streams, clients.find),
        desk=LoginDesk(login), screens=screens, form_keys=form_keys,
        upstream_logout=lambda connector, return_url: f"https://{connector}.example.ru/out?back={return_url}",
    )  # fmt: skip
    app.register_blueprint(routes(rooms))
    app.register_blueprint(login_routes(login))
    return Stand(app, clock, rooms, links, connectors, {})


def _furnish(stand: Stand) -> None:
    stand.read_directory()
    clients = stand.rooms.clients
    with stand.app.app_context():
        for client in (DIARY, OLYMP, KIOSK):
            clients.add(client)
        for client in (DIARY, OLYMP):
            stand.secrets[client.client_id] = clients.new_secret(client.client_id, stand.rooms.outside, timedelta(0))
        stand.links.tie(_identity(), ANNA, Evidence.SNILS_AND_NAME, "v", SYSTEM)


def _identity() -> UpstreamIdentity:
    return UpstreamIdentity(
        "esia", "1000299353", Level.CONFIRMED, "Соколова", "Анна", "Игоревна", date(1984, 9, 5), "F", "00200000014",
        None, None, False, False, ("pwd",),
    )  # fmt: skip


class Browser:
    """Cookies; follows nothing by itself."""

    def __init__(self, stand: Stand):
        self.stand = stand
        self.client: FlaskClient = stand.app.test_client()

    def sign_in(self, person_id: str = ANNA, level: str = "confirmed") -> Session:
        """Open a session past the pages and give the browser its cookie."""
        with self.stand.app.app_context():
            session, cookie = self.stand.rooms.sessions.open(Opening(person_id, "esia", level, ("pwd",), "29"))
        self.set_cookie("session", cookie)
        return session

    def set_cookie(self, word: str, value: str) -> None:
        self.client.set_cookie(self.stand.rooms.cookies.name_of(word), value, domain="127.0.0.1")

    def get(self, url: str, **options: Any) -> TestResponse:
        return self.client.get(url.removeprefix(ISSUER), base_url=ISSUER, **options)

    def post(self, url: str, data: Any = None, **options: Any) -> TestResponse:
        return self.client.post(url.removeprefix(ISSUER), base_url=ISSUER, data=data, **options)


class RelyingParty:
    """A client that does everything right, unless the test changes a parameter; None leaves one out."""

    def __init__(self, stand: Stand, client: Client):
        self.stand = stand
        self.client = client
        self.http = stand.app.test_client()
        self.verifier = secrets.token_urlsafe(32)

    def parameters(self, **changes: str | None) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        values: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid profile offline_access",
            "state": "st-1",
            "nonce": "n-1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (values | changes).items() if value is not None}

    def authorize(self, browser: Browser, **changes: str | None) -> TestResponse:
        return browser.get("/authorize?" + urlencode(self.parameters(**changes)))

    def code(self, browser: Browser, **changes: str | None) -> str:
        return answer_of(self.authorize(browser, **changes))["code"]

    def post(self, path: str, fields: dict[str, str], **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        fields = dict(fields)
        secret = self.stand.secrets.get(self.client.client_id)
        if self.client.token_endpoint_auth_method == "client_secret_basic":
            pair = base64.b64encode(f"{self.client.client_id}:{secret}".encode()).decode()
            headers.setdefault("Authorization", f"Basic {pair}")
        elif self.client.token_endpoint_auth_method == "client_secret_post":
            fields = {"client_id": self.client.client_id, "client_secret": str(secret)} | fields
        elif self.client.token_endpoint_auth_method == "none":
            fields = {"client_id": self.client.client_id} | fields
        return self.http.post(path, base_url=ISSUER, data=fields, headers=headers, **options)

    def redeem(self, code: str, **changes: str | None) -> TestResponse:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return self.post("/token", {name: value for name, value in (fields | changes).items() if value is not None})

    def refresh(self, token: str, **changes: str) -> TestResponse:
        return self.post("/token", {"grant_type": "refresh_token", "refresh_token": token} | changes)

    def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.code(browser, **changes))
        assert 200 == answer.status_code, answer.text
        found: dict[str, Any] = answer.json
        return found

    def userinfo(self, access_token: str) -> TestResponse:
        return self.http.get("/userinfo", base_url=ISSUER, headers={"Authorization": f"Bearer {access_token}"})

    def consent(self, person_id: str = ANNA, scope: str = "openid profile offline_access") -> None:
        rooms = self.stand.rooms
        with self.stand.app.app_context():
            rooms.consents.give(self.client.client_id, person_id, items_of(scope.split()), rooms.journal)


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters of a redirect back to a client, each at most once."""
    assert response.status_code in (302, 303), (response.status_code, response.text[:500])
    pairs = parse_qsl(urlsplit(response.headers["Location"]).query, keep_blank_values=True)
    assert len(pairs) == len(dict(pairs)), pairs
    return dict(pairs)
