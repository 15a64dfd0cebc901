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
from broker.tokens.confirmation import Confirmation
from broker.tokens.envelope import Envelopes, NoEncryptionKey
from broker.tokens.mint import at_hash
from broker.tokens.rehearsal import LIFE, Invented, Prepared, Rehearsals
from broker.tokens.rehearsal_wire import Asked, Unusable, Wire

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
    """What the service asked at our authorization endpoint. `confirmation` is the key it wants the code bound to, "" for none."""

    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    scope: str
    mode: str
    confirmation: str


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
    wire: Wire
    envelopes: Envelopes
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
        self._answer(visitor, asked, back)
        return visitor, who, visitor.is_in(self.state_url)

    def _answer(self, visitor: Visitor, asked: Request, back: Mapping[str, str]) -> None:
        try:
            sent = self.wire.written(self.client, asked.mode, back)
        except Unusable as unusable:
            raise Lost(str(unusable)) from unusable
        fields = urlencode(sent.fields)
        if sent.is_form:
            visitor.arrive(asked.redirect_uri, fields.encode("ascii"))
        else:
            visitor.arrive(asked.redirect_uri + ("&" if "?" in asked.redirect_uri else "?") + fields)

    def _read(self, url: str) -> Request:
        query = urlsplit(url).query
        if parse_qs(query).get("client_id") != [self.client.client_id]:
            raise Lost("asks in the name of another client")
        resolved = self._resolved(query)
        found = resolved.values
        for name in ("state", "nonce", "code_challenge"):
            if not found.get(name):
                raise Lost(f"its request has no {name}")
        if not self.client.may_redirect_to(found.get("redirect_uri", "")) or found.get("code_challenge_method") != "S256":
            raise Lost("its redirect_uri or PKCE method is wrong")
        return Request(
            found["redirect_uri"], found["state"], found["nonce"], found["code_challenge"], found.get("scope", "openid"),
            resolved.mode, _bound_to(found.get("dpop_jkt", "")),
        )  # fmt: skip

    def _resolved(self, query: str) -> Asked:
        try:
            return self.wire.read(self.client, query)
        except Unusable as unusable:
            raise Lost(str(unusable)) from unusable

    def _prepared(self, line: Line, asked: Request, who: Who) -> Prepared:
        access_token = self.rehearsals.new_access_token(
            Invented(self.client.client_id, {**_ABOUT, "sub": who.sub, **(line.about or {})})
        )
        right = self._right(asked, who, access_token)
        sign = getattr(self.pens, line.pen)
        answer = {
            "access_token": access_token,
            "expires_in": int(LIFE.total_seconds()),
            "scope": asked.scope,
            "id_token": self._closed(sign({**right, **line.claims(right)})),
        }
        return Prepared(self.client.client_id, asked.redirect_uri, asked.code_challenge, answer, asked.confirmation)

    def _closed(self, token: str) -> str:
        """As this client takes ID tokens and logout tokens: encrypted to it when it is registered so."""
        algorithm, encryption = self.client.id_token_encrypted_response_alg, self.client.id_token_encrypted_response_enc
        try:
            return token if algorithm is None else self.envelopes.encrypt(token, self.client, algorithm, encryption)
        except NoEncryptionKey:
            raise Lost("it has no key to encrypt the ID token to") from None

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
        return self._closed(self.pens.logout(claims, is_forged=is_forged))


def _bound_to(thumbprint: str) -> str:
    try:
        return str(Confirmation("jkt", thumbprint)) if thumbprint else ""
    except ValueError:
        raise Lost("its dpop_jkt is not the thumbprint of a key") from None
