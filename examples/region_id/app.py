"""«Регион-ID»: a second way in for the demo, a small OpenID Provider of an invented region for invented people.

It uses nothing of the broker's code. The broker knows it by settings alone (docs/operator.md, "Other upstreams"). Start by hand:

    REGION_ISSUER=http://127.0.0.1:8006 REGION_CLIENT_SECRET=... REGION_RETURN=http://127.0.0.1:8000/login/return/region \
    gunicorn --chdir examples/region_id --workers 1 --threads 4 --bind 127.0.0.1:8006 'app:create_region()'

One worker process: keys and codes are kept in its memory. For demonstrations and tests only: everybody's password is `demo`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import ECKey

PEOPLE = Path(__file__).with_name("people.json")
CODE_SECONDS, TOKEN_SECONDS = 60, 600
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class RegionSettings:
    """`return_url` is the one address that answers may go to."""

    issuer: str
    return_url: str
    client_secret: str
    client_id: str = "school-signin"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> RegionSettings:
        """Read `REGION_*` variables. Raises KeyError that names the missing one."""
        return cls(environ["REGION_ISSUER"], environ["REGION_RETURN"], environ["REGION_CLIENT_SECRET"])


@dataclass(frozen=True, slots=True)
class Given:
    """What a code or an access token stands for."""

    person: Mapping[str, Any]
    nonce: str
    challenge: str
    ends_at: int


class Region:
    """The provider: its key, its people, the codes and tokens it has given."""

    def __init__(self, settings: RegionSettings, now: Callable[[], datetime]):
        self.settings = settings
        self.now = now
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
        self.people = {person["login"]: person for person in json.loads(PEOPLE.read_text(encoding="utf-8"))}
        self._lock = threading.Lock()
        self._codes: dict[str, Given] = {}
        self._tokens: dict[str, Given] = {}

    def instant(self) -> int:
        return int(self.now().timestamp())

    def find_person(self, login: str, password: str) -> Mapping[str, Any] | None:
        person = self.people.get(login.strip())
        return person if person is not None and hmac.compare_digest(password.encode(), b"demo") else None

    def new_code(self, person: Mapping[str, Any], nonce: str, challenge: str) -> str:
        return self._keep(self._codes, Given(person, nonce, challenge, self.instant() + CODE_SECONDS))

    def new_token(self, given: Given) -> str:
        return self._keep(self._tokens, Given(given.person, "", "", self.instant() + TOKEN_SECONDS))

    def take_code(self, code: str, verifier: str) -> Given | None:
        """A code is good once, for whoever knows the verifier behind its challenge (RFC 7636 4.6)."""
        with self._lock:
            given = self._codes.pop(code, None)
        if given is None or given.ends_at <= self.instant():
            return None
        return given if hmac.compare_digest(_b64(hashlib.sha256(verifier.encode()).digest()), given.challenge) else None

    def of_token(self, token: str) -> Given | None:
        with self._lock:
            given = self._tokens.get(token)
        return given if given is not None and given.ends_at > self.instant() else None

    def id_token(self, given: Given, access_token: str) -> str:
        """OpenID Connect Core 2. How sure the provider is of its people is in `acr`."""
        at = self.instant()
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.settings.issuer,
            "aud": self.settings.client_id,
            "sub": given.person["claims"]["sub"],
            "iat": at,
            "exp": at + TOKEN_SECONDS,
            "auth_time": at,
            "nonce": given.nonce,
            "at_hash": _b64(half),
            "acr": given.person["acr"],
            "amr": ["pwd"],
        }
        return jwt.encode({"alg": "ES256", "kid": self.key.kid, "typ": "JWT"}, claims, self.key)

    def _keep(self, kept: dict[str, Given], given: Given) -> str:
        word = secrets.token_urlsafe(32)
        with self._lock:
            if len(kept) >= MOST_KEPT:
                kept.pop(next(iter(kept)))
            kept[word] = given
        return word


def create_region(
    settings: RegionSettings | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Flask:
    """The provider as a WSGI application; without `settings` those of the environment. Its state is in `extensions["region"]`."""
    region = Region(settings or RegionSettings.of(os.environ), now)
    app = Flask("region_id", template_folder=str(Path(__file__).with_name("templates")), static_folder=None)
    app.extensions["region"] = region
    _published(app, region)
    _for_people(app, region)
    _for_programs(app, region)
    return app


def _published(app: Flask, region: Region) -> None:
    @app.get("/.well-known/openid-configuration")
    def discovery() -> ResponseReturnValue:
        own = region.settings.issuer
        return jsonify(
            issuer=own,
            authorization_endpoint=f"{own}/authorize",
            token_endpoint=f"{own}/token",
            userinfo_endpoint=f"{own}/userinfo",
            end_session_endpoint=f"{own}/leave",
            jwks_uri=f"{own}/jwks",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["ES256"],
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["client_secret_basic"],
            authorization_response_iss_parameter_supported=True,
        )

    @app.get("/jwks")
    def jwks() -> ResponseReturnValue:
        return jsonify(keys=[region.key.as_dict(private=False)])

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return "ok\n"

    @app.get("/people.json")
    def people() -> ResponseReturnValue:
        return jsonify(people=[{"password": "demo", **person} for person in region.people.values()])


def _for_people(app: Flask, region: Region) -> None:
    @app.get("/authorize")
    def ask() -> ResponseReturnValue:
        wrong = _wrong_request(region, request.args)
        return (wrong, 400) if wrong else render_template("login.html", asked=request.args, people=region.people.values())

    @app.post("/authorize")
    def sign_in() -> ResponseReturnValue:
        asked = request.form
        wrong = _wrong_request(region, asked)
        if wrong:
            return wrong, 400
        if asked.get("decision") == "deny":
            return _back(region, asked, error="access_denied")
        person = region.find_person(asked.get("login", ""), asked.get("password", ""))
        if person is None:
            page = render_template("login.html", asked=asked, people=region.people.values(), is_wrong=True)
            return page, 401
        return _back(region, asked, code=region.new_code(person, asked.get("nonce", ""), asked["code_challenge"]))

    @app.get("/leave")
    def leave() -> ResponseReturnValue:
        # Nobody stays signed in here, so there is nothing to end.
        own = region.settings.return_url.split("/login/")[0]
        onward = request.args.get("post_logout_redirect_uri", "")
        return redirect(onward, 303) if onward.startswith(own + "/") else render_template("left.html")


def _for_programs(app: Flask, region: Region) -> None:
    @app.post("/token")
    def token() -> ResponseReturnValue:
        own, proof = region.settings, request.authorization
        said = f"{proof.username}:{proof.password}" if proof is not None else ""
        if not hmac.compare_digest(said.encode(), f"{own.client_id}:{own.client_secret}".encode()):
            return jsonify(error="invalid_client"), 401
        given = region.take_code(request.form.get("code", ""), request.form.get("code_verifier", ""))
        if given is None or request.form.get("redirect_uri") != own.return_url:
            return jsonify(error="invalid_grant"), 400
        access_token = region.new_token(given)
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return jsonify(id_token=region.id_token(given, access_token), **answer), 200, {"Cache-Control": "no-store"}

    @app.get("/userinfo")
    def userinfo() -> ResponseReturnValue:
        given = region.of_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if given is None:
            return jsonify(error="invalid_token"), 401
        return jsonify(given.person["claims"])


def _wrong_request(region: Region, asked: Mapping[str, str]) -> str:
    """Why a request is not answered; the address is checked first, so that no stranger gets one."""
    own = region.settings
    if asked.get("client_id") != own.client_id or asked.get("redirect_uri") != own.return_url:
        return "This service is not registered here.\n"
    if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        return "Only the code flow with PKCE is possible here.\n"
    return ""


def _back(region: Region, asked: Mapping[str, str], **answer: str) -> ResponseReturnValue:
    """RFC 9207 2: every answer says whose it is."""
    own = region.settings
    return redirect(f"{own.return_url}?{urlencode({**answer, 'state': asked.get('state', ''), 'iss': own.issuer})}", 303)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
