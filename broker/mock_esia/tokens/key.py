"""The stand's own RSA key and certificate, made at the first start and kept in its state directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from broker.mock_esia.gost import streebog

_KEY_FILE = "token-key.pem"
_CERTIFICATE_FILE = "token-certificate.pem"


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Signs tokens; `certificate` is what a client must be given, for ESIA has no key set address."""

    private_key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def sign(self, message: bytes) -> bytes:
        """RS256 (RFC 7518 section 3.3)."""
        return self.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def thumbprint(self) -> str:
        """The header `x5t#St256`: upper hex Streebog-256 of the certificate."""
        return streebog(self.der).hex().upper()


def open_token_key(var_dir: Path, at: datetime) -> TokenKey:
    """Read the key and certificate, or make them. `at` is the first day of a new certificate."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_file, certificate_file = var_dir / _KEY_FILE, var_dir / _CERTIFICATE_FILE
    if not (key_file.exists() and certificate_file.exists()):
        _make(key_file, certificate_file, at)
    private_key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(private_key, rsa.RSAPrivateKey):
        raise ValueError("the token key of mock ESIA is not an RSA key")
    return TokenKey(private_key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))


def _make(key_file: Path, certificate_file: Path, at: datetime) -> None:
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mock ESIA (test stand)")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=3650))
        .sign(private_key, hashes.SHA256())
    )
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
    _write(key_file, pem)


def _write(file: Path, content: bytes) -> None:
    """Write a file that only its owner ever could read, whole or not at all."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    draft.replace(file)
