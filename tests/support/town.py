"""A town for journeys: the broker and the mock ESIA as real servers on loopback, under one clock that the test moves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from broker.app import mounted
from broker.audit.event import SYSTEM
from broker.clients.client import Client
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.console.people_actions import PeopleDesk
from broker.directory.access_import import AccessImport
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import Outside
from broker.house import House, open_house
from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings
from config.load import load_settings
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.databases import upgraded, upgraded_file
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.serving import address_of, bound, serving

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "examples" / "demo" / "directory.json"
MNEMONIC = "TESTIS01"
ALL_SCOPES = ("openid", "profile", "email", "phone", "snils", "school", "children", "offline_access")
BUTTONS = ("Войти через Госуслуги", "Sign in with Gosuslugi")
# Nobody listens there: a journey stops when the browser is sent to a relying party, and looks at the address.
RP_HOST = "http://127.0.0.1:9/"


@dataclass
class Town:
    """Addresses, the open house for looking inside, the people of the mock ESIA and the secrets of the clients."""

    issuer: str
    esia: str
    house: House
    clock: Clock
    people: Mapping[str, Mapping[str, Any]]
    secrets: Mapping[str, str]
    # Where the broker really listens, when `changes` have given it another issuer.
    address: str = ""

    def restart_broker(self) -> None:
        """As after a new start of the process: nothing in memory survives, database and shelf do. The address stays."""
        before = self.house
        self.house = mounted(open_house(before.settings, before.outside))
        before.database.close()

    def arm(self, endpoint: str, fault: str, times: int = 1, seconds: float = 12) -> None:
        """Make the mock ESIA misbehave in the next requests (broker/mock_esia/faults); `seconds` is the wait of `slow`."""
        fields = {"endpoint": endpoint, "fault": fault, "times": times, "seconds": seconds}
        armed = requests.post(f"{self.esia}/faults", json=fields, timeout=30)
        assert 200 == armed.status_code, armed.text

    def relying_party(
        self, client_id: str = "diary", scope: str = "openid profile school children offline_access"
    ) -> RelyingParty:
        """A client as registered at the start: `diary` (first party), `olymp` (third party), `kiosk` (public, first party)."""
        return RelyingParty(self.issuer, client_id, self.secrets.get(client_id), f"{RP_HOST}{client_id}", scope)

    def sign_in(self, browser: Browser, login: str, url: str, region: str = "", until: str = "") -> Page:
        """From an authorization request through region, mock ESIA and back, the way a person would press.

        Stops at the relying party's address, before an address that begins with `until`, or at a page that asks or says
        something else.
        """
        page = browser.open(url, follow=False)
        for _ in range(25):
            if until and page.headers.get("location", "").startswith(until):
                return page
            following = self._press(browser, page, self.people[login], region)
            if following is None:
                return page
            page = following
        raise AssertionError(f"the sign-in goes round in circles at {page.url}")

    def _press(self, browser: Browser, page: Page, person: Mapping[str, Any], region: str) -> Page | None:
        if 300 <= page.status < 400:
            target = urljoin(page.url, page.headers["location"])
            return None if target.startswith(RP_HOST) else browser.open(target, follow=False)
        if page.url.startswith(self.esia):
            return self._at_esia(browser, page, person)
        if page.status != 200 or page.forms_with("decision"):
            return None
        for link in page.links:
            if link.text in BUTTONS or (region and region in link.text):
                return browser.open(link.url, follow=False)
        return browser.press(page, "Выбрать", follow=False) if region and page.has_link("Выбрать") else None

    def _at_esia(self, browser: Browser, page: Page, person: Mapping[str, Any]) -> Page | None:
        if page.forms_with("login", "password"):
            form = page.form("login", "password")
            return browser.submit(form, follow=False, login=person["login"], password=person["password"])
        if page.forms_with("decision"):
            decision = "deny" if person["expect"].get("code") == "2103" else "allow"
            return browser.submit(page.form("decision"), follow=False, decision=decision)
        return None


def variables_for(folder: Path, addresses: tuple[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a town's broker: everything of it in one folder."""
    issuer, esia = addresses
    return {
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_PROVIDER__ISSUER": issuer,
        "BROKER_STORAGE__URL": f"sqlite:///{folder}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(folder / "master.key"),
        "BROKER_ESIA__BASE_URL": esia,
        "BROKER_ESIA__ISSUER": f"{esia}/",
        "BROKER_ESIA__CLIENT_ID": MNEMONIC,
        "BROKER_ESIA__CERTIFICATE_FILE": str(folder / "esia-client.cer"),
        "BROKER_ESIA__PRIVATE_KEY_FILE": str(folder / "esia-client.key"),
        "BROKER_ESIA__ESIA_CERTIFICATE_FILES": str(folder / "esia.cer"),
        **changes,
    }


def settings_for(folder: Path, addresses: tuple[str, str], changes: Mapping[str, str]) -> Any:
    """The settings of a town."""
    return load_settings(variables_for(folder, addresses, changes))


@contextmanager
def town(folder: Path, clock: Clock, changes: Mapping[str, str] | None = None) -> Iterator[Town]:
    """Build a town in an empty folder and tear it down afterwards. `changes` are BROKER_ variables."""
    outside_of_esia = Outside(now=clock.now, random=secrets.token_bytes, send=_no_network)
    certificate = make_demo_certificate(folder, outside_of_esia)
    with ExitStack() as stack:
        at_esia, at_broker = bound(), bound()
        esia, address = address_of(at_esia), address_of(at_broker)
        issuer = (changes or {}).get("BROKER_PROVIDER__ISSUER", address)
        stack.enter_context(serving(at_esia, mock_esia(folder, certificate.certificate_file.read_bytes(), (esia, issuer), clock)))
        (folder / "esia.cer").write_bytes(requests.get(f"{esia}/public/esia.cer", timeout=30).content)
        settings = settings_for(folder, (issuer, esia), changes or {})
        make_tables(settings)
        house = mounted(open_house(settings, replace(outside_of_esia, send=HttpSender(settings.http))))
        with house.app.app_context():
            kept = furnish(house)
        people = {person["login"]: person for person in requests.get(f"{esia}/people.json", timeout=30).json()["people"]}
        built = Town(issuer, esia, house, clock, people, kept, address)
        # Looked up at every request, so that a restarted broker is at the same address.
        stack.enter_context(serving(at_broker, lambda environ, start: built.house.app(environ, start)))
        stack.callback(lambda: built.house.database.close())
        yield built


def make_tables(settings: Any) -> None:
    """What `broker db upgrade` does; a new SQLite file begins as a copy of one that has been upgraded."""
    file = Path(settings.storage.url.removeprefix("sqlite:///"))
    if settings.storage.url.startswith("sqlite:///") and not file.exists():
        file.write_bytes(upgraded_file())
    else:
        upgraded(settings.storage)


def people_desk(house: House) -> PeopleDesk:
    """What `broker people import` works with."""
    access = AccessImport(house.credentials, house.invitations, house.contacts)
    return PeopleDesk(house.database, house.directory, house.links, house.policies, house.journal, access)


def furnish(house: House) -> Mapping[str, str]:
    """Demo people and three clients; returns the clients' secrets."""
    desk = people_desk(house)
    desk.import_document(json.loads(DIRECTORY.read_text(encoding="utf-8")), SYSTEM, is_dry_run=False)
    kept = {}
    for client in CLIENTS:
        house.clients.add(client)
        if client.token_endpoint_auth_method != "none":
            overlap = house.settings.clients.secret_overlap
            kept[client.client_id] = house.clients.new_secret(client.client_id, house.outside, overlap)
    return kept


def _client(client_id: str, name: str, **more: Any) -> Client:
    return Client(
        client_id=client_id,
        client_name=name,
        client_name_en=client_id.capitalize(),
        organisation="ООО «Пример»",
        redirect_uris=(f"{RP_HOST}{client_id}",),
        post_logout_redirect_uris=(f"{RP_HOST}{client_id}/bye",),
        grant_types=("authorization_code", "refresh_token"),
        scopes=ALL_SCOPES,
        **more,
    )


CLIENTS = (
    _client("diary", "Дневник", first_party=True, default_region="29"),
    _client("olymp", "Олимпиады", default_region="29", id_token_signed_response_alg="ES256"),
    _client("kiosk", "Киоск", first_party=True, token_endpoint_auth_method="none"),
)


def mock_esia(folder: Path, certificate: bytes, addresses: tuple[str, str], clock: Clock) -> Any:
    """The mock ESIA as an application that knows this broker; `addresses` are its own and the issuer."""
    esia, issuer = addresses
    client = MockClient(MNEMONIC, (certificate,), (f"{issuer}/",))
    (folder / "mock").mkdir()
    return create_mock_esia(MockSettings(esia, "test", (client,), folder / "mock"), clock.now)


def _no_network(_request: object) -> Any:
    raise AssertionError("nobody speaks to the network while a town is being built")
