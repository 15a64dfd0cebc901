"""The three JWTs of ESIA with their oddities, which a client has to live with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.mock_esia.accounts.people import Person
from broker.mock_esia.oauth.grants import Grant
from broker.mock_esia.oauth.scopes import as_granted, bare, org_address, org_of
from broker.mock_esia.tokens.flaws import key_for, signature_by, spoilt_claims, spoilt_header
from broker.mock_esia.tokens.key import RS256, thumbprint
from broker.mock_esia.tokens.ring import KeyRing

ACCESS_SECONDS = 3600
SYSTEM_SECONDS = 86400
_ID_SECONDS = 10800
_CODE_SECONDS = 240


class BadAccessToken(Exception):
    """The bearer token is missing, expired, or not ours."""


@dataclass(frozen=True, slots=True)
class Access:
    """Whose data a token opens, to whom, and the `scope` it was granted."""

    oid: int
    client_id: str
    granted: str

    @property
    def scopes(self) -> frozenset[str]:
        """The names without the person."""
        return bare(self.granted)

    def organisation_scopes(self, oid: int) -> frozenset[str]:
        """The scopes that open one organisation."""
        found = map(org_of, self.granted.split())
        return frozenset(one[0] for one in found if one and one[1] == oid)


@dataclass(frozen=True, slots=True)
class Shape:
    """How tokens are made: the algorithm chosen for the client, its wish for tokens as before 2021, and an armed fault."""

    alg: str = RS256
    is_legacy: bool = False
    flaw: str | None = None


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes tokens."""

    ring: KeyRing
    issuer: str
    now: Callable[[], datetime]

    def code(self, grant: Grant, shape: Shape) -> str:
        """The authorization code: opaque to a client, a JWT in fact."""
        claims = {
            **self._times(_CODE_SECONDS),
            "iss": self.issuer,
            "jti": str(uuid.uuid4()),
            "client_id": grant.request.client_id,
            "scope": grant.request.scope_text,
            "auth_time": _auth_time(grant, shape),
            "auth_mthd": "PWD",
            "urn:esia:sid": _sid(grant, shape),
            "urn:esia:client:state": grant.request.state,
            "urn:esia:sbj": _subject(grant.session.person, shape),
            "params": {},
        }
        return self._signed("authorization_code", 1, claims, shape)

    def access_token(self, grant: Grant, shape: Shape) -> str:
        """`aud` and `sub` are absent; the subject is `urn:esia:sbj_id`."""
        oid, asked = grant.session.person.oid, grant.request
        # `scope_org` of v2 names no organisation; what ESIA writes then is not known, so it is v1's form for each employer.
        employers = [job.organisation for job in grant.session.person.jobs]
        organisations = tuple(org_address(name, employer) for name in asked.org_scopes for employer in employers)
        claims = {
            **self._times(ACCESS_SECONDS),
            "iss": self.issuer,
            "client_id": grant.request.client_id,
            "scope": as_granted((*asked.scopes, *organisations), oid),
            "urn:esia:sid": _sid(grant, shape),
            "urn:esia:sbj_id": oid,
        }
        return self._signed("access", 1, claims, shape)

    def system_token(self, client_id: str, scope: str, shape: Shape) -> str:
        """The access token of `client_credentials`: of a system, not of a person, for a day."""
        claims = {**self._times(SYSTEM_SECONDS), "iss": self.issuer, "client_id": client_id, "scope": scope}
        return self._signed("access", 1, claims, shape)

    def id_token(self, grant: Grant, shape: Shape) -> str:
        """`sub` is a number and `amr` a string, against RFC 7519 4.1.2 and OpenID Connect Core 2; there is no nonce."""
        person = grant.session.person
        claims = {
            **self._times(_ID_SECONDS),
            "iss": self.issuer,
            "aud": grant.request.client_id,
            "sub": person.oid,
            "auth_time": _auth_time(grant, shape),
            "amr": "PWD",
            "urn:esia:amd": "PWD",
            "urn:esia:sid": _sid(grant, shape),
            "urn:esia:sbj": _subject(person, shape),
        }
        return self._signed("id", 0, claims, shape)

    def require_access(self, unverified_token: str) -> Access:
        """What one of our access tokens of a person opens. Raises BadAccessToken."""
        try:
            message, _, ending = unverified_token.rpartition(".")
            head, body = message.split(".")
            header, claims = json.loads(_octets(head)), json.loads(_octets(body))
            # Some faults make tokens that a client must refuse; we do not accept them either.
            ours = self.ring.signed_by_us(header["alg"], message.encode("ascii"), _octets(ending))
            alive = ours and header["sbt"] == "access" and claims["exp"] > self.now().timestamp()
            if not alive or claims["iss"] != self.issuer:
                raise BadAccessToken
            return Access(claims["urn:esia:sbj_id"], claims["client_id"], claims["scope"])
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as wrong:
            raise BadAccessToken from wrong

    def _times(self, seconds: int) -> dict[str, object]:
        at = int(self.now().timestamp())
        return {"nbf": at, "iat": at, "exp": at + seconds}

    def _signed(self, kind: str, version: int, claims: Mapping[str, object], shape: Shape) -> str:
        flaw = None if kind == "authorization_code" else shape.flaw
        if flaw == "not_a_token":
            return "words without dots"
        key = key_for(self.ring, shape.alg, flaw)
        header: dict[str, object] = {"ver": version, "typ": "JWT", "sbt": kind, "alg": key.alg}
        if not shape.is_legacy:
            header["x5t#St256"] = thumbprint(key)
        message = f"{_part(spoilt_header(header, flaw))}.{_part(spoilt_claims(dict(claims), flaw))}"
        return f"{message}.{_text(signature_by(key, message.encode('ascii'), flaw))}"


def _sid(grant: Grant, shape: Shape) -> str:
    """A UUID; until about 2021 it was 64 hex digits."""
    sid = grant.session.sid
    return hashlib.sha256(sid.encode()).hexdigest() if shape.is_legacy else sid


def _auth_time(grant: Grant, shape: Shape) -> int:
    """Seconds; tokens of 2015 to 2017 carried milliseconds."""
    return int(grant.session.began_at.timestamp()) * (1000 if shape.is_legacy else 1)


def _subject(person: Person, shape: Shape) -> dict[str, object]:
    """`is_tru` is absent, not false, for an account that is not confirmed."""
    truth = {"urn:esia:sbj:is_tru": True} if person.confirmed else {}
    return {
        "urn:esia:sbj:typ": "P",
        **truth,
        "urn:esia:sbj:oid": person.oid,
        "urn:esia:sbj:nam": person.snils if shape.is_legacy and person.snils else f"OID.{person.oid}",
        "urn:esia:sbj:lvl": person.level.lvl,
    }


def _part(value: Mapping[str, object]) -> str:
    """ESIA escapes the slashes inside its JSON, so a client that signs a re-serialised text fails."""
    return _text(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode())


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _octets(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
