"""A small relying party of the tests' own: it signs as ESIA wants and follows the stand's redirects."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from gostcrypto import gosthash, gostsignature
from gostcrypto.gostsignature.gost_34_10_2012 import GOST34102012

FIXTURES = Path(__file__).with_name("fixtures")
CLIENT = "SCHOOL_SIGNIN"
RETURN = "http://127.0.0.1:8000/callback"
SCOPE = "openid fullname birthdate gender snils email mobile"
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CURVE = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"]


def pem_body(name: str) -> bytes:
    lines = (FIXTURES / name).read_text("ascii").splitlines()
    return base64.b64decode("".join(line for line in lines if not line.startswith("-----")))


CERTIFICATE = pem_body("client_certificate.pem")
# The last 32 octets of this PKCS#8 are the private number, little-endian.
PRIVATE = pem_body("client_key.pem")[-32:][::-1]
CERTIFICATE_HASH = bytes(gosthash.new("streebog256", data=bytearray(CERTIFICATE)).digest()).hex().upper()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON):
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class _Signer(GOST34102012):
    """The library with Python's own inverse: these tests sign a thousand times."""

    def _add(self, x_1: int, x_2: int, y_1: int, y_2: int) -> tuple[int, int]:
        same = (x_1, y_1) == (x_2, y_2)
        rise, run = (3 * x_1 * x_1 + self._a, 2 * y_1) if same else (y_2 - y_1, x_2 - x_1)
        slope = rise * pow(run, -1, self._p) % self._p
        x_3 = (slope * slope - x_1 - x_2) % self._p
        return x_3, (slope * (x_1 - x_3) - y_1) % self._p


def raw_signature(text: str) -> bytes:
    """64 bytes, s||r, as ESIA wants them."""
    return raw_signature_of(text.encode())


def raw_signature_of(octets: bytes) -> bytes:
    """The same over octets."""
    digest = gosthash.new("streebog256", data=bytearray(octets)).digest()[::-1]
    made = bytes(_Signer(gostsignature.MODE_256, CURVE).sign(bytearray(PRIVATE), bytearray(digest)))
    return made[32:] + made[:32]


def text_of(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def stamp(at: datetime) -> str:
    return at.strftime("%Y.%m.%d %H:%M:%S %z")


def claims_of(token: str) -> dict:
    return json.loads(_unpadded(token.split(".")[1]))


def header_of(token: str) -> dict:
    return json.loads(_unpadded(token.split(".")[0]))


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


AC_ORDER = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
TE_ORDER = (*AC_ORDER, "code")


def signed(fields: dict[str, str], order: tuple[str, ...] = AC_ORDER) -> dict[str, str]:
    secret = text_of(raw_signature("".join(fields.get(name, "") for name in order)))
    return {**fields, "client_secret": secret}


@dataclass
class Party:
    """One relying party and one browser at one stand."""

    app: Flask
    clock: Clock

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()

    def ask(self, **other: str) -> dict[str, str]:
        """Unsigned parameters of an authorization request."""
        return {
            "client_id": CLIENT, "scope": SCOPE, "response_type": "code", "access_type": "online", "redirect_uri": RETURN,
            "state": str(uuid.uuid4()), "timestamp": stamp(self.clock()), "client_certificate_hash": CERTIFICATE_HASH,
        } | other

    def authorize(self, fields: dict, path: str = "/aas/oauth2/v2/ac") -> object:
        return self.browser.get(path, query_string=fields)

    def told(self) -> dict:
        """The newest entry of the stand's journal."""
        return self.app.test_client().get("/api/log").get_json()["requests"][0]

    def sign_in(self, login: str, decision: str = "allow", **other: str) -> dict[str, str]:
        """The whole way of a browser; the answer is what came back to the client."""
        return self.walk(self.authorize(signed(self.ask(**other))), login, decision)

    def walk(self, answer: object, login: str, decision: str = "allow") -> dict[str, str]:
        """From the answer of the authorization endpoint on."""
        for _ in range(6):
            address = answer.headers.get("Location", "")
            if address.startswith(RETURN):
                return query_of(address)
            if address:
                shown = self.browser.get(address)
                if shown.status_code in (302, 303):
                    answer = shown
                    continue
                key = query_of(address)["request"]
                if address.partition("?")[0].endswith("/login"):
                    form = {"login": login, "password": "demo"}
                    answer = self.browser.post("/login", data={"request": key, **form})
                else:
                    answer = self.browser.post("/consent", data={"request": key, "decision": decision})
                continue
            break
        raise AssertionError(f"the browser is lost: {answer.status_code} {answer.text[:200]}")

    def exchange_fields(self, code: str, **other: str) -> dict[str, str]:
        return {
            "client_id": CLIENT, "code": code, "grant_type": "authorization_code", "redirect_uri": RETURN, "scope": SCOPE,
            "state": str(uuid.uuid4()), "timestamp": stamp(self.clock()), "token_type": "Bearer",
            "client_certificate_hash": CERTIFICATE_HASH,
        } | other

    def token(self, fields: dict[str, str], path: str = "/aas/oauth2/v3/te") -> object:
        return self.app.test_client().post(path, data=fields)

    def tokens(self, login: str, **other: str) -> dict:
        """Sign in and exchange the code; the parsed answer of the token endpoint."""
        code = self.sign_in(login, **other)["code"]
        scope = {"scope": other["scope"]} if "scope" in other else {}
        answer = self.token(signed(self.exchange_fields(code, **scope), TE_ORDER))
        assert 200 == answer.status_code, answer.text
        return answer.get_json()

    def read(self, path: str, access_token: str) -> object:
        return self.app.test_client().get(path, headers={"Authorization": f"Bearer {access_token}"})
