"""ESIA as canned answers: keys, tokens and a sender that a test can spoil one thing at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from broker.connectors.esia.client import Esia
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.verify import GostPublicKey
from broker.connectors.esia.tokens.certificate import GOST, RSA, EsiaCertificate
from broker.connectors.esia.tokens.token_check import TokenCheck
from broker.foundation.jose import sign
from broker.foundation.outside import HttpRequest, HttpResponse, Outside

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OID = 1000299353
RETURN = "https://broker.example/login/return/esia"
SETTINGS = EsiaSettings(client_id="TESTIS01")
JSON = {"content-type": "application/json;charset=UTF-8"}


class RecordingSigner:
    """Signs nothing: remembers what it was asked to sign. The real signers have tests of their own."""

    certificate_hash = "AB" * 32

    def __init__(self) -> None:
        self.asked: list[str] = []

    def sign_raw(self, data: bytes) -> bytes:
        self.asked.append(data.decode())
        return b"\x01" * 64

    def sign_cms(self, data: bytes) -> bytes:
        self.asked.append(data.decode())
        return b"\x30" * 701


def id_claims(**changes: Any) -> dict[str, Any]:
    instant = int(NOW.timestamp())
    subject = {
        "urn:esia:sbj:typ": "P",
        "urn:esia:sbj:oid": OID,
        "urn:esia:sbj:is_tru": True,
        "urn:esia:sbj:lvl": "PR",
        "urn:esia:sbj:nam": f"OID.{OID}",
    }
    claims: dict[str, Any] = {
        "iss": "http://esia.gosuslugi.ru/",
        "aud": "TESTIS01",
        "sub": OID,
        "iat": instant,
        "nbf": instant,
        "exp": instant + 10800,
        "amr": "PWD",
        "urn:esia:sbj": subject | changes.pop("subject", {}),
    }
    merged = claims | changes
    return {name: value for name, value in merged.items() if value is not None}


def access_claims(**changes: Any) -> dict[str, Any]:
    instant = int(NOW.timestamp())
    claims: dict[str, Any] = {
        "iss": "http://esia.gosuslugi.ru/",
        "client_id": "TESTIS01",
        "iat": instant,
        "exp": instant + 3600,
        "scope": f"snils?oid={OID} openid fullname?oid={OID}",
        "urn:esia:sbj_id": OID,
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


PERSON: dict[str, Any] = {
    "stateFacts": ["EntityRoot"],
    "firstName": "Анна",
    "lastName": "Соколова",
    "middleName": "Игоревна",
    "birthDate": "05.09.1984",
    "gender": "F",
    "trusted": True,
    "snils": "002-000-000 14",
    "rIdDoc": 101,
    "status": "REGISTERED",
    "verifying": False,
    "kidAccCreatedByParent": False,
}
CONTACTS: dict[str, Any] = {
    "stateFacts": ["hasSize"],
    "size": 3,
    "elements": [
        {"type": "MBT", "vrfStu": "NOT_VERIFIED", "value": "+7(900)0000001"},
        {"type": "MBT", "vrfStu": "VERIFIED", "value": "+7(900)0000002"},
        {"type": "EML", "vrfStu": "VERIFIED", "value": "Anna@Example.org"},
    ],
}
KIDS: dict[str, Any] = {
    "stateFacts": ["hasSize"],
    "size": 1,
    "elements": [
        {
            "id": 1000299777,
            "firstName": "Пётр",
            "lastName": "Соколов",
            "birthDate": "05.09.2013",
            "gender": "M",
            "snils": "002-000-000 14",
            "schoolData": {"x": 1},
        }
    ],
}


@dataclass
class Stand:
    """Answers as ESIA does; a test replaces the part it wants to see go wrong."""

    key: Any
    certificate: Any
    now: datetime = NOW
    id_token: dict[str, Any] = field(default_factory=id_claims)
    access_token: dict[str, Any] = field(default_factory=access_claims)
    id_header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "ver": "0", "sbt": "id"})
    access_header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "ver": "1", "sbt": "access"})
    signed_with: Any = None
    tokens: dict[str, Any] = field(default_factory=dict)
    person: Any = field(default_factory=lambda: dict(PERSON))
    contacts: Any = field(default_factory=lambda: dict(CONTACTS))
    sent: list[HttpRequest] = field(default_factory=list)
    instead: dict[str, Any] = field(default_factory=dict)
    # Answers below a person, by the end of their address.
    below: dict[str, Any] = field(default_factory=lambda: {"/kids?embed=(elements)": dict(KIDS)})

    def outside(self, settings: EsiaSettings = SETTINGS) -> Outside:
        counter = iter(range(1, 10_000))
        return Outside(now=lambda: self.now, random=lambda size: next(counter).to_bytes(size, "big"), send=self.send)

    def esia(self, settings: EsiaSettings = SETTINGS, keys: Any = None) -> tuple[Esia, RecordingSigner]:
        outside, signer = self.outside(), RecordingSigner()
        held = [certificate_with(key, name) for name, key in enumerate(keys or (self.key.public_key(),))]
        return Esia(settings, lambda: signer, TokenCheck(settings, lambda: held, outside.now), outside), signer

    def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        place = "te" if "/te" in request.url else "ctts" if "/ctts" in request.url else "person"
        spoilt = self.instead.get(place)
        if isinstance(spoilt, Exception):
            raise spoilt
        if isinstance(spoilt, HttpResponse):
            return spoilt
        if place == "te":
            return answer(self._tokens(request))
        for end, body in self.below.items():
            if request.url.endswith(end):
                return body if isinstance(body, HttpResponse) else answer(body)
        return answer(self.contacts if place == "ctts" else self.person)

    def _tokens(self, request: HttpRequest) -> dict[str, Any]:
        state = parse_qs((request.body or b"").decode())["state"][0]
        key = self.signed_with or self.key
        body = {
            "access_token": sign(self.access_token, key, self.access_header),
            "id_token": sign(self.id_token, key, self.id_header),
            "state": state,
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        return {name: value for name, value in (body | self.tokens).items() if value is not None}


def certificate_with(key: Any, name: object = "esia.cer") -> EsiaCertificate:
    """What is held of a certificate with this key."""
    year = timedelta(days=365)
    algorithm = GOST if isinstance(key, GostPublicKey) else RSA
    return EsiaCertificate(str(name), algorithm, key, f"{name}".rjust(64, "0"), NOW - year, NOW + year)


def answer(body: Any, status: int = 200) -> HttpResponse:
    # ESIA escapes the slashes of its JSON.
    return HttpResponse(status, JSON, json.dumps(body).replace("/", "\\/").encode())


def rsa_pair() -> tuple[Any, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ESIA of the tests")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def pem_of(certificate: Any) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
