"""The certificates of registered systems: GOST as ESIA demands today, RSA where a stand plays the years before 2020."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from broker.mock_esia.gost import registered, signature_fits, streebog


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """One certificate. `hash` is upper hex Streebog-256 of the DER; of `point` (GOST) and `rsa_key` one is there."""

    hash: str
    der: bytes
    subject: str
    issuer: bytes
    serial: int
    begins_at: datetime
    ends_at: datetime
    point: bytes | None
    curve: str
    rsa_key: rsa.RSAPublicKey | None

    @property
    def kind(self) -> str:
        return "RSA" if self.rsa_key else "GOST"

    def is_current(self, at: datetime) -> bool:
        return self.begins_at <= at <= self.ends_at

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether the key of this certificate made `signature`: GOST as 64 bytes s||r, RSA as PKCS#1 v1.5 with SHA-256."""
        if self.point is not None:
            return signature_fits(self.point, message, signature, self.curve)
        try:
            if self.rsa_key is not None:
                self.rsa_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
                return True
        except InvalidSignature:
            pass
        return False


def read_certificate(der: bytes, *, takes_rsa: bool) -> ClientCertificate:
    """Read a client's certificate.

    Raises ValueError, in one sentence, for anything but a GOST key of 256 bits, or an RSA key where `takes_rsa`.
    """
    rsa_key = _rsa_key(der) if takes_rsa else None
    point, curve = (b"", "") if rsa_key else _gost(der)
    body = asn1_x509.Certificate.load(der, strict=True)["tbs_certificate"]
    return ClientCertificate(
        hash=streebog(der).hex().upper(),
        der=der,
        subject=str(body["subject"].human_friendly),
        issuer=body["issuer"].dump(),
        serial=int(body["serial_number"].native),
        begins_at=body["validity"]["not_before"].native,
        ends_at=body["validity"]["not_after"].native,
        point=point or None,
        curve=curve,
        rsa_key=rsa_key,
    )


def der_of(content: bytes) -> bytes:
    """The DER of a certificate file in DER or PEM. Raises ValueError for a PEM without a certificate."""
    if not content.lstrip().startswith(b"-----"):
        return content
    _, begin, rest = content.partition(b"-----BEGIN CERTIFICATE-----")
    body, end, _ = rest.partition(b"-----END CERTIFICATE-----")
    if not begin or not end:
        raise ValueError("the client certificate holds no certificate")
    return base64.b64decode(body)


def _gost(der: bytes) -> tuple[bytes, str]:
    found = registered(der)
    return found.point, found.curve


def _rsa_key(der: bytes) -> rsa.RSAPublicKey | None:
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except Exception:
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None
