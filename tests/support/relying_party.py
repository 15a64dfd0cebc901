"""A relying party of the tests' own: authorization code with PKCE, tokens checked with joserfc (not our own code)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@dataclass
class Request:
    """One authorization request under way."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass
class RelyingParty:
    """A client as registered, speaking to the issuer found by discovery."""

    issuer: str
    client_id: str
    secret: str | None
    redirect_uri: str
    scope: str = "openid profile"
    http: requests.Session = field(default_factory=requests.Session)

    def discovery(self) -> dict[str, Any]:
        answer = self.http.get(f"{self.issuer}/.well-known/openid-configuration", timeout=30)
        assert 200 == answer.status_code
        found: dict[str, Any] = answer.json()
        return found

    def begin(self, **extra: str) -> Request:
        """A fresh authorization request with its own state, nonce and verifier."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | extra
        return Request(f"{self.discovery()['authorization_endpoint']}?{urlencode(parameters)}", state, nonce, verifier)

    def answer(self, url: str, request: Request) -> dict[str, str]:
        """What came back to the redirect address; state and issuer (RFC 9207) are checked."""
        parts = urlsplit(url)
        assert url.startswith(self.redirect_uri), url
        found = dict(parse_qsl(parts.query, strict_parsing=True))
        assert (request.state, self.issuer) == (found["state"], found["iss"])
        return found

    def redeem(self, code: str, request: Request) -> requests.Response:
        """The token request, as it stands."""
        return self.token(
            grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, code_verifier=request.verifier
        )

    def token(self, **form: str) -> requests.Response:
        """Any token request with this client's own authentication."""
        auth = (self.client_id, self.secret) if self.secret else None
        if not self.secret:
            form["client_id"] = self.client_id
        return self.http.post(self.discovery()["token_endpoint"], data=form, auth=auth, timeout=30)

    def id_claims(self, tokens: dict[str, Any], nonce: str | None) -> dict[str, Any]:
        """The verified claims of an ID token (OpenID Connect Core 3.1.3.7)."""
        keys = KeySet.import_key_set(self.http.get(self.discovery()["jwks_uri"], timeout=30).json())
        token = jwt.decode(tokens["id_token"], keys, algorithms=ALGORITHMS)
        expected = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self.client_id}}
        jwt.JWTClaimsRegistry(**expected, sub={"essential": True}).validate_iss(token.claims["iss"])
        assert (self.issuer, self.client_id, nonce) == (token.claims["iss"], token.claims["aud"], token.claims.get("nonce"))
        return dict(token.claims)

    def userinfo(self, access_token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.http.get(self.discovery()["userinfo_endpoint"], headers=headers, timeout=30)
