"""The endpoints themselves, with everything behind them: any bytes are answered, and never by a 500."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from broker.foundation.encoding import ascii_query
from tests.fuzz.door import Door
from tests.fuzz.doors import FORM
from tests.rooms.provider.every_thing import KINDS, Bench
from tests.rooms.provider.stand import ISSUER

BASIC = {"Authorization": "Basic " + base64.b64encode(b"diary:wrong").decode()}


class NotAnswered(Exception):
    """An endpoint has failed."""


def house_doors(folder: Path) -> Mapping[str, Door]:
    """Doors of a house built in an empty folder, with somebody signed in."""
    bench = Bench(folder)
    bench.stand.app.testing = False
    inner = bench.stand.app.wsgi_app

    def settled(environ: dict[str, Any], start: Any) -> Any:
        # As the composition does it (broker/app.py); a test over HTTP shows that it does.
        environ["QUERY_STRING"] = ascii_query(environ["QUERY_STRING"])
        return inner(environ, start)

    bench.stand.app.wsgi_app = settled  # type: ignore[method-assign]
    things = {name: make(bench).encode() for name, make in KINDS.items()}
    browser = bench.browser()
    client = browser.client
    tokens = tuple(b"token=" + thing for thing in things.values())
    asked = urlencode(bench.party.parameters()).encode()
    grants = tuple(urlencode(form).encode() for form in _grants(things))
    proof = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_id": "signer"}
    signed = urlencode(proof).encode() + b"&client_assertion=" + things["client assertion"]
    brought = b"&request=" + things["request object"]
    return {
        "GET /authorize": _door(partial(_query, client, "/authorize"), (asked, b"client_id=signer" + brought)),
        "POST /authorize": _door(partial(_form, client, "/authorize"), (asked,)),
        "POST /par": _door(partial(_form, client, "/par"), (asked + b"&" + signed, signed + brought)),
        "POST /token": _door(partial(_form, client, "/token"), grants),
        "POST /introspect": _door(partial(_form, client, "/introspect"), tuple(token + b"&" + signed for token in tokens)),
        "POST /revoke": _door(partial(_form, client, "/revoke"), tuple(token + b"&" + signed for token in tokens)),
        "POST /device_authorization": _door(partial(_form, client, "/device_authorization"), (signed + b"&scope=openid",)),
        "GET /userinfo": _door(partial(_header, client, "/userinfo", "Authorization"),
                               tuple(b"Bearer " + thing for thing in things.values())),
        "DPoP at /token": _door(partial(_header, client, "/token", "DPoP"), (things["DPoP proof"],)),
        "GET /end_session": _door(partial(_query, client, "/end_session"),
                                  tuple(b"id_token_hint=" + thing for thing in things.values())),
        "cookies": _door(partial(_header, client, "/authorize?" + asked.decode(), "Cookie"),
                         (b"session-8000=" + things["session cookie"], b"a=b; session-8000=x")),
    }  # fmt: skip


def _grants(things: Mapping[str, bytes]) -> list[dict[str, str]]:
    kinds = {"refresh_token": "refresh token", "code": "code", "device_code": "device code", "subject_token": "access token"}
    return [{"grant_type": name, name: things[kind].decode(), "client_id": "kiosk"} for name, kind in kinds.items()]


def _door(reads: Callable[[bytes], object], seeds: tuple[bytes, ...]) -> Door:
    return Door(reads, (), seeds, 1)


def _answered(answer: Any) -> None:
    if answer.status_code >= 500:
        raise NotAnswered(str(answer.status_code))


def _query(client: Any, path: str, data: bytes) -> None:
    environ = {"QUERY_STRING": data.decode("latin-1")}
    _answered(client.get(path, base_url=ISSUER, environ_overrides=environ))


def _form(client: Any, path: str, data: bytes) -> None:
    _answered(client.post(path, base_url=ISSUER, data=data, content_type=FORM))


def _header(client: Any, path: str, name: str, data: bytes) -> None:
    value = data.replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
    environ = {f"HTTP_{name.upper()}": value}
    send = client.post if path == "/token" else client.get
    more = {"data": b"grant_type=client_credentials", "content_type": FORM} if path == "/token" else {}
    _answered(send(path, base_url=ISSUER, environ_overrides=environ, **more))
