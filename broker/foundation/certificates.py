"""Client certificates as values: what they name, their thumbprint, and whether an authority of ours stands behind them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from broker.foundation.distinguished_names import name_of
from broker.foundation.encoding import b64url

_MAX_BYTES = 8192
_MAX_NAMES = 50
_UNREADABLE = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
)  # fmt: skip


class BadCertificate(ValueError):
    """Not a certificate we can read."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`thumbprint` is `x5t#S256` (RFC 8705 3.1); `public_key` is SubjectPublicKeyInfo in DER; `names` are the subject alternative
    names by kind: dns, uri, ip, email, in their normal form."""

    der: bytes = field(repr=False)
    thumbprint: str
    subject: x509.Name = field(repr=False)
    public_key: bytes = field(repr=False)
    names: Mapping[str, frozenset[str]] = field(repr=False)

    def has_subject(self, name: str) -> bool:
        """Whether the subject is this distinguished name, written as RFC 4514 has it (RFC 8705 2.1.2)."""
        try:
            return self.subject == name_of(name)
        except ValueError:
            return False

    def is_of_key(self, public_key: Any) -> bool:
        """Whether the certificate is made for this public key."""
        return hmac.compare_digest(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), self.public_key)


def read_certificate(unverified_der: bytes) -> Certificate:
    """The one certificate in DER.

    Raises:
        BadCertificate: too long, or not a certificate.
    """
    if len(unverified_der) > _MAX_BYTES:
        raise BadCertificate("too long")
    try:
        found = x509.load_der_x509_certificate(unverified_der)
        key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if found.serial_number <= 0:
            # RFC 5280 4.1.2.2; the library only warns, yet.
            raise BadCertificate("unreadable")
        # Everything is read here: the library finds out late what cannot be read.
        return Certificate(unverified_der, b64url(hashlib.sha256(unverified_der).digest()), found.subject, key, _names(found))
    except _UNREADABLE as error:
        raise BadCertificate("unreadable") from error


def life_of_certificate(unverified_der: bytes) -> tuple[datetime, datetime]:
    """From when until when it is valid.

    Raises:
        BadCertificate: too long, or not a certificate.
    """
    if len(unverified_der) > _MAX_BYTES:
        raise BadCertificate("too long")
    try:
        found = x509.load_der_x509_certificate(unverified_der)
        return found.not_valid_before_utc, found.not_valid_after_utc
    except _UNREADABLE as error:
        raise BadCertificate("unreadable") from error


def lives_in(file: Path) -> tuple[tuple[str, str, datetime, datetime], ...]:
    """Every certificate of a PEM file: its subject (RFC 4514), SHA-256 in hex, from when until when it is valid.

    Raises:
        ValueError: the file cannot be read.
    """
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
        return tuple(
            (one.subject.rfc4514_string(), one.fingerprint(SHA256()).hex(), one.not_valid_before_utc, one.not_valid_after_utc)
            for one in found
        )
    except (OSError, *_UNREADABLE) as error:
        raise ValueError("the file of certificate authorities cannot be read") from error


def pem_to_der(unverified_pem: str) -> bytes:
    """The DER of exactly one certificate in PEM.

    Raises:
        BadCertificate: none, several, or unreadable.
    """
    if len(unverified_pem) > 2 * _MAX_BYTES or unverified_pem.count("-----BEGIN") != 1:
        raise BadCertificate("not one certificate")
    try:
        return x509.load_pem_x509_certificate(unverified_pem.encode("ascii")).public_bytes(Encoding.DER)
    except _UNREADABLE as error:
        raise BadCertificate("unreadable") from error


def is_subject_name(text: str) -> bool:
    """Whether this is a distinguished name as RFC 4514 writes it."""
    try:
        return bool(name_of(text))
    except ValueError:
        return False


class Authorities:
    """The certificate authorities of one file (PEM). Each is trusted by itself, so intermediate ones may stand there too."""

    def __init__(self, file: Path):
        """Raises ValueError when the file cannot be read."""
        try:
            self._store = verification.Store(x509.load_pem_x509_certificates(file.read_bytes()))
        except OSError as error:
            raise ValueError("the file of certificate authorities cannot be read") from error

    def vouch_for(self, certificate: Certificate, now: datetime) -> bool:
        """Whether a chain leads from an authority to this certificate, everything in it valid at `now` (RFC 5280 6)."""
        # A client is known by its registered name, so no name form is demanded; everything critical must still be understood.
        leaf = verification.ExtensionPolicy.permit_all().may_be_present(
            x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, _for_clients
        )
        authority = verification.ExtensionPolicy.webpki_defaults_ca()
        builder = verification.PolicyBuilder().store(self._store).time(now.replace(tzinfo=None))
        verifier = builder.extension_policies(ca_policy=authority, ee_policy=leaf).build_client_verifier()
        try:
            verifier.verify(x509.load_der_x509_certificate(certificate.der), [])
        except verification.VerificationError:
            return False
        return True


def _for_clients(_policy: object, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise ValueError("not for client authentication")


def _names(certificate: x509.Certificate) -> Mapping[str, frozenset[str]]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return {"dns": frozenset(), "uri": frozenset(), "ip": frozenset(), "email": frozenset()}
    if len(list(found)) > _MAX_NAMES:
        raise ValueError("too many names")
    return {
        "dns": frozenset(name.lower() for name in found.get_values_for_type(x509.DNSName)),
        "uri": frozenset(found.get_values_for_type(x509.UniformResourceIdentifier)),
        "ip": frozenset(str(ip_address(str(address))) for address in found.get_values_for_type(x509.IPAddress)),
        "email": frozenset(found.get_values_for_type(x509.RFC822Name)),
    }
