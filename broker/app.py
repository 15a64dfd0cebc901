"""The composition root: with house.py and doors.py the only files that know every room."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Request, Response, current_app, request
from flask import Request as FlaskRequest
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter, Rule

from broker.account.email_routes import email_routes
from broker.account.routes import routes as account_routes
from broker.console.after_restore import opens_at, wait_out
from broker.console.developers.routes import routes as developer_routes
from broker.console.school.routes import routes as school_routes
from broker.console.security.api import NAME as SECURITY_API
from broker.console.security.api import api_routes as security_api_routes
from broker.console.security.routes import routes as security_routes
from broker.developer_door import developer_room
from broker.doors import Street, account_room, besides_letters, email_room, login_room, provider_room, street_of
from broker.foundation.encoding import ascii_query
from broker.foundation.outside import Outside, monotonic
from broker.house import House, open_house
from broker.login.routes import routes as login_routes
from broker.login.upstream_health import DIRECTORY
from broker.metrics.meters import Meters
from broker.metrics.routes import routes as metrics_routes
from broker.provider.routes import MACHINE_VIEWS
from broker.provider.routes import routes as provider_routes
from broker.provisioning.routes import routes as provisioning_routes
from broker.provisioning_door import provisioning_room
from broker.registration.routes import MACHINE_VIEWS as REGISTRATION_VIEWS
from broker.registration.routes import routes as registration_routes
from broker.registration_door import registration_room
from broker.school_door import school_room
from broker.screens.errors import Answers
from broker.screens.own_pages import StatusPage
from broker.screens.routes import routes as screens_routes
from broker.security_door import security_room, token_door
from broker.upstream_door import titles_of, told_of
from config.settings import Settings

_log = logging.getLogger(__name__)

# The largest honest body is an authorization request by POST; the largest honest form has some twenty fields.
MAX_BODY_BYTES = 65_536
MAX_FORM_PARTS = 100

# Where a request says when it came.
_BEGUN_AT = "school_signin.begun_at"
# Where serve.py finds the couriers of its worker in `Flask.extensions`.
COURIER = "school_signin_courier"


def create_app(settings: Settings, outside: Outside | None = None) -> Flask:
    """The broker as a WSGI application: the house with its doors to the street. Its couriers are there and do not go yet."""
    house = mounted(open_house(settings, outside))
    house.app.extensions[COURIER] = house.new_couriers(besides_letters(house)) if settings.messages.courier else None
    return house.app


def mounted(house: House) -> House:
    """Hang the doors in: every blueprint, the answers to errors, the meters of requests."""
    app, settings = house.app, house.settings
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    # Otherwise an address with a doubled slash is answered with a redirect to whatever host the request names.
    app.url_map.merge_slashes = False
    app.ensure_sync = _as_it_is  # type: ignore[assignment, method-assign]
    app.session_interface = _NoSessions()
    app.create_url_adapter = _AddressesOnce(app).adapter  # type: ignore[method-assign]
    app.request_class = _Asked
    street = street_of(house)
    login = login_room(house, street)
    provider, security = provider_room(house, street, login), security_room(house, street)
    for blueprint in (
        metrics_routes(house.meters, _readiness(house), _details(house, street)),
        screens_routes(street.screens, _state_of(house, street)),
        login_routes(login),
        provider_routes(provider),
        account_routes(account_room(house, street)),
        email_routes(email_room(house, street)),
        school_routes(school_room(house, street)),
        developer_routes(developer_room(house, street)),
        security_routes(security),
        security_api_routes(security, token_door(provider)),
        provisioning_routes(provisioning_room(house)),
        registration_routes(registration_room(house)),
    ):
        app.register_blueprint(blueprint)
    Answers(street.screens, house.outside, _is_for_programs).answer(app)
    scheme = urlsplit(settings.provider.issuer).scheme
    _settle_address(app, scheme)
    if scheme == "https" and not settings.limits.proxies:
        _log.warning(
            "limits.proxies is 0 and the issuer is https: behind a proxy everybody counts as one address; "
            "set it to the number of your proxies that write X-Forwarded-For"
        )
    elif scheme == "https":
        # Otherwise every try would be counted for the proxy. Only as many entries are believed as proxies of ours have written.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.limits.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    _watch(app, house.meters, scheme == "https")
    if (until := opens_at(house)) is not None:
        wait_out(app, street.screens, house.outside.now, until, _is_for_programs)
    return house


def _is_for_programs() -> bool:
    endpoint = request.endpoint or _of_another_method()
    return endpoint in MACHINE_VIEWS | REGISTRATION_VIEWS or endpoint.startswith(f"{SECURITY_API}.")


def _of_another_method() -> str:
    """The endpoint of an address that was asked by a method it does not take, "" for no such address."""
    refused = request.routing_exception
    addresses = current_app.create_url_adapter(request)
    if addresses is None or not isinstance(refused, MethodNotAllowed) or not refused.valid_methods:
        return ""
    return str(addresses.match(method=next(iter(refused.valid_methods)))[0])


def _state_of(house: House, street: Street) -> Callable[[], StatusPage]:
    """What `/status` says: trouble of any upstream or of the directory, planned work."""
    screens, health, titles = house.settings.screens, street.health, titles_of(house.settings)

    def state() -> StatusPage:
        now = house.outside.now()
        troubles = [(name, since) for name in street.connectors if (since := health.trouble_since(name)) is not None]
        others = tuple((titles[name], since) for name, since in troubles if name in titles)
        since = min((since for name, since in troubles if name not in titles), default=None)
        return StatusPage(now, screens.zone, since, house.planned.announced(now), health.trouble_since(DIRECTORY), others)

    return state


def _details(house: House, street: Street) -> Mapping[str, Callable[[], object]]:
    """What `/readyz` says besides: upstreams; keys by state, and the seconds until the next planned move."""

    def keys() -> object:
        ahead, states = house.key_office.moves.look()
        return {"states": states, "next_move_seconds": None if math.isinf(ahead) else round(ahead)}

    return {"upstreams": told_of(street.health, street.connectors), "keys": keys}


def _readiness(house: House) -> Mapping[str, Callable[[], bool]]:
    until = opens_at(house)
    waited = {} if until is None else {"waited_after_restore": lambda: house.outside.now() >= until}
    return {
        **waited,
        "database": house.database.answers,
        "shelf": house.shelf.answers,
        "signing_key": house.vault.ring.can_sign,
        "policy": lambda: all(policy.period_on(policy.local_day(house.outside.now())) for policy in house.policies.all()),
    }


class _NoSessions(SessionInterface):
    """Flask's own sessions, which nobody here has: it would look for their key at every request."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """What refuses to be written to."""
        return _NOBODYS

    def is_null_session(self, obj: object) -> bool:
        """All are, so nothing is kept."""
        return True


_NOBODYS = NullSession()


class _Asked(FlaskRequest):
    """Of which blueprints it is, Flask asks three times; it is worked out once. The route is known by then."""

    @cached_property
    def blueprints(self) -> list[str]:
        """The present one and those around it."""
        return super().blueprints


_KnownRoutes = dict[tuple[str, str], Rule]


class _Routes(MapAdapter):
    """Finds again at once where an address without variable parts leads; `known` is what has been found so, by path and method.

    Hosts do not count in our map, which does not change while we run. Only an address as its rule has it is kept, so there are no
    more of them than rules.
    """

    known: _KnownRoutes

    def match(self, *args: Any, **kwargs: Any) -> Any:
        """As the framework's, which asks without arguments but `return_rule`."""
        if args or kwargs != _FOR_A_RULE:
            return super().match(*args, **kwargs)
        asked = self.path_info, self.default_method
        rule = self.known.get(asked)
        if rule is not None:
            return rule, {}
        rule, values = super().match(return_rule=True)
        if not values and self.path_info == rule.rule and self.default_method in (rule.methods or ()):
            self.known[asked] = rule
        return rule, values


_FOR_A_RULE = {"return_rule": True}


class _AddressesOnce:
    """The host of a request is checked and taken apart once a name: Flask does it twice a request, and there are few names."""

    _MOST = 64

    def __init__(self, app: Flask):
        self._usual, self._url_map = app.create_url_adapter, app.url_map
        self._known: dict[tuple[str, ...], tuple[str, MapAdapter]] = {}
        self._routes: _KnownRoutes = {}
        # What Flask makes without a request.
        self._nobodys = app.create_url_adapter(None)

    def adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the route of a request; exactly what Flask would have made."""
        if request is None:
            return self._nobodys
        environ = request.environ
        said = environ.get
        if said("SCRIPT_NAME") or "HTTP_UPGRADE" in environ:
            return self._usual(request)
        name = said("wsgi.url_scheme", ""), said("HTTP_HOST", ""), said("SERVER_NAME", ""), said("SERVER_PORT", "")
        known = self._known.get(name)
        if known is None:
            made = self._usual(request)
            if made is not None and len(self._known) < self._MOST:
                self._known[name] = request.host, made
            return made
        request.host, like = known
        about = like.server_name, like.script_name, like.subdomain, like.url_scheme
        path = said("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        found = _Routes(self._url_map, *about, path, environ["REQUEST_METHOD"], environ["QUERY_STRING"])
        found.known = self._routes
        return found


def _as_it_is(view: Callable[..., Any]) -> Callable[..., Any]:
    """Flask asks of every function at every request whether it is a coroutine (`Flask.ensure_sync`); we have none."""
    return view


def _settle_address(app: Flask, scheme: str) -> None:
    """Note when a request has come. TLS ends at a proxy, so all come in the clear; that we speak https is what the issuer says.

    Not every server keeps away bytes that an address may not hold, and the framework ends with an error where it reads them.
    """
    inner = app.wsgi_app

    def settled(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[_BEGUN_AT] = monotonic()
        environ["wsgi.url_scheme"] = scheme
        environ["QUERY_STRING"] = ascii_query(environ.get("QUERY_STRING", ""))
        return inner(environ, start_response)

    app.wsgi_app = settled  # type: ignore[method-assign]


def _watch(app: Flask, meters: Meters, is_https: bool) -> None:
    @app.after_request
    def end(response: Response) -> Response:
        # What `request` stands for, asked once.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        meters.count_request(asked.endpoint or "none", response.status_code, monotonic() - asked.environ[_BEGUN_AT])
        if is_https:
            # RFC 6797 6.1: two years, as the preload lists ask.
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response
