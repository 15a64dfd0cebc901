"""What is probably wrong with a certificate hash or a signature: every mistake that implementers of ESIA clients have told of."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from broker.mock_esia.gost import SIGNATURE_SIZE, streebog
from broker.mock_esia.oauth.certificates import ClientCertificate
from broker.mock_esia.oauth.signed_text import Order, joined, likely_mistakes

UNKNOWN = "the signed text or the key differs"


def why_hash_is_wrong(unverified_hash: str, own: Mapping[str, ClientCertificate], owners: tuple[str, ...]) -> str:
    """Words for a `client_certificate_hash` that no certificate of the client has."""
    if owners:
        return "this certificate is registered for another system: " + ", ".join(owners)
    said = unverified_hash.upper()
    for certificate in own.values():
        for words, octets in _wrong_hashes(certificate.der):
            if said == octets.hex().upper():
                return words
    if said in own:
        return "the hash is in lower case; upper-case hex is wanted"
    if len(unverified_hash) != 64:
        return f"the hash has {len(unverified_hash)} characters; 64 of upper-case hex are wanted"
    return "no certificate of this system has this hash: Streebog-256 of the DER is wanted"


def _wrong_hashes(der: bytes) -> Iterator[tuple[str, bytes]]:
    yield "the hash was made with SHA-256; Streebog-256 is wanted", hashlib.sha256(der).digest()
    yield "the hash is the SHA-1 thumbprint; Streebog-256 is wanted", hashlib.sha1(der, usedforsecurity=False).digest()
    yield "the bytes of the hash are reversed", streebog(der)[::-1]
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
    for text in (pem + "\n", pem, pem.replace("\n", "\r\n") + "\r\n"):
        yield "the hash was taken from PEM; take it from the DER", streebog(text.encode())


def why_not_current(certificate: ClientCertificate, at: datetime) -> str:
    """Words for a certificate whose time is over or has not come."""
    if at > certificate.ends_at:
        return f"the certificate expired on {certificate.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"the certificate begins on {certificate.begins_at:%Y-%m-%d %H:%M} UTC"


def why_text_is_wrong(fits: Callable[[bytes], bool], fields: Mapping[str, str], wanted: Order) -> str | None:
    """Words for a good signature of another text."""
    return next((words for words, text in likely_mistakes(fields, wanted) if fits(text)), None)


def why_bytes_are_wrong(signature: bytes) -> str | None:
    """Words for a raw signature that cannot be one."""
    if signature[:1] == b"\x30" and len(signature) > 2 * SIGNATURE_SIZE:
        return "a PKCS#7 container was sent to v2: 64 raw bytes are wanted, not a PKCS#7 container"
    if len(signature) == 2 * SIGNATURE_SIZE:
        return "the signature has 128 bytes: it was made with a key of 512 bits, 256 are wanted"
    if len(signature) != SIGNATURE_SIZE:
        return f"client_secret has {len(signature)} bytes: 64 raw bytes are wanted, not a PKCS#7 container"
    return None


def why_signature_is_wrong(
    certificate: ClientCertificate, others: tuple[ClientCertificate, ...], fields: Mapping[str, str],
    signature: bytes, wanted: Order,
) -> str:
    """Words for 64 bytes that do not fit: their order, another text, another key."""
    message = joined(fields, wanted)
    half = SIGNATURE_SIZE // 2
    for words, octets in (
        ("the halves are swapped: r and s swapped, r||s was sent and s||r is wanted", signature[half:] + signature[:half]),
        ("the bytes are reversed: turn what CryptoPro gives byte by byte", signature[::-1]),
        ("the bytes of each half are reversed", signature[:half][::-1] + signature[half:][::-1]),
    ):
        if certificate.fits(message, octets):
            return words
    found = why_text_is_wrong(lambda text: certificate.fits(text, signature), fields, wanted)
    if found:
        return found
    for other in others:
        if other.fits(message, signature):
            return f"the key of another certificate of yours made this signature: {other.hash}"
    return UNKNOWN
