"""One rehearsed sign-in: the service begins, we answer its request as the line wants, and ask it whether somebody is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from broker.clients.client import Client
from broker.console.readiness.lines import Line, Pens
from broker.console.readiness.visitor import Lost, Visitor
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.signout.logout_token import EVENT
from broker.tokens.mint import at_hash
from broker.tokens.rehearsal import LIFE, Prepared, Rehearsals

# In place of the way a person was recognised: a service that looks can tell a rehearsal from a sign-in.
ACR = "urn:school-signin:rehearsal"
_ABOUT = {
    "name": "Проверка Готовности",
    "family_name": "Проверка",
    "given_name": "Готовности",
    "school": {"id": "rehearsal", "name": "Проверка готовности", "class": "1А", "region": "29"},
    "diary_roles": ["pupil"],
    "region": "29",
    "children": [],
}


@dataclass(frozen=True, slots=True)
class Request:
    """What the service asked at our authorization endpoint."""

    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    scope: str


@dataclass(frozen=True, slots=True)
class Who:
    """The invented person of one rehearsal, as one service knows it."""

    sub: str
    sid: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Where rehearsals of one service happen. `login_url` is where it starts a sign-in, `state_url` where it says who is in."""

    client: Client
    issuer: str
    login_url: str
    state_url: str
    outside: Outside
    rehearsals: Rehearsals
    pens: Pens
    new_visitor: Callable[[], Visitor]

    def rehearse(self, line: Line) -> tuple[Visitor, Who, bool]:
        """Sign in as the line says: the visitor, who it is, and whether the service took the answer.

        Raises:
            Lost: the service did not lead on; the text says where.
        """
        visitor = self.new_visitor()
        began = self.login_url + ("&" if "?" in self.login_url else "?") + urlencode({"iss": self.issuer})
        asked = self._read(visitor.until(began, self.issuer + "/"))
        who = Who(f"rehearsal-{self.outside.token(12)}", f"rehearsal-{self.outside.token(12)}")
        code = self.rehearsals.new_code(self._prepared(line, asked, who))
        back = {"code": code, "state": asked.state, "iss": self.issuer} | dict(line.back or {})
        mark = "&" if "?" in asked.redirect_uri else "?"
        visitor.arrive(asked.redirect_uri + mark + urlencode(back))
        return visitor, who, visitor.is_in(self.state_url)

    def _read(self, url: str) -> Request:
        found = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if found.get("client_id") != self.client.client_id:
            raise Lost("asks in the name of another client")
        if "request" in found or "request_uri" in found or found.get("response_mode", "query") != "query":
            raise Lost("pushes or signs its requests: not rehearsed")
        for name in ("state", "nonce", "code_challenge"):
            if not found.get(name):
                raise Lost(f"its request has no {name}")
        if not self.client.may_redirect_to(found.get("redirect_uri", "")) or found.get("code_challenge_method") != "S256":
            raise Lost("its redirect_uri or PKCE method is wrong")
        return Request(
            found["redirect_uri"], found["state"], found["nonce"], found["code_challenge"], found.get("scope", "openid")
        )

    def _prepared(self, line: Line, asked: Request, who: Who) -> Prepared:
        access_token = self.rehearsals.new_access_token({**_ABOUT, "sub": who.sub, **(line.about or {})})
        right = self._right(asked, who, access_token)
        sign = getattr(self.pens, line.pen)
        answer = {
            "access_token": access_token,
            "token_type": "DPoP" if self.client.dpop_bound_access_tokens else "Bearer",
            "expires_in": int(LIFE.total_seconds()),
            "scope": asked.scope,
            "id_token": sign({**right, **line.claims(right)}),
        }
        return Prepared(self.client.client_id, asked.redirect_uri, asked.code_challenge, answer)

    def _right(self, asked: Request, who: Who, access_token: str) -> Mapping[str, Any]:
        now = int(self.outside.now().timestamp())
        return {
            "iss": self.issuer,
            "sub": who.sub,
            "aud": self.client.client_id,
            "iat": now,
            "exp": now + int(LIFE.total_seconds()),
            "auth_time": now,
            "acr": ACR,
            "sid": who.sid,
            "nonce": asked.nonce,
            "at_hash": at_hash(access_token, self.pens.algorithm),
        }

    def logout_token(self, who: Who, *, is_forged: bool) -> str:
        """A logout token about this invented person (Back-Channel Logout 1.0, 2.4)."""
        now = int(self.outside.now().timestamp())
        claims = {
            "iss": self.issuer, "sub": who.sub, "aud": self.client.client_id, "iat": now, "exp": now + int(LIFE.total_seconds()),
            "jti": b64url(self.outside.random(16)), "sid": who.sid,
            "events": {EVENT: {}},
        }  # fmt: skip
        return self.pens.logout(claims, is_forged=is_forged)
