"""The three JWTs of ESIA with their oddities, which a client has to live with."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import jwt

from broker.mock_esia.accounts.people import Person
from broker.mock_esia.oauth.grants import Grant
from broker.mock_esia.oauth.scopes import as_granted, bare
from broker.mock_esia.tokens.key import TokenKey

ACCESS_SECONDS = 3600
_ID_SECONDS = 10800
_CODE_SECONDS = 240
_DAY = 86400


class BadAccessToken(Exception):
    """The bearer token is missing, expired, or not ours."""


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes tokens. `flaw` in its methods is an armed fault of docs/mock-esia.md, or None."""

    key: TokenKey
    thumbprint: str
    issuer: str
    now: Callable[[], datetime]

    def code(self, grant: Grant) -> str:
        """The authorization code: opaque to a client, a JWT in fact."""
        claims = {
            **self._times(_CODE_SECONDS, None),
            "iss": self.issuer,
            "jti": str(uuid.uuid4()),
            "client_id": grant.request.client_id,
            "scope": grant.request.scope_text,
            "auth_time": int(grant.session.began_at.timestamp()),
            "auth_mthd": "PWD",
            "urn:esia:sid": grant.session.sid,
            "urn:esia:client:state": grant.request.state,
            "urn:esia:sbj": _subject(grant.session.person),
            "params": {},
        }
        return self._signed("authorization_code", 1, claims, None)

    def access_token(self, grant: Grant, flaw: str | None = None) -> str:
        oid = grant.session.person.oid
        claims = {
            **self._times(ACCESS_SECONDS, flaw),
            "iss": _issuer(self.issuer, flaw),
            "client_id": grant.request.client_id,
            "scope": as_granted(grant.request.scopes, oid),
            "urn:esia:sid": grant.session.sid,
            "urn:esia:sbj_id": oid,
        }
        return self._signed("access", 1, claims, flaw)

    def id_token(self, grant: Grant, flaw: str | None = None) -> str:
        """`sub` is a number and `amr` a string, against RFC 7519 4.1.2 and OpenID Connect Core 2; there is no nonce."""
        person = grant.session.person
        claims = {
            **self._times(_ID_SECONDS, flaw),
            "iss": _issuer(self.issuer, flaw),
            "aud": "SOMEBODY_ELSE" if flaw == "wrong_audience" else grant.request.client_id,
            "sub": person.oid,
            "auth_time": int(grant.session.began_at.timestamp()),
            "amr": "PWD",
            "urn:esia:amd": "PWD",
            "urn:esia:sid": grant.session.sid,
            "urn:esia:sbj": _subject(person, flaw),
        }
        return self._signed("id", 0, claims, flaw)

    def require_access(self, unverified_token: str) -> tuple[int, frozenset[str]]:
        """The oid and the bare scopes of one of our access tokens. Raises BadAccessToken."""
        try:
            # Times are checked by our own clock below, which a test may set; the subject is not called `sub` here.
            claims = jwt.decode(
                unverified_token,
                self.key.private_key.public_key(),
                algorithms=["RS256"],
                issuer=self.issuer,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
            )
            header = jwt.get_unverified_header(unverified_token)
        except jwt.InvalidTokenError as wrong:
            raise BadAccessToken from wrong
        if header.get("sbt") != "access" or claims["exp"] <= self.now().timestamp():
            raise BadAccessToken
        return claims["urn:esia:sbj_id"], bare(claims["scope"])

    def _times(self, seconds: int, flaw: str | None) -> dict[str, int]:
        at = int(self.now().timestamp()) - (_DAY if flaw == "expired" else 0)
        return {"nbf": at, "iat": at, "exp": at + seconds}

    def _signed(self, kind: str, version: int, claims: Mapping[str, object], flaw: str | None) -> str:
        header = {"ver": version, "typ": "JWT", "sbt": kind, "alg": "RS256", "x5t#St256": self.thumbprint}
        message = f"{_part(header)}.{_part(claims)}".encode("ascii")
        signature = self.key.sign(message)
        if flaw == "bad_signature":
            signature = signature[::-1]
        return f"{message.decode('ascii')}.{_text(signature)}"


def _subject(person: Person, flaw: str | None = None) -> dict[str, object]:
    """`is_tru` is absent, not false, for an account that is not confirmed."""
    truth = {"urn:esia:sbj:is_tru": True} if person.confirmed else {}
    return {
        "urn:esia:sbj:typ": "O" if flaw == "organisation" else "P",
        **truth,
        "urn:esia:sbj:oid": person.oid,
        "urn:esia:sbj:nam": f"OID.{person.oid}",
        "urn:esia:sbj:lvl": person.level.lvl,
    }


def _issuer(issuer: str, flaw: str | None) -> str:
    return "http://other.example/" if flaw == "wrong_issuer" else issuer


def _part(value: Mapping[str, object]) -> str:
    """ESIA escapes the slashes inside its JSON, so a client that signs a re-serialised text fails."""
    return _text(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode())


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
