"""Every reader of bytes from outside, as a door: whatever comes in, it reads or refuses by the one exception it promises."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2 import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import ec
from jwt import api_jws
from scim2_models import SCIMException
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from broker.clients.refused import ClientRefused
from broker.consent.details import BadDetails, details_of
from broker.foundation import jose
from broker.foundation.encoding import b64url
from broker.foundation.fetch import FetchRefused
from broker.foundation.jose import BadToken, public_jwk, sign
from broker.provider.caller.certificate import Certificates
from broker.provider.caller.dpop import DpopProofs, Expected
from broker.provider.caller.dpop_nonce import Nonces
from broker.provider.caller.mtls_settings import MtlsSettings
from broker.provider.request.claims_request import read_claims_request
from broker.provider.request.parameters import UnreadableBody, form_parameters, query_parameters
from broker.provider.request.request_object import RequestObjects, UsedBefore
from broker.provider.request.strict_json import BadJson, strict_json
from broker.provider.token_use.bearer import presented_token
from broker.provisioning.reading import body_of
from broker.registration.reading import metadata_of
from broker.registration.records_store import OPEN
from broker.registration.refusals import RegistrationRefused
from broker.registration.shaping import KnownScopes, Terms, blank, shaped
from broker.storage.memory_shelf import MemoryShelf
from broker.tokens.access import AccessTokens
from broker.tokens.scopes import PERSON_SCOPES
from broker.tokens.sealed import BadToken as BadSealed
from tests.rooms.provider.signing import CLIENT, KEY
from tests.support.client_certificates import make

ISSUER = "https://vhod.example"
NOW = datetime(2026, 9, 1, 5, tzinfo=UTC)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OTHER = ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Door:
    """`reads` takes bytes and may raise `refuses` only; `seeds` are bytes it likes or nearly likes."""

    reads: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    # How many of a hundred tries: what is dear is tried less often.
    share: int = 4

    def tried(self, data: bytes) -> None:
        """Raises whatever the door does not promise."""
        with contextlib.suppress(*self.refuses):
            self.reads(data)


def _now() -> datetime:
    return NOW


def _mac(_purpose: str, data: bytes) -> bytes:
    return (data + b"\x00" * 32)[:32]


class _Signed:
    """The form of RFC 9068, refused: its reader is a door of its own by jose."""

    def write(self, *_: object) -> str:
        raise NotImplementedError

    def read(self, unverified_token: str) -> Any:
        jose.verify(unverified_token, KEY.public_key(), ("ES256",))
        raise BadSealed("signed")


_SHELF = MemoryShelf(_now)
_OBJECTS = RequestObjects(ISSUER, lambda client, header, algorithm: KEY.public_key(), _SHELF, _now)
_PROOFS = DpopProofs(
    bases=(ISSUER,), shelf=_SHELF, now=_now, nonces=Nonces(_mac, _now, timedelta(minutes=5)), life=timedelta(minutes=1)
)
_ACCESS = AccessTokens(_mac, _now, _Signed())
_ASKED = Expected("POST", "/token", False)
_HEADERS = {kind: Certificates(MtlsSettings(certificate_from="header", header_format=kind, proxies=("127.0.0.1",)))
            for kind in ("rfc9440", "pem_urlencoded")}  # fmt: skip


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _header(data: bytes) -> str:
    """As a server hands a header over: Latin letters, no line ends."""
    return data.replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")


def _request(body: bytes = b"", kind: str = FORM, query: bytes = b"", **headers: str) -> Any:
    environ = EnvironBuilder(method="POST", data=body, content_type=kind).get_environ()
    environ |= {"QUERY_STRING": query.decode("latin-1"), "REMOTE_ADDR": "127.0.0.1"}
    return Request(environ | {f"HTTP_{name}": value for name, value in headers.items()})


def _jws(payload: bytes, header: Mapping[str, Any], key: Any = KEY) -> str:
    """Really signed, so that what is inside is reached."""
    rest = {name: value for name, value in header.items() if name != "alg"}
    return api_jws.encode(payload, key, algorithm="ES256", headers=rest)


def _jwt(data: bytes) -> None:
    jose.unverified_header(_text(data))
    jose.verify(_text(data), KEY.public_key(), ("ES256",))


def _object_inside(data: bytes) -> None:
    _OBJECTS.by_value(_jws(data, {"typ": "oauth-authz-req+jwt"}), CLIENT)


def _proof_inside(data: bytes) -> None:
    header = {"typ": "dpop+jwt", "jwk": public_jwk(OTHER.public_key())}
    _PROOFS.thumbprint(_jws(data, header, OTHER), _ASKED)


def _proof_key(data: bytes) -> None:
    """A header that somebody wrote, over anything."""
    _PROOFS.thumbprint(f"{b64url(data)}.{b64url(b'{}')}.{b64url(bytes(64))}", _ASKED)


def _registered(data: bytes) -> None:
    metadata = metadata_of(JSON, data)
    known = KnownScopes(PERSON_SCOPES, ())
    shaped(blank("fuzz", Terms(OPEN)), metadata, Terms(OPEN), known, _nothing_there)


def _nothing_there(*_: object) -> Any:
    raise FetchRefused("address")


def _object(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    about = {"iss": "signer", "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, "client_id": "signer", "scope": "openid"}
    return about | changes


def _dump(value: object) -> bytes:
    return json.dumps(value).encode()


_CERTIFICATE = make(NOW)
_OBJECT = sign(_object(), KEY, {"alg": "ES256", "typ": "oauth-authz-req+jwt"}).encode()
_CLAIMS = {"userinfo": {"name": None, "sub": {"value": "x"}}, "id_token": {"acr": {"essential": True, "values": ["a"]}}}
_DETAILS = [{"type": "school_grades", "actions": ["read"], "locations": ["https://a.example/"], "children": ["x"]}]
_PROOF = {"jti": "x", "htm": "POST", "htu": f"{ISSUER}/token", "iat": int(NOW.timestamp())}
_QUERY = (b"response_type=code&client_id=signer&redirect_uri=https%3A%2F%2Fa.example%2Fcb&scope=openid&state=%D1%8F&resource=a"
          b"&resource=b&prompt=none&max_age=1")
_CLIENT = {
    "redirect_uris": ["http://127.0.0.1:9/cb"], "client_name": "a", "scope": "openid profile", "jwks": {"keys": [{"kty": "EC"}]},
    "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "contacts": ["a@b.example"], "logo_uri": "x",
}  # fmt: skip
_SCIM = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"}],
}

REQUEST = (OAuth2Error,)
SPENT = (OAuth2Error, UsedBefore)
DOORS: Mapping[str, Door] = {
    "query": Door(lambda data: query_parameters(_request(query=data)), (), (_QUERY, b"a=1&a=2", b"%FF=%00&=&&")),
    "form": Door(lambda data: form_parameters(_request(data)), (UnreadableBody,), (_QUERY, b"token=x&client_secret=y")),
    "authorization header": Door(lambda data: presented_token(_request(AUTHORIZATION=_header(data))), REQUEST,
                                 (b"Bearer abc", b"DPoP abc.def", b"Basic eDp5")),
    "jwt": Door(_jwt, (BadToken,), (_OBJECT, b"a.b.c", b"a.b.c.d.e", b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA")),
    "request object": Door(lambda data: _OBJECTS.by_value(_text(data), CLIENT), SPENT, (_OBJECT,)),
    "request object, inside": Door(_object_inside, SPENT, (_dump(_object()), _dump(_object(jti="x", claims=_CLAIMS))), 2),
    "DPoP": Door(lambda data: _PROOFS.thumbprint(_header(data), _ASKED), REQUEST,
                 (_jws(_dump(_PROOF), {"typ": "dpop+jwt", "jwk": public_jwk(KEY.public_key())}).encode(), b"a,b")),
    "DPoP, inside": Door(_proof_inside, REQUEST, (_dump(_PROOF), _dump(_PROOF | {"ath": "x", "nonce": "y"})), 1),
    "DPoP, its key": Door(_proof_key, REQUEST, (
        _dump({"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(KEY.public_key())}),
        _dump({"typ": "dpop+jwt", "alg": "RS256", "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}),
        _dump({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}),
    )),
    "JSON": Door(lambda data: strict_json(_text(data)), (BadJson,), (_dump(_CLAIMS), _dump(_DETAILS), b"[1e5,-0]"), 20),
    "claims": Door(lambda data: read_claims_request(_text(data), PERSON_SCOPES), REQUEST, (_dump(_CLAIMS), b"{}"), 10),
    "authorization_details": Door(lambda data: details_of(strict_json(_text(data))), (BadJson, BadDetails),
                                  (_dump(_DETAILS),), 14),
    "access token": Door(lambda data: _ACCESS.read(_text(data)), (BadSealed, BadToken),
                         (b64url(bytes(78)).encode(), b64url(bytes(range(120))).encode(), _OBJECT), 8),
    "certificate, RFC 9440": Door(lambda data: _HEADERS["rfc9440"].presented(_request(CLIENT_CERT=_header(data))), (),
                                  (_CERTIFICATE.rfc9440.encode(), b":AAAA:")),
    "certificate, its bytes": Door(
        lambda data: _HEADERS["rfc9440"].presented(_request(CLIENT_CERT=f":{base64.b64encode(data).decode()}:")), (),
        (_CERTIFICATE.der,), 2),
    "certificate, PEM": Door(lambda data: _HEADERS["pem_urlencoded"].presented(_request(CLIENT_CERT=_header(data))), (),
                             (_CERTIFICATE.urlencoded.encode(),)),
    "registration": Door(_registered, (RegistrationRefused, ClientRefused),
                         (_dump(_CLIENT), _dump(_CLIENT | {"profile": "fapi2"}))),
    "SCIM": Door(lambda data: body_of(_request(data, "application/scim+json")), (SCIMException,), (_dump(_SCIM),)),
}  # fmt: skip
