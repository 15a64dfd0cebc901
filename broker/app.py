"""The composition root: the only file that knows every room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, g, request

from broker.account.pages import Belongings
from broker.account.routes import AccountRoom
from broker.account.routes import routes as account_routes
from broker.audit.catalogue import KeyMade
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.clients.store import ClientStore
from broker.connectors.esia.client import open_esia
from broker.connectors.port import Connector
from broker.consent.store import Consents
from broker.directory.directory import Directory
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import Outside, monotonic, real_outside
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.standing import Standing
from broker.login.attempts import Attempts
from broker.login.desk import LoginDesk
from broker.login.neighbours import Neighbours
from broker.login.routes import routes as login_routes
from broker.metrics.meters import Meters
from broker.metrics.routes import routes as metrics_routes
from broker.policy.policies import Policies, load_policies
from broker.provider.documents import ENDPOINTS
from broker.provider.rooms import ProviderRooms
from broker.provider.routes import MACHINE_VIEWS
from broker.provider.routes import routes as provider_routes
from broker.screens.errors import Answers
from broker.screens.forms import FormKeys
from broker.screens.own_pages import StatusPage
from broker.screens.render import Screens
from broker.screens.routes import routes as screens_routes
from broker.sessions.cookie import Cookies
from broker.sessions.store import Sessions
from broker.signout.sign_out import SignOut
from broker.storage.database import Database
from broker.storage.open_shelf import open_shelf
from broker.storage.shelf import Shelf
from broker.tokens.access import AccessTokens
from broker.tokens.codes import Codes
from broker.tokens.mint import Mint
from broker.tokens.store import Grants
from config.settings import Settings
from keys.vault import Vault, open_vault

# The largest honest body is an authorization request by POST; the largest honest form has some twenty fields.
MAX_BODY_BYTES = 65_536
MAX_FORM_PARTS = 100

# Upstreams by the name that login.connectors uses; the table is the only place that knows them all.
CONNECTORS: Mapping[str, Callable[[Settings, Outside], Connector]] = {
    "esia": lambda settings, outside: open_esia(settings.esia, outside),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The rooms, furnished and without doors to the street: what the command line and tests work in."""

    settings: Settings
    app: Flask
    outside: Outside
    meters: Meters
    database: Database
    shelf: Shelf
    vault: Vault
    journal: Journal
    clients: ClientStore
    directory: Directory
    policies: Policies
    links: Links
    sessions: Sessions
    consents: Consents
    grants: Grants
    sign_out: SignOut


def open_house(settings: Settings, outside: Outside | None = None) -> House:
    """Build every room that keeps or knows something. The tables must be there (`broker db upgrade`).

    Makes the keys that are missing, so a first start needs no further step.

    Raises:
        ValueError, PolicyFilesBroken: a setting or a region file is wrong; one sentence that names it.
    """
    outside = outside or real_outside(HttpSender(settings.http))
    app = Flask("broker", static_folder=None, template_folder=None)
    database = Database(app, settings.storage)
    vault = open_vault(settings.keys, database, outside)
    meters = Meters(settings.metrics)
    journal = Journal(database, vault.fingerprints, outside.now, meters.count_event)
    sessions = Sessions(database, outside, settings.sessions)
    grants = Grants(database, outside, sessions, vault.fingerprints.mac, settings.tokens)
    house = House(
        settings=settings,
        app=app,
        outside=outside,
        meters=meters,
        database=database,
        shelf=open_shelf(settings.shelf, database, outside.now),
        vault=vault,
        journal=journal,
        clients=ClientStore(database, outside.now, settings.clients.cache_for),
        directory=Directory(database, vault.sealer, vault.fingerprints, outside.now),
        policies=load_policies(settings.regions_directory),
        links=Links(database, vault.sealer, vault.fingerprints, journal, outside),
        sessions=sessions,
        consents=Consents(database, outside, settings.consent),
        grants=grants,
        sign_out=SignOut(database, sessions, grants, journal),
    )
    with app.app_context():
        _make_keys(house)
    return house


def _make_keys(house: House) -> None:
    # Keys are committed before the event that tells of them: an event about a key that never was would be worse.
    made = house.vault.ensure()
    if made:
        with house.database.work():
            for key in made:
                house.journal.append(KeyMade(kid=key.kid, state=key.state.value), SYSTEM)


def create_app(settings: Settings, outside: Outside | None = None) -> Flask:
    """The broker as a WSGI application: the house with its doors to the street."""
    return mounted(open_house(settings, outside)).app


def mounted(house: House) -> House:
    """Hang the doors in: every blueprint, the answers to errors, the meters of requests."""
    app, settings = house.app, house.settings
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    # Otherwise an address with a doubled slash is answered with a redirect to whatever host the request names.
    app.url_map.merge_slashes = False
    street = _street(house)
    login = _login_room(house, street)
    for blueprint in (
        metrics_routes(house.meters, _readiness(house)),
        screens_routes(street.screens, lambda: StatusPage(house.outside.now(), settings.screens.zone)),
        login_routes(login),
        provider_routes(_provider_room(house, street, login)),
        account_routes(_account_room(house, street)),
    ):
        app.register_blueprint(blueprint)
    Answers(street.screens, house.outside, lambda: request.endpoint in MACHINE_VIEWS).answer(app)
    scheme = urlsplit(settings.provider.issuer).scheme
    _settle_scheme(app, scheme)
    _watch(app, house.meters, scheme == "https")
    return house


@dataclass(frozen=True, slots=True)
class _Street:
    """What every HTTP room shares."""

    screens: Screens
    form_keys: FormKeys
    cookies: Cookies
    connectors: Mapping[str, Connector]
    standing: Standing


def _street(house: House) -> _Street:
    settings = house.settings
    connectors = {name: CONNECTORS[name](settings, house.outside) for name in settings.login.connectors}
    return _Street(
        screens=Screens(settings.screens),
        form_keys=FormKeys(house.shelf, house.outside),
        cookies=Cookies(settings.provider.issuer),
        connectors=connectors,
        standing=Standing(house.directory, house.links, house.policies, connectors, house.outside.now),
    )


def _login_room(house: House, street: _Street) -> Neighbours:
    settings = house.settings
    return Neighbours(
        settings=settings.login,
        issuer=settings.provider.issuer,
        outside=house.outside,
        database=house.database,
        journal=house.journal,
        attempts=Attempts(house.shelf, house.vault.sealer, house.outside, settings.login),
        form_keys=street.form_keys,
        screens=street.screens,
        cookies=street.cookies,
        connectors=street.connectors,
        policies=house.policies,
        clients=house.clients,
        directory=house.directory,
        links=house.links,
        matcher=Matcher(house.directory, house.links, house.policies, house.outside.now),
        standing=street.standing,
        consents=house.consents,
        sessions=house.sessions,
        end_session=house.sign_out.end_session,
    )


def _provider_room(house: House, street: _Street, login: Neighbours) -> ProviderRooms:
    settings, vault = house.settings, house.vault
    access = AccessTokens(vault.fingerprints.mac, house.outside, settings.tokens)

    def upstream_logout(connector: str, return_url: str) -> str | None:
        found = street.connectors.get(connector)
        return found.logout_url(return_url) if found else None

    return ProviderRooms(
        settings=settings.provider,
        outside=house.outside,
        database=house.database,
        shelf=house.shelf,
        vault=vault,
        jwks_max_age=settings.keys.jwks_max_age,
        journal=house.journal,
        clients=house.clients,
        policies=house.policies,
        directory=house.directory,
        standing=street.standing,
        consents=house.consents,
        sessions=house.sessions,
        cookies=street.cookies,
        grants=house.grants,
        codes=Codes(house.shelf, house.outside, settings.tokens),
        access=access,
        mint=Mint(settings.provider.issuer, vault, house.outside, access, settings.tokens),
        sign_out=house.sign_out,
        desk=LoginDesk(login),
        screens=street.screens,
        form_keys=street.form_keys,
        upstream_logout=upstream_logout,
    )


def _account_room(house: House, street: _Street) -> AccountRoom:
    return AccountRoom(
        database=house.database,
        sessions=house.sessions,
        standing=street.standing,
        cookies=street.cookies,
        belongings=Belongings(house.clients, house.directory, house.links, house.consents),
        grants=house.grants,
        journal=house.journal,
        screens=street.screens,
        form_keys=street.form_keys,
        zone_of=lambda region: house.policies.of_region(region).zone_info,
        sign_out_url=ENDPOINTS["end_session_endpoint"],
    )


def _readiness(house: House) -> Mapping[str, Callable[[], bool]]:
    return {
        "database": house.database.answers,
        "shelf": house.shelf.answers,
        "signing_key": house.vault.ring.can_sign,
        "policy": lambda: all(policy.period_on(policy.local_day(house.outside.now())) for policy in house.policies.all()),
    }


def _settle_scheme(app: Flask, scheme: str) -> None:
    """TLS ends at a proxy, so every request comes in the clear; that the world speaks https to us is what the issuer says."""
    inner = app.wsgi_app

    def settled(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = scheme
        return inner(environ, start_response)

    app.wsgi_app = settled  # type: ignore[method-assign]


def _watch(app: Flask, meters: Meters, is_https: bool) -> None:
    @app.before_request
    def begin() -> None:
        g.begun_at = monotonic()

    @app.after_request
    def end(response: Response) -> Response:
        meters.count_request(request.endpoint or "none", response.status_code, monotonic() - g.begun_at)
        if is_https:
            # RFC 6797 6.1: two years, as the preload lists ask.
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response
