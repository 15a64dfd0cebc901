"""What is measured, as any relying party would do it: addresses come from discovery, every answer is checked."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from bench.wire import Unexpected, Wire, target_of

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Subject:
    """One provider under measurement: where it is, and the client registered there."""

    name: str
    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scope: str

    def wire(self, cookies: Mapping[str, str]) -> Wire:
        parts = urlsplit(self.issuer)
        return Wire(parts.hostname or "", parts.port or 80, dict(cookies))

    def discovery(self) -> dict[str, str]:
        status, _headers, body = self.wire({}).ask("GET", "/.well-known/openid-configuration")
        if status != 200:
            raise Unexpected(f"{self.name}: discovery answered {status}")
        found: dict[str, str] = json.loads(body)
        return found


# Signs somebody in from the beginning at an address, in a browser that knows nothing; where it ends, and the cookies then.
Walk = Callable[[str], tuple[str, Mapping[str, str]]]


@dataclass(slots=True)
class User:
    """One virtual user with a live session. Every operation does one thing and raises Unexpected when it did not work."""

    subject: Subject
    wire: Wire
    endpoints: Mapping[str, str]
    walk: Walk
    tokens: dict[str, str] = field(default_factory=dict)
    _verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def authorization_target(self) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.subject.client_id,
            "redirect_uri": self.subject.redirect_uri,
            "scope": self.subject.scope,
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return target_of(self.endpoints["authorization_endpoint"]) + "?" + urlencode(asked)

    def sign_in_again(self) -> None:
        """The session lives: authorization request -> 302 with a code -> tokens, with PKCE and the client's secret."""
        status, headers, _body = self.wire.ask("GET", self.authorization_target())
        location = headers.get("Location", "")
        if status not in (302, 303) or not location.startswith(self.subject.redirect_uri):
            raise Unexpected(f"{self.subject.name}: the authorization request answered {status}")
        self.redeem(parse_qs(urlsplit(location).query)["code"][0])

    def sign_in_anew(self) -> None:
        """No session yet: every page and redirect of a whole sign-in, then the code for tokens."""
        location, cookies = self.walk(self.subject.issuer + self.authorization_target())
        self.wire.cookies = dict(cookies)
        self.redeem(parse_qs(urlsplit(location).query)["code"][0])

    def redeem(self, code: str) -> None:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.subject.redirect_uri}
        self.tokens = self._token_request({**form, "code_verifier": self._verifier})
        if "id_token" not in self.tokens:
            raise Unexpected(f"{self.subject.name}: no ID token")

    def refresh(self) -> None:
        """The next link of this user's chain of rotated refresh tokens."""
        old = self.tokens["refresh_token"]
        self.tokens = self._token_request({"grant_type": "refresh_token", "refresh_token": old})
        if self.tokens.get("refresh_token") in (None, old):
            raise Unexpected(f"{self.subject.name}: the refresh token was not rotated")

    def userinfo(self) -> None:
        headers = {"Authorization": "Bearer " + self.tokens["access_token"]}
        status, _headers, body = self.wire.ask("GET", target_of(self.endpoints["userinfo_endpoint"]), None, headers)
        if status != 200 or "name" not in json.loads(body):
            raise Unexpected(f"{self.subject.name}: userinfo answered {status}")

    def client_credentials(self) -> None:
        """A token for the client itself."""
        if "access_token" not in self._token_request({"grant_type": "client_credentials"}):
            raise Unexpected(f"{self.subject.name}: no token for the client")

    def introspect(self) -> None:
        """The client asks about its own access token."""
        found = self._post("introspection_endpoint", {"token": self.tokens["access_token"]})
        if found.get("active") is not True:
            raise Unexpected(f"{self.subject.name}: the token is not active")

    def discovery(self) -> None:
        self._document("/.well-known/openid-configuration", b'"issuer"')

    def jwks(self) -> None:
        self._document(target_of(self.endpoints["jwks_uri"]), b'"keys"')

    def _document(self, target: str, expected: bytes) -> None:
        status, _headers, body = self.wire.ask("GET", target)
        if status != 200 or expected not in body:
            raise Unexpected(f"{self.subject.name}: {target} answered {status}")

    def _token_request(self, form: Mapping[str, str]) -> dict[str, str]:
        return self._post("token_endpoint", form)

    def _post(self, endpoint: str, form: Mapping[str, str]) -> dict[str, str]:
        # RFC 6749 2.3.1: both halves are form-encoded before they are joined.
        pair = f"{quote(self.subject.client_id, safe='')}:{quote(self.subject.client_secret, safe='')}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode(), "Content-Type": FORM}
        target = target_of(self.endpoints[endpoint])
        status, _headers, body = self.wire.ask("POST", target, urlencode(form).encode(), headers)
        if status != 200:
            raise Unexpected(f"{self.subject.name}: {target} answered {status}")
        found: dict[str, str] = json.loads(body)
        return found


OPERATIONS: Mapping[str, Callable[[User], None]] = {
    "repeat sign-in": User.sign_in_again,
    "refresh": User.refresh,
    "userinfo": User.userinfo,
    "introspection": User.introspect,
    "client_credentials": User.client_credentials,
    "discovery": User.discovery,
    "jwks": User.jwks,
    # The last, because it leaves sessions behind.
    "full sign-in": User.sign_in_anew,
}
# What is set beside an empty view, and how many times that it may cost.
AT_MOST = {"introspection": 2.5, "userinfo": 2.5, "client_credentials": 2.5}
# What may cost no more than the peer's own.
NO_DEARER = frozenset({"repeat sign-in", "refresh"})
