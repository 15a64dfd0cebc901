"""A real OpenID Provider over HTTP that a test makes misbehave in one thing at a time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from joserfc import jwt

from broker.connectors.oidc.client import OidcUpstream, open_oidc
from broker.connectors.oidc.settings import OidcSettings
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import Outside
from broker.foundation.settings import HttpSettings
from examples.region_id.app import Region, RegionSettings, create_region
from tests.support.clock import Clock
from tests.support.serving import address_of, bound, serving

RETURN = "http://127.0.0.1:9/login/return/region"
SURE = "https://region-id.example/checked"

# From the body of an answer to another one: (JSON object) -> anything, or a whole answer (status, headers, body).
Spoil = Callable[[dict[str, Any]], Any]


@dataclass
class OddRegion:
    """`spoils` by path. `settings` are those of an honest connector."""

    issuer: str
    region: Region
    settings: OidcSettings
    clock: Clock
    app: Any
    spoils: dict[str, Spoil] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def upstream(self, **changes: Any) -> OidcUpstream:
        """A connector that has never spoken to it."""
        outside = Outside(self.clock.now, secrets.token_bytes, HttpSender(HttpSettings()))
        return open_oidc("region", replace(self.settings, **changes), outside)

    def return_of(self, address: str, login: str = "orlova", decision: str = "allow") -> dict[str, str]:
        """What the browser brings back after a person has signed in there."""
        asked = dict(parse_qsl(urlsplit(address).query))
        form = asked | {"login": login, "password": "demo", "decision": decision}
        answer = requests.post(f"{self.issuer}/authorize", data=form, allow_redirects=False, timeout=30)
        assert 303 == answer.status_code, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def trip(self, upstream: OidcUpstream | None = None, login: str = "orlova", **parameters: str) -> Any:
        """There and back; `parameters` replace what the browser brings."""
        upstream = upstream or self.upstream()
        leg = upstream.begin(RETURN)
        return upstream.complete(self.return_of(leg.url, login) | parameters, leg, RETURN)

    def resigned(self, header: Mapping[str, Any] | None = None, key: Any = None, **changes: Any) -> Spoil:
        """Tokens whose ID token has other claims (None: without) or another header, signed again."""

        def spoil(answer: dict[str, Any]) -> dict[str, Any]:
            opened = jwt.decode(answer["id_token"], self.region.key, algorithms=["ES256"])
            claims = {name: value for name, value in (opened.claims | changes).items() if value is not None}
            new_header = {name: value for name, value in (opened.header | (header or {})).items() if value is not None}
            token = jwt.encode(new_header, claims, key or self.region.key, algorithms=[new_header["alg"]])
            return answer | {"id_token": token}

        return spoil

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """The application between the network and the honest provider."""
        path = environ["PATH_INFO"]
        self.asked.append(path)
        spoil = self.spoils.get(path)
        caught: dict[str, Any] = {}

        def hold(status: str, headers: list[tuple[str, str]], *_more: Any) -> None:
            caught.update(status=status, headers=headers)

        body = b"".join(self.app(environ, hold if spoil else start))
        if spoil is None:
            return [body]
        said = spoil(json.loads(body))
        status, headers, new = said if isinstance(said, tuple) else ("200 OK", {"Content-Type": "application/json"}, said)
        raw = new if isinstance(new, bytes) else json.dumps(new).encode()
        start(status, [*headers.items(), ("Content-Length", str(len(raw)))])
        return [raw]


@contextmanager
def odd_region(folder: Path) -> Iterator[OddRegion]:
    clock, listener = Clock(), bound()
    issuer, secret = address_of(listener), secrets.token_urlsafe(16)
    (folder / "region.secret").write_text(secret + "\n", encoding="utf-8")
    app = create_region(RegionSettings(issuer, RETURN, secret), clock.now)
    settings = region_settings(issuer, folder / "region.secret")
    built = OddRegion(issuer, app.extensions["region"], settings, clock, app)
    with serving(listener, built):
        yield built


def region_settings(issuer: str, secret_file: Path) -> OidcSettings:
    return OidcSettings(
        issuer=issuer,
        title_ru="Регион-ID",
        title_en="Region ID",
        client_id="school-signin",
        client_secret_file=str(secret_file),
        claims=CLAIMS,
        checked=("snils=snils_verified", "email=email_verified"),
        levels=(f"{SURE}=confirmed",),
        algorithms=("ES256",),
    )


CLAIMS = (
    "surname=family_name", "name=given_name", "patronymic=middle_name", "birth_date=birthdate", "sex=gender",
    "email=email", "snils=snils",
)  # fmt: skip
