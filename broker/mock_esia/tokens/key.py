"""The keys that sign tokens, RSA and GOST, each with the certificate that a client must be given: ESIA has no key set address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from broker.mock_esia.gost import new_private_key, public_point, signature_fits, signature_of, streebog
from broker.mock_esia.tokens.gost_certificate import self_signed

RS256, GOST = "RS256", "GOST3410_2012_256"
NAME = "Mock ESIA (test stand)"
LIFETIME = timedelta(days=3650)


class TokenKey(Protocol):
    """One key with its certificate in DER."""

    @property
    def alg(self) -> str:
        """The `alg` of a token's header."""

    @property
    def der(self) -> bytes:
        """The certificate."""

    def sign(self, message: bytes) -> bytes:
        """The signature of `header.payload`."""

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature."""

    def saved(self) -> bytes:
        """The private key as this stand keeps it in a file."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """RS256 (RFC 7518 section 3.3)."""

    private_key: rsa.RSAPrivateKey
    der: bytes
    alg: str = RS256

    def sign(self, message: bytes) -> bytes:
        return self.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def fits(self, message: bytes, signature: bytes) -> bool:
        try:
            self.private_key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def saved(self) -> bytes:
        return self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True, slots=True)
class GostKey:
    """GOST R 34.10-2012 with 256 bits: 64 bytes s||r over Streebog-256 of the received bytes."""

    private_key: bytes
    der: bytes
    alg: str = GOST

    def sign(self, message: bytes) -> bytes:
        return signature_of(self.private_key, message)

    def fits(self, message: bytes, signature: bytes) -> bool:
        return signature_fits(public_point(self.private_key), message, signature)

    def saved(self) -> bytes:
        return self.private_key.hex().encode("ascii")


def thumbprint(key: TokenKey) -> str:
    """The header `x5t#St256`: upper hex Streebog-256 of the certificate."""
    return _hash_of(key.der)


@lru_cache(maxsize=64)
def _hash_of(der: bytes) -> str:
    # Streebog in Python takes milliseconds, and three tokens of every sign-in name the same certificate.
    return streebog(der).hex().upper()


def new_rsa_key(begins_at: datetime, ends_at: datetime) -> RsaKey:
    """A fresh key with a certificate for that time."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at)
        .not_valid_after(ends_at)
        .sign(private_key, hashes.SHA256())
    )
    return RsaKey(private_key, certificate.public_bytes(serialization.Encoding.DER))


def new_gost_key(begins_at: datetime, ends_at: datetime) -> GostKey:
    """A fresh key with a certificate for that time."""
    private_key = new_private_key()
    return GostKey(private_key, self_signed(private_key, NAME, begins_at, ends_at))


NEW_KEYS: dict[str, Callable[[datetime, datetime], TokenKey]] = {RS256: new_rsa_key, GOST: new_gost_key}


def rsa_key_from(saved: bytes, der: bytes) -> RsaKey:
    """Read a saved key. Raises ValueError for another kind."""
    private_key = serialization.load_pem_private_key(saved, password=None)
    if not isinstance(private_key, rsa.RSAPrivateKey):
        raise ValueError("the token key of mock ESIA is not an RSA key")
    return RsaKey(private_key, der)


def gost_key_from(saved: bytes, der: bytes) -> GostKey:
    """Read a saved key. Raises ValueError for something else."""
    return GostKey(bytes.fromhex(saved.decode("ascii")), der)
