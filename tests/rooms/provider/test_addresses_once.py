"""The route of a request is found exactly as Flask finds it, though its host is taken apart once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.test import EnvironBuilder

from broker.app import _AddressesOnce

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "https://Broker.example.ru/authorize?client_id=diary", {}),
    ("POST", "https://Broker.example.ru/token", {}),
    ("GET", "https://broker.example.ru:8443/вход/%F0%9F%98%80?x=%ff", {}),
    ("GET", "http://127.0.0.1:8000/", {}),
    ("GET", "http://127.0.0.1:8000//two", {}),
    ("GET", "http://127.0.0.1:8000/x", {"SCRIPT_NAME": "/under"}),
    ("GET", "http://127.0.0.1:8000/x", {"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade"}),
    ("GET", "http://127.0.0.1:8000/x", {"HTTP_HOST": "a" * 70 + ".ru"}),
    ("GET", "http://127.0.0.1:8000/x", {"HTTP_HOST": "a..b"}),
    ("GET", "http://127.0.0.1:8000/x", {"HTTP_HOST": ""}),
]


def said(app: Flask, environ: dict[str, Any], adapter: Any) -> object:
    request = app.request_class(dict(environ))
    try:
        made: MapAdapter = adapter(request)
    except HTTPException as refused:
        return type(refused)
    return {name: value for name, value in vars(made).items() if name not in ("map", "known")} | {"host": request.host}


@pytest.mark.parametrize(("method", "address", "changes"), REQUESTS)
def test_as_flask_does(method: str, address: str, changes: dict[str, Any]) -> None:
    app = Flask("addresses")
    once = _AddressesOnce(app)
    for _, other, _more in REQUESTS:
        said(app, EnvironBuilder(base_url=other.partition("?")[0]).get_environ(), once.adapter)
    environ = EnvironBuilder(path=address, method=method).get_environ() | changes

    usual = said(app, environ, app.create_url_adapter)

    assert [usual, usual] == [said(app, environ, once.adapter) for _ in range(2)]


ASKED = [
    ("GET", "/plain"), ("HEAD", "/plain"), ("get", "/plain"), ("POST", "/plain"), ("GET", "//plain"), ("GET", "/plain/"),
    ("GET", "/folder"), ("GET", "/folder/"), ("GET", "/of/7"), ("GET", "/of/<number>"), ("GET", "/first"), ("GET", "/nowhere"),
    ("GET", "/away"), ("OPTIONS", "/plain"),
]  # fmt: skip


def test_a_route_that_is_found_again_is_the_one_that_flask_finds() -> None:
    app = Flask("addresses")
    app.url_map.merge_slashes = False
    for rule, more in (("/plain", {}), ("/folder/", {}), ("/of/<number>", {}), ("/first", {"defaults": {"number": 1}})):
        app.add_url_rule(rule, rule, print, **more)
    app.add_url_rule("/away", "away", redirect_to="/plain")
    once = _AddressesOnce(app)

    def found(adapter: Any, method: str, path: str) -> object:
        environ = EnvironBuilder(path="/x").get_environ() | {"REQUEST_METHOD": method, "PATH_INFO": path}
        request = app.request_class(environ)
        try:
            rule, values = adapter(request).match(return_rule=True)
        except HTTPException as refused:
            return type(refused), getattr(refused, "new_url", "")
        return rule, values

    for method, path in ASKED * 2:
        assert found(app.create_url_adapter, method, path) == found(once.adapter, method, path), (method, path)
    kept = {("/plain", method) for method in ("GET", "HEAD", "OPTIONS")} | {("/folder/", "GET")}
    assert kept == set(once._routes)


def test_invented_hosts_are_not_all_remembered() -> None:
    app = Flask("addresses")
    once = _AddressesOnce(app)

    for number in range(200):
        said(app, EnvironBuilder(base_url=f"http://h{number}.example.ru/").get_environ(), once.adapter)

    assert len(once._known) == once._MOST
