"""One certificate of ESIA: the key that its tokens are checked with, and from when until when that key is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from broker.connectors.esia.signing.gost_curve import streebog
from broker.connectors.esia.signing.verify import GostPublicKey, gost_public_key_of

RSA, GOST = "RS256", "GOST3410_2012_256"
_LEAST_RSA_BITS = 2048
_ARMOUR = b"-----BEGIN CERTIFICATE-----"
_UNREADABLE = (ValueError, TypeError, x509.UnsupportedGeneralNameType, x509.InvalidVersion)


@dataclass(frozen=True, slots=True)
class EsiaCertificate:
    """`name` is that of its file. `thumbprint` is Streebog-256 of the DER in upper-case hex, as in ESIA's header `x5t#St256`.

    `algorithm` is the only one that the key is good for.
    """

    name: str
    algorithm: str
    key: RSAPublicKey | GostPublicKey
    thumbprint: str
    since: datetime
    ends_at: datetime

    def is_believed(self, now: datetime, grace: timedelta) -> bool:
        """Whether a token signed with it counts now; `grace` is for how long after its end it still does."""
        return now < self.ends_at + grace


def read_certificate(data: bytes, name: str) -> EsiaCertificate:
    """A certificate from DER or from PEM that holds one.

    Raises:
        ValueError: it cannot be read, holds several, or its key is neither RSA of 2048 bits or more nor GOST of 256 bits. The
            text says what is wrong and can follow the name of a file.
    """
    certificate = _loaded(data)
    der = certificate.public_bytes(Encoding.DER)
    key = _key_of(certificate, der)
    return EsiaCertificate(
        name=name,
        algorithm=RSA if isinstance(key, RSAPublicKey) else GOST,
        key=key,
        thumbprint=streebog(der).hex().upper(),
        since=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
    )


def _loaded(data: bytes) -> x509.Certificate:
    if data.count(_ARMOUR) > 1:
        # The others would be those of an authority, and an authority signs no tokens.
        raise ValueError("holds several certificates")
    try:
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        return x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
    except _UNREADABLE as error:
        raise ValueError("is not a readable certificate") from error


def _key_of(certificate: x509.Certificate, der: bytes) -> RSAPublicKey | GostPublicKey:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        # The library reads a GOST certificate but not its key.
        try:
            return gost_public_key_of(der)
        except ValueError as error:
            raise ValueError("holds neither an RSA nor a 256 bit GOST key") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_RSA_BITS:
        raise ValueError("has no RSA key of 2048 bits")
    return key
