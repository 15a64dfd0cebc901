"""A school diary that lets «Школьный вход» sign people in: a whole relying party in one file.

It uses nothing of the broker's code, only its public address (the issuer) and Authlib, as any diary service would.
Start it by hand after `broker clients add`:

    DIARY_ISSUER=http://127.0.0.1:8000 DIARY_CLIENT_ID=diary DIARY_CLIENT_SECRET=... DIARY_PORT=8002 \
    gunicorn --chdir examples/diary --workers 1 --threads 4 --bind 127.0.0.1:8002 'app:create_diary()'

One worker process, because the visits are kept in its memory. A real service would keep them in its database.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc6749 import OAuth2Token
from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

VISIT_SECONDS = 8 * 3600
MOST_VISITS = 1000
LOGOUT_SECONDS = 300
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class DiarySettings:
    """What a service is given when it is registered, and how it looks."""

    issuer: str
    client_id: str
    client_secret: str
    own_url: str
    port: int
    brand: str = "Дневник"
    look: str = "diary"
    scopes: str = "openid profile school children offline_access"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> DiarySettings:
        """Read `DIARY_*` variables. Raises KeyError that names the missing one."""
        port = int(environ.get("DIARY_PORT", "8002"))
        return cls(
            issuer=environ["DIARY_ISSUER"],
            client_id=environ["DIARY_CLIENT_ID"],
            client_secret=environ["DIARY_CLIENT_SECRET"],
            own_url=environ.get("DIARY_URL", f"http://127.0.0.1:{port}"),
            port=port,
            brand=environ.get("DIARY_BRAND", cls.brand),
            look=environ.get("DIARY_LOOK", cls.look),
            scopes=environ.get("DIARY_SCOPES", cls.scopes),
        )


class Remembered:
    """What this server remembers for a while: started sign-ins and visits. The browser holds only a random name of each.

    Tokens stay here: a cookie is too small for them, and a browser has no business with them.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}

    def set(self, key: str, value: Any, seconds: float) -> None:
        now = time.monotonic()
        self._kept = {name: entry for name, entry in list(self._kept.items())[-MOST_VISITS:] if entry[0] > now}
        self._kept[key] = (now + seconds, value)

    def get(self, key: str) -> Any:
        ends, value = self._kept.get(key, (0.0, None))
        return value if ends > time.monotonic() else None

    def delete(self, key: str) -> None:
        self._kept.pop(key, None)


@dataclass(slots=True)
class Visit:
    """One signed-in person in one browser: the tokens we got and what the broker told us about them."""

    token: OAuth2Token
    person: Mapping[str, Any]
    renewed: int = 0


def create_diary(environ: Mapping[str, str] | None = None) -> Flask:
    """Build the diary from `DIARY_*` variables."""
    settings = DiarySettings.of(os.environ if environ is None else environ)
    app = Flask("diary", root_path=os.path.dirname(os.path.abspath(__file__)))
    # Cookies know hosts but not ports, so the port is part of the name: two services on one host must not share.
    app.config.update(
        SECRET_KEY=secrets.token_hex(32),
        SESSION_COOKIE_NAME=f"diary_{settings.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.own_url.startswith("https://"),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    remembered = Remembered()
    oauth = OAuth(app, cache=remembered)
    broker = oauth.register(
        "broker",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        # Only the issuer is configured; every other address comes from discovery (OpenID Connect Discovery 4).
        server_metadata_url=settings.issuer + "/.well-known/openid-configuration",
        client_kwargs={"scope": settings.scopes, "code_challenge_method": "S256"},
    )
    app.context_processor(lambda: {"settings": settings})
    app.after_request(_guard)
    _sign_in_routes(app, settings, broker, remembered)
    _visit_routes(app, settings, broker, remembered)
    _problem_pages(app)
    return app


def _sign_in_routes(app: Flask, settings: DiarySettings, broker: Any, remembered: Remembered) -> None:
    @app.get("/sign-in")
    def sign_in() -> ResponseReturnValue:
        # The broker may send people here itself and says who it is (OpenID Connect Core 4).
        if request.args.get("iss", settings.issuer) != settings.issuer:
            return _problem("issuer", 400)
        # Authlib makes state, nonce and the PKCE verifier and keeps them on our side.
        return broker.authorize_redirect(settings.own_url + url_for("callback"), ui_locales="ru")

    @app.get("/callback")
    def callback() -> ResponseReturnValue:
        # The answer must come from the issuer we asked (RFC 9207 2.4); Authlib does not check this one for us.
        if request.args.get("iss") != settings.issuer:
            return _problem("issuer", 400)
        # Here Authlib checks state, sends code and PKCE verifier, and checks the ID token's signature, iss, aud, exp, nonce.
        token = broker.authorize_access_token()
        person = broker.userinfo(token=token)
        if person["sub"] != token["userinfo"]["sub"]:
            # OpenID Connect Core 5.3.2: claims of another subject must not be used.
            return _problem("subject", 502)
        session.clear()
        session["visit"] = secrets.token_urlsafe(32)
        remembered.set(session["visit"], Visit(token, person), VISIT_SECONDS)
        # By this name the broker says which visit is over.
        remembered.set("sid:" + token["userinfo"].get("sid", ""), session["visit"], VISIT_SECONDS)
        return redirect(url_for("home"), 303)


def _visit_routes(app: Flask, settings: DiarySettings, broker: Any, remembered: Remembered) -> None:
    renewing = threading.Lock()

    def visit_now() -> Visit | None:
        return remembered.get(session.get("visit", ""))

    @app.get("/")
    def home() -> ResponseReturnValue:
        visit = visit_now()
        return render_template("home.html", visit=visit, tokens=_readable(visit.token) if visit else None)

    @app.post("/renew")
    def renew() -> ResponseReturnValue:
        # Every refresh token works once, and the new one comes in the same answer (RFC 9700 4.14.2).
        # One at a time: a double click must not send the old token a second time, which looks like theft.
        with renewing:
            visit = visit_now()
            if visit is None or "refresh_token" not in visit.token:
                return redirect(url_for("home"), 303)
            fresh = broker.fetch_access_token(grant_type="refresh_token", refresh_token=visit.token["refresh_token"])
            token = OAuth2Token({**visit.token, **fresh})
            again = Visit(token, broker.userinfo(token=token), visit.renewed + 1)
            remembered.set(session["visit"], again, VISIT_SECONDS)
        return redirect(url_for("home"), 303)

    @app.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        visit = visit_now()
        remembered.delete(session.get("visit", ""))
        session.clear()
        if visit is None:
            return redirect(url_for("home"), 303)
        # Leaving only the diary would leave the next pupil at this computer one click away (RP-Initiated Logout 2).
        return broker.logout_redirect(
            post_logout_redirect_uri=settings.own_url + url_for("signed_out"),
            id_token_hint=visit.token.get("id_token"),
            client_id=settings.client_id,
        )

    @app.get("/signed-out")
    def signed_out() -> ResponseReturnValue:
        return render_template("signed_out.html")

    @app.get("/signed-in")
    def signed_in() -> ResponseReturnValue:
        # For `broker clients check`: it says nothing that the home page does not say to the same browser.
        return {"signed_in": visit_now() is not None}

    @app.post("/back-channel-logout")
    def back_channel_logout() -> ResponseReturnValue:
        # The broker tells our server, without a browser, that a visit is over (OpenID Connect Back-Channel Logout 1.0).
        try:
            claims = _logout_claims(broker, settings, request.form.get("logout_token", ""))
        except (JoseError, ValueError):
            return {"error": "invalid_request"}, 400
        if remembered.get("jti:" + claims["jti"]) is None:
            remembered.set("jti:" + claims["jti"], True, LOGOUT_SECONDS)
            remembered.delete(remembered.get("sid:" + claims["sid"]) or "")
        return "", {"Cache-Control": "no-store"}

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return "ok\n", {"Content-Type": "text/plain"}


def _logout_claims(broker: Any, settings: DiarySettings, unverified_token: str) -> dict[str, Any]:
    """Everything section 2.6 wants checked. Raises JoseError or ValueError."""
    algorithms = broker.load_server_metadata()["id_token_signing_alg_values_supported"]
    try:
        found = jwt.decode(unverified_token, KeySet.import_key_set(broker.fetch_jwk_set()), algorithms=algorithms)
    except ValueError:
        # A `kid` we do not know: the broker has new keys, so look once more.
        found = jwt.decode(unverified_token, KeySet.import_key_set(broker.fetch_jwk_set(force=True)), algorithms=algorithms)
    must = {"essential": True}
    jwt.JWTClaimsRegistry(
        leeway=60, iss={**must, "value": settings.issuer}, aud={**must, "value": settings.client_id},
        iat=must, exp=must, jti=must, sid=must,
    ).validate(found.claims)  # fmt: skip
    is_logout = LOGOUT_EVENT in found.claims.get("events", {}) and "nonce" not in found.claims
    # `typ` keeps an ID token from being taken for a logout token.
    if not is_logout or found.header.get("typ") != "logout+jwt":
        raise ValueError("not a logout token")
    return dict(found.claims)


def _problem_pages(app: Flask) -> None:
    @app.errorhandler(OAuthError)
    def refused(error: OAuthError) -> ResponseReturnValue:
        # Only codes we know reach the page: the rest of an error is text from outside.
        known = {"access_denied": "denied", "invalid_grant": "ended", "mismatching_state": "state"}
        return _problem(known.get(str(error.error), "other"), 400)

    @app.errorhandler(JoseError)
    def not_signed(_error: JoseError) -> ResponseReturnValue:
        return _problem("token", 502)

    @app.errorhandler(requests.RequestException)
    def unreachable(_error: requests.RequestException) -> ResponseReturnValue:
        return _problem("unreachable", 502)


def _problem(kind: str, status: int) -> ResponseReturnValue:
    return render_template("problem.html", kind=kind), status


def _guard(response: Any) -> Any:
    """Nothing from elsewhere, no script, no frame. No `form-action`: it would also stop the redirects of signing out."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _readable(token: Mapping[str, Any]) -> dict[str, Any]:
    """For the curious: what the tokens hold. The ID token was verified at sign-in; the others are opaque to us on purpose."""
    id_token = extract_compact(token["id_token"].encode())
    return {
        "header": json.dumps(id_token.headers(), ensure_ascii=False, indent=2),
        "claims": json.dumps(json.loads(id_token.payload), ensure_ascii=False, indent=2),
        "scope": token.get("scope", ""),
        "seconds_left": max(0, int(token.get("expires_at", 0) - time.time())),
        "renewable": "refresh_token" in token,
    }
