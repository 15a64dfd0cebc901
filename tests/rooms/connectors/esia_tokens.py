"""Tokens of ESIA made by hand, with RSA and with GOST keys, and a check that believes two certificates of each."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from esia_stand import NOW, access_claims, id_claims, rsa_pair

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.gost_curve import public_key_of, scalar_from, signature_of, streebog
from broker.connectors.esia.tokens.certificate import GOST, RSA, EsiaCertificate
from broker.connectors.esia.tokens.token_check import Proven, TokenCheck

CURVE = "1.2.643.2.2.36.0"
SETTINGS = EsiaSettings(client_id="TESTIS01", algorithms=(RSA, GOST))
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Pair:
    """A private key of ESIA's and the certificate that we hold of it."""

    private: Any
    held: EsiaCertificate

    def sign(self, data: bytes) -> bytes:
        if self.held.algorithm == GOST:
            return signature_of(data, self.private, CURVE, os.urandom)
        signature: bytes = self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return signature


@cache
def pair(algorithm: str, name: str = "first") -> Pair:
    """Made once for all tests: an RSA key takes its time."""
    if algorithm == GOST:
        private: Any = scalar_from(os.urandom, CURVE)
        public: Any = public_key_of(private, CURVE)
    else:
        private, _ = rsa_pair()
        public = private.public_key()
    thumbprint = streebog(f"{algorithm} {name}".encode()).hex().upper()
    return Pair(private, EsiaCertificate(f"{name}.cer", algorithm, public, thumbprint, NOW - YEAR, NOW + YEAR))


def part(value: Any) -> str:
    """ESIA escapes the slashes of its JSON."""
    text = value if isinstance(value, bytes) else json.dumps(value).replace("/", "\\/").encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def made(signer: Pair, kind: str, claims: Any, **header: Any) -> str:
    """A token; a header that is None is left out."""
    whole = {"ver": 0, "typ": "JWT", "sbt": kind, "alg": signer.held.algorithm} | header
    signed = f"{part({name: value for name, value in whole.items() if value is not None})}.{part(claims)}"
    return f"{signed}.{part(signer.sign(signed.encode()))}"


def id_token(signer: Pair, claims: Any = None, **header: Any) -> str:
    return made(signer, "id", claims or id_claims(), **header)


def access_token(signer: Pair, claims: Any = None, **header: Any) -> str:
    return made(signer, "access", claims or access_claims(), **header)


def believed(*held: EsiaCertificate, **changes: Any) -> TokenCheck:
    """A check that holds these certificates, or the first of each algorithm."""
    certificates = held or (pair(RSA).held, pair(GOST).held)
    return TokenCheck(replace(SETTINGS, **changes), lambda: certificates, lambda: NOW)


def proven(check: TokenCheck, signer: Pair, **header: Any) -> Proven:
    return check.require(id_token(signer, **header), access_token(signer, **header))


def self_signed(key: Any, ends_in: timedelta = YEAR) -> bytes:
    """A certificate as DER that vouches for itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ESIA of the tests")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + ends_in)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.DER)
