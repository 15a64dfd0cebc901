"""Every reader of bytes from outside, as a door: whatever comes in, it reads or refuses by the one exception it promises."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2 import OAuth2Error
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from scim2_models import SCIMException
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from broker.clients.refused import ClientRefused
from broker.consent.details import BadDetails, details_of
from broker.foundation import jose, jwe
from broker.foundation.encoding import b64url
from broker.foundation.fetch import FetchRefused
from broker.foundation.jose import BadToken, public_jwk
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
from tests.fuzz.door import Door, header, text
from tests.fuzz.fixed import KEY, NOW, OTHER, certificate, dump, jws
from tests.fuzz.school_doors import SCHOOL_DOORS
from tests.rooms.provider.signing import CLIENT

ISSUER = "https://vhod.example"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def _now() -> datetime:
    return NOW


class _Marks:
    """Marks that a fuzzer can make, so that it gets behind them."""

    def mac(self, _purpose: str, data: bytes) -> bytes:
        return (data + b"\x00" * 32)[:32]

    def fits(self, purpose: str, data: bytes, unverified_mac: bytes) -> bool:
        return self.mac(purpose, data)[: len(unverified_mac)] == unverified_mac


class _Signed:
    """The form of RFC 9068, refused: its reader is a door of its own by jose."""

    def write(self, *_: object) -> str:
        raise NotImplementedError

    def read(self, unverified_token: str) -> Any:
        jose.verify(unverified_token, KEY.public_key(), ("ES256",))
        raise BadSealed("signed")


def _opened(unverified_token: str) -> str:
    return jwe.decrypt(unverified_token, _OPENS)


_OPENS = jwe.private_half(KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), "EC")
_SHELF = MemoryShelf(_now)
_OBJECTS = RequestObjects(ISSUER, lambda client, header, algorithm: KEY.public_key(), _opened, _SHELF, _now)
_PROOFS = DpopProofs(
    bases=(ISSUER,), shelf=_SHELF, now=_now, nonces=Nonces(_Marks(), _now, timedelta(minutes=5)), life=timedelta(minutes=1)
)
_ACCESS = AccessTokens(_Marks(), _now, _Signed())
_ASKED = Expected("POST", "/token", False)
_HEADERS = {kind: Certificates(MtlsSettings(certificate_from="header", header_format=kind, proxies=("127.0.0.1",)))
            for kind in ("rfc9440", "pem_urlencoded")}  # fmt: skip


def _request(body: bytes = b"", kind: str = FORM, query: bytes = b"", **headers: str) -> Any:
    environ = EnvironBuilder(method="POST", data=body, content_type=kind).get_environ()
    environ |= {"QUERY_STRING": query.decode("latin-1"), "REMOTE_ADDR": "127.0.0.1"}
    return Request(environ | {f"HTTP_{name}": value for name, value in headers.items()})


def _jwt(data: bytes) -> None:
    jose.unverified_header(text(data))
    jose.verify(text(data), KEY.public_key(), ("ES256",))


def _object_inside(data: bytes) -> None:
    _OBJECTS.by_value(jws(data, {"typ": "oauth-authz-req+jwt"}), CLIENT)


def _envelope(data: bytes, rest: str) -> str:
    return f"{b64url(data)}.{rest}"


def _proof_inside(data: bytes) -> None:
    header = {"typ": "dpop+jwt", "jwk": public_jwk(OTHER.public_key())}
    _PROOFS.thumbprint(jws(data, header, OTHER), _ASKED)


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


_SEALED = {"alg": "ECDH-ES", "enc": "A128GCM", "epk": public_jwk(OTHER.public_key())}
_REST = f".{b64url(bytes(12))}.{b64url(bytes(40))}.{b64url(bytes(16))}"
_CERTIFICATE = certificate()
_OBJECT = jws(dump(_object()), {"typ": "oauth-authz-req+jwt"}).encode()
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
    "authorization header": Door(lambda data: presented_token(_request(AUTHORIZATION=header(data))), REQUEST,
                                 (b"Bearer abc", b"DPoP abc.def", b"Basic eDp5")),
    "jwt": Door(_jwt, (BadToken,), (_OBJECT, b"a.b.c", b"a.b.c.d.e", b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA")),
    "request object": Door(lambda data: _OBJECTS.by_value(text(data), CLIENT), SPENT, (_OBJECT,)),
    "request object, inside": Door(_object_inside, SPENT, (dump(_object()), dump(_object(jti="x", claims=_CLAIMS))), 2),
    "JWE": Door(lambda data: _OBJECTS.by_value(text(data), CLIENT), SPENT, (_envelope(dump(_SEALED), _REST).encode(),)),
    "JWE, its header": Door(lambda data: _OBJECTS.by_value(_envelope(data, _REST), CLIENT), SPENT, (
        dump(_SEALED), dump(_SEALED | {"alg": "ECDH-ES+A128KW", "enc": "A256CBC-HS512", "apu": "AA", "apv": "AA"}),
    ), 4),
    "DPoP": Door(lambda data: _PROOFS.thumbprint(header(data), _ASKED), REQUEST,
                 (jws(dump(_PROOF), {"typ": "dpop+jwt", "jwk": public_jwk(KEY.public_key())}).encode(), b"a,b")),
    "DPoP, inside": Door(_proof_inside, REQUEST, (dump(_PROOF), dump(_PROOF | {"ath": "x", "nonce": "y"})), 1),
    "DPoP, its key": Door(_proof_key, REQUEST, (
        dump({"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(KEY.public_key())}),
        dump({"typ": "dpop+jwt", "alg": "RS256", "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}),
        dump({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}),
    )),
    "JSON": Door(lambda data: strict_json(text(data)), (BadJson,), (dump(_CLAIMS), dump(_DETAILS), b"[1e5,-0]"), 20),
    "claims": Door(lambda data: read_claims_request(text(data), PERSON_SCOPES), REQUEST, (dump(_CLAIMS), b"{}"), 10),
    "authorization_details": Door(lambda data: details_of(strict_json(text(data))), (BadJson, BadDetails),
                                  (dump(_DETAILS),), 14),
    "access token": Door(lambda data: _ACCESS.read(text(data)), (BadSealed, BadToken),
                         (b64url(bytes(78)).encode(), b64url(bytes(range(120))).encode(), _OBJECT), 8),
    "certificate, RFC 9440": Door(lambda data: _HEADERS["rfc9440"].presented(_request(CLIENT_CERT=header(data))), (),
                                  (_CERTIFICATE.rfc9440.encode(), b":AAAA:")),
    "certificate, its bytes": Door(
        lambda data: _HEADERS["rfc9440"].presented(_request(CLIENT_CERT=f":{base64.b64encode(data).decode()}:")), (),
        (_CERTIFICATE.der,), 2),
    "certificate, PEM": Door(lambda data: _HEADERS["pem_urlencoded"].presented(_request(CLIENT_CERT=header(data))), (),
                             (_CERTIFICATE.urlencoded.encode(),)),
    "registration": Door(_registered, (RegistrationRefused, ClientRefused),
                         (dump(_CLIENT), dump(_CLIENT | {"profile": "fapi2"}))),
    "SCIM": Door(lambda data: body_of(_request(data, "application/scim+json")), (SCIMException,), (dump(_SCIM),)),
    **SCHOOL_DOORS,
}  # fmt: skip
