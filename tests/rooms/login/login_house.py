"""The room with its real neighbours on SQLite, a shelf in memory, an upstream under the test's hand, and browsers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, redirect, request

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.cases.cases import Cases
from broker.cases.numbers import Numbers
from broker.clients.client import Client
from broker.clients.store import ClientStore
from broker.connectors.identity import Level, UpstreamIdentity
from broker.connectors.port import Leg, UpstreamFailed
from broker.consent.asked_store import Askings
from broker.consent.settings import ConsentSettings
from broker.consent.store import Consents
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.password_hash import PasswordHash
from broker.directory.phone_codes import PhoneCodes
from broker.foundation.outside import Outside
from broker.limits.guesses import Guesses
from broker.limits.limits import Limits
from broker.limits.settings import LimitSettings
from broker.linking.changes import Changes
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.standing import Standing
from broker.linking.sync import Synchronise
from broker.login.asked import Asked
from broker.login.attempts import Attempts
from broker.login.desk import LoginDesk, Ready
from broker.login.drafts import Drafts
from broker.login.errands import Errands
from broker.login.neighbours import Neighbours
from broker.login.proofs import Proofs
from broker.login.routes import routes
from broker.login.settings import LoginSettings
from broker.login.upstream_health import UpstreamHealth
from broker.messages.delays import Delays
from broker.messages.outbox import Channel, Notices, Outbox
from broker.messages.planned_store import PlannedWorks
from broker.messages.settings import MessageSettings
from broker.policy.policies import Policies
from broker.screens.forms import FormKeys
from broker.sessions.cookie import Cookies
from broker.sessions.known import KnownDevices
from broker.sessions.settings import SessionSettings
from broker.sessions.store import Sessions
from broker.storage.columns import Base
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from broker.storage.settings import StorageSettings
from keys.settings import KeySettings
from keys.vault import open_vault
from tests.support.databases import open_database
from tests.support.passwords import CHEAP
from tests.support.policies import shipped_policies
from tests.support.screens import drawn_once

ISSUER = "http://127.0.0.1:8000"
UPSTREAM = "https://esia.test/ac"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

CONTACT = {"days": "пн–пт", "hours": "9:00–16:00", "room": "12", "phone": "+7 900 000-00-01"}


def _school(id_: str, region: str, state: str = "open") -> dict[str, Any]:
    name = {"ru": f"Школа {id_}", "en": f"School {id_}"}
    return {"id": id_, "region": region, "name": name, "state": state, "administrator": CONTACT}


def _person(id_: str, surname: str, snils: str | None, **changes: Any) -> dict[str, Any]:
    card = {
        "id": id_,
        "surname": surname,
        "name": "Анна",
        "patronymic": "Игоревна",
        "birth_date": "1984-09-05",
        "sex": "F",
        "snils": snils,
        "email": "anna@example.org",
        "phone": None,
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


DOCUMENT = {
    "schools": [_school("29-001", "29"), _school("38-001", "38")],
    "people": [
        _person("anna", "Соколова", "002-000-000 14"),
        _person("boris", "Борисова", "002-000-001 15", memberships=[]),
    ],
}
ANNA = UpstreamIdentity(
    connector="esia",
    subject="1000299353",
    level=Level.CONFIRMED,
    surname="Соколова",
    name="Анна",
    patronymic="Игоревна",
    birth_date=date(1984, 9, 5),
    sex="F",
    snils="00200000014",
    email=None,
    phone=None,
    child_of_parent=False,
    checks_pending=False,
    methods=("pwd",),
)
STRANGER = replace(ANNA, subject="77", surname="Чужая", name="Мария", snils="00200000218", birth_date=date(1990, 1, 1))
UNCONFIRMED = replace(ANNA, level=Level.NOT_CONFIRMED)

DIARY = Client(
    client_id="diary",
    client_name="Дневник",
    client_name_en="Diary",
    organisation="Школа",
    redirect_uris=("https://diary.example/cb",),
    scopes=("openid", "profile", "snils"),
    first_party=True,
    default_region="29",
)
OLYMP = replace(
    DIARY, client_id="olymp", client_name="Олимпиады", client_name_en="Olympiads", redirect_uris=("https://olymp.example/cb",),
    first_party=False,
)
TEACHERS = replace(DIARY, client_id="pupils", client_name="Кружок", client_name_en="Club", roles=("pupil",))


@dataclass
class FakeUpstream:
    """Implements the port `Connector`. Says what the test wants, once per trip, and remembers how often it was asked."""

    name: str = "esia"
    says: UpstreamIdentity | UpstreamFailed | Any = ANNA
    completed: list[str] = field(default_factory=list)
    begins: UpstreamFailed | None = None

    def begin(self, return_url: str) -> Leg:
        if self.begins:
            raise self.begins
        state = secrets.token_hex(16)
        return Leg(f"{UPSTREAM}?{urlencode({'state': state, 'redirect_uri': return_url})}", state, {"trip": state})

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> UpstreamIdentity:
        assert {"trip": parameters["state"]} == dict(leg.memory)
        assert f"{ISSUER}/login/return/esia" == return_url
        self.completed.append(parameters["state"])
        said = self.says() if callable(self.says) else self.says
        if isinstance(said, UpstreamFailed):
            raise said
        return said

    def logout_url(self, return_url: str) -> str | None:
        return None


DATABASE, MASTER_KEY = "house.sqlite", "master.key"


def _keys(folder: Path) -> KeySettings:
    return KeySettings(master_key_file=str(folder / MASTER_KEY), make_master_key=True)


@cache
def _furnished() -> dict[str, bytes]:
    """What a house with its keys, clients and people leaves on disk."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        app, database = open_database(f"sqlite:///{folder / DATABASE}")
        with app.app_context():
            Base.metadata.create_all(database.engine)
            open_vault(_keys(folder), database, Outside(now=lambda: NOW, random=secrets.token_bytes, send=_nothing)).ensure()
        database.close()
        house = House(folder)
        house.fill()
        # The last connection to close brings everything from the journal into the one file.
        house.database.close()
        return {name: (folder / name).read_bytes() for name in (DATABASE, MASTER_KEY)}


class House:
    """One broker whose clock the test moves. `asked` of a browser's login is given in the query of the tests' own `/start`."""

    def __init__(self, folder: Path, before: House | None = None, policies: Policies | None = None):
        """With `before`, the same house after a restart: database and shelf are there, everything in the process is new."""
        # Keys and people are made once: a new RSA key costs more than most tests.
        for name, content in _furnished().items() if before is None and not (folder / DATABASE).exists() else ():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        self.now = NOW
        self.policies = policies or shipped_policies()
        self.told: list[tuple[str, str, str]] = []
        self.upstream = before.upstream if before else FakeUpstream()
        self.asked = Asked("diary", ("openid", "profile"))
        self.app = Flask("house")
        self.outside = Outside(now=lambda: self.now, random=secrets.token_bytes, send=_nothing)
        self.database = Database(self.app, StorageSettings(url=f"sqlite:///{folder / DATABASE}"))
        vault = open_vault(_keys(folder), self.database, self.outside)
        self.shelf = before.shelf if before else MemoryShelf(lambda: self.now)
        self.rooms = self._furnish(vault, LoginSettings())
        self.desk = LoginDesk(self.rooms)
        self.collected: list[Any] = []
        self.app.register_blueprint(routes(self.rooms))
        self._provider()

    def fill(self) -> None:
        with self.app.app_context():
            for client in (DIARY, OLYMP, TEACHERS):
                self.rooms.clients.add(client)
            self.rooms.directory.import_document(DOCUMENT, self.rooms.journal, SYSTEM)

    def _furnish(self, vault: Any, settings: LoginSettings) -> Neighbours:
        database, outside = self.database, self.outside
        journal = Journal(database, vault.fingerprints, outside)
        directory = Directory(database, vault.sealer, vault.fingerprints, outside.now)
        links = Links(database, vault.sealer, vault.fingerprints, journal, outside)
        policies = self.policies
        sessions = Sessions(database, outside, SessionSettings())
        prints = vault.fingerprints
        self.outbox = Outbox(database, vault.sealer, outside, MessageSettings())
        self.contacts = Contacts(database, vault.sealer, prints, journal, outside)
        return Neighbours(
            settings=settings,
            issuer=ISSUER,
            outside=outside,
            database=database,
            journal=journal,
            attempts=Attempts(self.shelf, vault.sealer, outside, settings),
            proofs=Proofs(self.shelf, settings.restart_within),
            errands=Errands(self.shelf, outside, settings.restart_within),
            form_keys=FormKeys(self.shelf, outside, lambda _seconds: None),
            screens=drawn_once(),
            cookies=Cookies(ISSUER),
            connectors={"esia": self.upstream},
            health=UpstreamHealth(self.shelf, outside.now),
            planned=PlannedWorks(database, outside, None),
            policies=policies,
            clients=ClientStore(database, outside.now, timedelta(seconds=0)),
            directory=directory,
            links=links,
            matcher=Matcher(directory, links, policies, outside.now),
            synchronise=Synchronise(directory, self.contacts, journal),
            changes=Changes(
                database, directory, links, policies, journal, outside.now, self._end_resting(sessions, journal), self._tell
            ),
            places={"school": "/school"},
            standing=Standing(directory, links, policies, ("esia",), outside.now),
            consents=Consents(database, outside, ConsentSettings()),
            askings=Askings(database, outside, ConsentSettings()),
            end_session=lambda session_id, cause, actor: sessions.end(session_id, journal, cause, actor),
            end_others=lambda *_about: None,
            sessions=sessions,
            subjects=vault.subjects,
            limits=Limits(database, prints, outside.now),
            tries=LimitSettings(),
            guesses=Guesses(Limits(database, prints, outside.now), LimitSettings()),
            known=KnownDevices(prints, outside),
            numbers=Numbers(Cases(database, prints, journal, outside), self.shelf, prints, outside.now),
            credentials=Credentials(database, directory, journal, outside, PasswordHash(outside.random, CHEAP)),
            invitations=Invitations(database, prints, directory, journal, outside),
            contacts=self.contacts,
            phone_codes=PhoneCodes(self.shelf, vault.sealer, prints, outside),
            drafts=Drafts(self.shelf, vault.sealer),
            cases=Cases(database, prints, journal, outside),
            outbox=self.outbox,
            notices=Notices(self.outbox, self._confirmed),
            delays=Delays(database, MessageSettings(), outside.now),
        )

    def _tell(self, person_id: str, kind: str, language: str) -> None:
        self.told.append((person_id, kind, language))

    def _end_resting(self, sessions: Sessions, journal: Journal) -> Any:
        def end(person_id: str, connector: str, levels: Any, cause: str) -> None:
            for one in sessions.of_person(person_id):
                if one.connector == connector and one.level in levels:
                    sessions.end(one.id, journal, cause, SYSTEM)

        return end

    def _confirmed(self, person_id: str) -> list[tuple[Channel, str]]:
        return [(Channel.MAIL, found.value) for found in self.contacts.of(person_id) if found.confirmed_at is not None]

    def _provider(self) -> None:
        """As much of a provider as a login needs: it starts, and it collects."""
        names = self.rooms.cookies

        @self.app.get("/start")
        def start() -> Any:
            session = self.rooms.sessions.current(request.cookies.get(names.name_of("session")))
            if isinstance(self.desk.standing(self.asked, session), Ready):
                return "ready"
            started = self.desk.start(self.asked, "/resume", request.cookies.get(names.name_of("browser")))
            response = redirect(started.path, 303)
            if started.browser_cookie:
                response.set_cookie(names.name_of("browser"), started.browser_cookie, **names.flags())
            return response

        @self.app.get("/resume")
        def resume() -> Any:
            found = self.desk.collect(request.args["attempt"], request.cookies.get(names.name_of("browser")))
            self.collected.append(found)
            if found is None:
                return "nothing", 400
            return redirect(f"https://rp.example/?{'error=' + found.error if found.error else 'code=1'}", 303)

    def browser(self, language: str = "ru") -> Browser:
        return Browser(self, language)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        with self.app.app_context():
            return [(entry.record.name, dict(entry.record.fields)) for entry in self.rooms.journal.tail(1000)]


def _nothing(_request: Any) -> Any:
    raise AssertionError("nothing is sent here")


class Browser:
    """Cookies, and redirects followed inside the house only. `url` is where it stands."""

    def __init__(self, house: House, language: str):
        self.house = house
        self.client = house.app.test_client()
        self.language = language
        self.url = ""
        self.trail: list[str] = []

    def get(self, url: str, **options: Any) -> Any:
        return self._go("GET", url, **options)

    def post(self, url: str, **fields: str) -> Any:
        return self._go("POST", url, data=fields)

    def _go(self, method: str, url: str, follow: bool = True, **options: Any) -> Any:
        headers = {"Accept-Language": self.language} | options.pop("headers", {})
        answer = self.client.open(url.removeprefix(ISSUER), method=method, base_url=ISSUER, headers=headers, **options)
        self.url = url.removeprefix(ISSUER)
        self.trail.append(self.url)
        target = answer.headers.get("Location", "")
        if follow and 300 <= answer.status_code < 400 and target.startswith("/"):
            return self._go("GET", target)
        return answer

    def start(self) -> Any:
        return self.get("/start")

    def press(self) -> dict[str, str]:
        """Press the Gosuslugi button of the page it stands on; what the upstream is asked."""
        page = self.get(self.url)
        link = re.search(r'class="btn" href="([^"]*/to/esia)"', page.text)
        assert link, page.text
        answer = self.get(link.group(1))
        assert answer.status_code == 303 and answer.headers["Location"].startswith(UPSTREAM), answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def come_back(self, asked: dict[str, str], **parameters: str) -> Any:
        query = {"state": asked["state"], "code": "c"} | parameters
        return self.get(f"/login/return/esia?{urlencode(query)}")

    def sign_in(self) -> Any:
        self.start()
        return self.come_back(self.press())

    @property
    def attempt_id(self) -> str:
        return next(url for url in self.trail if re.fullmatch(r"/login/[\w-]{20,}", url)).removeprefix("/login/")

    def form_key(self, page: Any) -> str:
        found = re.search(r'name="form_key" value="([^"]+)"', page.text)
        assert found, page.text
        return found.group(1)


def code_of(page: Any) -> int | None:
    """The cause code a page shows, None if it shows none."""
    found = re.search(r'class="code">(\d{4})<', page.text)
    return int(found.group(1)) if found else None


def case_of(page: Any) -> str | None:
    found = re.search(r'class="code">(\d{4}-\d{4})<', page.text)
    return found.group(1) if found else None


def button_of(page: Any) -> str:
    found = re.search(r'class="btn" href="([^"]*)"', page.text)
    assert found, page.text
    return found.group(1).replace("&amp;", "&")
