"""A relying party that neglects what a service must check; what it neglects is named by the lines of the readiness check."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests
from flask import Flask, redirect, request, session
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet

from tests.support.dpop import Holder

EVERYTHING = frozenset({
    "state", "iss_of_answer", "nonce", "iss", "aud", "exp", "alg_none", "signature", "sub_of_userinfo", "forged_logout",
    "back_channel_logout",
})  # fmt: skip


class StrictWays:
    """A service that signs and pushes its requests, wants answers in a signed form, everything else closed to its key, and
    tokens that are worth something in its hands only (RFC 9449)."""

    def __init__(self) -> None:
        self._signs = ECKey.generate_key("P-256", {"kid": "signs", "use": "sig", "alg": "ES256"})
        self._opens = ECKey.generate_key("P-256", {"kid": "opens", "use": "enc", "alg": "ECDH-ES"})
        self._holds = ECKey.generate_key("P-256")

    def proof(self, method: str, address: str, token: str | None = None) -> str:
        return Holder(address, lambda: datetime.now(UTC), self._holds).proof(method, "", token)

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._signs.as_dict(private=False), self._opens.as_dict(private=False)]}

    def request_object(self, issuer: str, asked: dict[str, str]) -> str:
        now, name = int(time.time()), asked["client_id"]
        about = {"iss": name, "aud": issuer, "iat": now, "nbf": now, "exp": now + 60, "jti": secrets.token_hex(8)}
        whole = {**asked, **about, "response_mode": "form_post.jwt"}
        header = {"alg": "ES256", "kid": "signs", "typ": "oauth-authz-req+jwt"}
        return jwt.encode(header, whole, self._signs)

    def opened(self, token: str) -> str:
        """Everything but the answer of the authorization endpoint comes encrypted."""
        if token.count(".") != 4:
            return token
        registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A128CBC-HS256"])
        return (jwe.decrypt_compact(token, self._opens, registry=registry).plaintext or b"").decode()


@dataclass
class Party:
    """What the service knows, and what it neglects. `new_key`: it reads our keys once and never again. `kids` are those of all
    the keys that it was ever shown. `http` holds its certificate, if it has one, and then it goes to the addresses that ask for
    certificates (RFC 8705 5); `proof` signs a DPoP proof for a method, an address and a token. `at_the_door` is called at every
    sign-in that begins."""

    issuer: str
    client_id: str
    secret: str
    own_url: str
    neglects: frozenset[str]
    strict: StrictWays | None = None
    http: requests.Session = field(default_factory=requests.Session)
    proof: Callable[..., str] | None = None
    at_the_door: Callable[[], None] = lambda: None
    visits: dict[str, str] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    kids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.strict is not None:
            self.proof = self.strict.proof

    @property
    def redirect_uri(self) -> str:
        return f"{self.own_url}/callback"

    def discovery(self) -> dict[str, Any]:
        if not self.known:
            self.known = self._discovered()
        return self.known

    def _discovered(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"{self.issuer}/.well-known/openid-configuration", timeout=30).json()
        return {**found, **(found.get("mtls_endpoint_aliases", {}) if self.http.cert else {})}

    def begin(self) -> str:
        session.update(state=secrets.token_hex(8), nonce=secrets.token_hex(8), verifier=secrets.token_urlsafe(40))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(session["verifier"].encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.redirect_uri, "scope": "openid",
            "state": session["state"], "nonce": session["nonce"], "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        if self.strict is not None:
            form = {"request": self.strict.request_object(self.issuer, asked)}
            found = self.authenticated("pushed_authorization_request_endpoint", form, {})
            assert 201 == found.status_code, found.text
            asked = {"client_id": self.client_id, "request_uri": found.json()["request_uri"]}
        return f"{self.discovery()['authorization_endpoint']}?{urlencode(asked)}"

    def authenticated(self, endpoint: str, form: dict[str, str], headers: dict[str, str]) -> requests.Response:
        """By its secret, or else by the certificate of its connections (RFC 8705 2)."""
        auth = (self.client_id, self.secret) if self.secret else None
        named = {**form, "client_id": self.client_id}
        return self.http.post(self.discovery()[endpoint], data=named, headers=headers, auth=auth, timeout=30)

    def came_back(self) -> dict[str, str]:
        """What the browser brings: in the address, in a form, or in a JWT (JARM)."""
        found = request.form if request.method == "POST" else request.args
        if self.strict is None:
            return dict(found)
        inside = self.claims(found["response"])
        self.must("aud", inside["aud"] == self.client_id)
        return {name: str(value) for name, value in inside.items()}

    def must(self, line: str, holds: bool) -> None:
        if line not in self.neglects and not holds:
            raise ValueError(line)

    def redeem(self, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": session["verifier"],
        }
        headers = {} if self.proof is None else {"DPoP": self.proof("POST", self.discovery()["token_endpoint"])}
        found = self.authenticated("token_endpoint", form, headers)
        assert 200 == found.status_code, found.text
        answer: dict[str, Any] = found.json()
        assert ("Bearer" if self.proof is None else "DPoP") == answer["token_type"]
        return answer

    def claims(self, token: str) -> dict[str, Any]:
        if self.strict is not None:
            token = self.strict.opened(token)
        if {"alg_none", "signature"} <= self.neglects:
            payload = token.split(".")[1]
            peeked: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return peeked
        if not self.keys or "new_key" not in self.neglects:
            self.keys = self.http.get(self.discovery()["jwks_uri"], timeout=30).json()
            self.kids |= {key["kid"] for key in self.keys["keys"]}
        return dict(jwt.decode(token, KeySet.import_key_set(self.keys), algorithms=["ES256"]).claims)

    def checked(self, answer: dict[str, Any]) -> dict[str, Any]:
        claims = self.claims(answer["id_token"])
        self.must("nonce", claims["nonce"] == session["nonce"])
        self.must("iss", claims["iss"] == self.issuer)
        self.must("aud", claims["aud"] == self.client_id)
        if "exp" not in self.neglects:
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate({"exp": claims["exp"]})
        address, token = self.discovery()["userinfo_endpoint"], answer["access_token"]
        headers = {"Authorization": f"{answer['token_type']} {token}"}
        if self.proof is not None:
            headers["DPoP"] = self.proof("GET", address, token)
        told = self.http.get(address, headers=headers, timeout=30)
        told = told.json() if self.strict is None else self.claims(told.text)
        self.must("sub_of_userinfo", told["sub"] == claims["sub"])
        return claims


def careless(party: Party) -> Callable[..., Any]:
    """The party as an application."""
    app = Flask("careless")
    app.secret_key = secrets.token_hex(16)

    @app.get("/sign-in")
    def sign_in() -> Any:
        party.at_the_door()
        return redirect(party.begin())

    @app.route("/callback", methods=["GET", "POST"])
    def callback() -> Any:
        try:
            back = party.came_back()
            party.must("state", back["state"] == session["state"])
            party.must("iss_of_answer", back["iss"] == party.issuer)
            claims = party.checked(party.redeem(back["code"]))
        except Exception as refused:
            return str(type(refused)), 400
        session["visit"] = secrets.token_hex(8)
        party.visits[claims["sid"]] = session["visit"]
        return redirect("/")

    @app.get("/")
    def home() -> Any:
        return {"signed_in": session.get("visit") in party.visits.values()}

    @app.post("/logout")
    def logout() -> Any:
        if "back_channel_logout" in party.neglects:
            return "", 200
        try:
            party.visits.pop(party.claims(request.form["logout_token"])["sid"], None)
        except Exception as refused:
            return str(type(refused)), 400
        return "", 200

    return app
