"""Certificates as services show them, by an authority of ours or by themselves."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

SUBJECT = "CN=marks,O=School\\, first,C=RU"
NAMES = (
    x509.DNSName("Marks.example.ru"), x509.UniformResourceIdentifier("urn:marks"), x509.RFC822Name("ops@marks.example.ru"),
    x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def rfc9440(self) -> str:
        return f":{base64.b64encode(self.der).decode()}:"

    @property
    def urlencoded(self) -> str:
        return quote(self.pem)


def make(
    begins_at: datetime, by: Made | None = None, subject: str = SUBJECT, usage: Any = ExtendedKeyUsageOID.CLIENT_AUTH
) -> Made:
    """Valid for one day. Without `by` it vouches for itself and may vouch for others."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at)
        .not_valid_after(begins_at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key((by.key if by else key).public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by is None:
        builder = builder.add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return Made(builder.sign(by.key if by else key, hashes.SHA256()), key)
