"""Signatures by OpenSSL's gost engine inside this process: much faster than pure Python, and no certified cryptography either."""

from __future__ import annotations

from broker.connectors.esia.signing.gost_certificate import key_info_of
from broker.connectors.esia.signing.libcrypto import lib_crypto
from broker.connectors.esia.signing.own_signer import Maker, OwnCertificate
from broker.connectors.esia.signing.settings import OPENSSL_ENGINE


def openssl_engine(certificate: OwnCertificate, private_key_der: bytes, library: str) -> Maker:
    """Signs with a key in this process. About 0.1 ms a signature, and as much again to check it.

    Args:
        private_key_der: PKCS #8.
        library: the file name of libcrypto, as the loader of the system finds it.

    Raises:
        ValueError: library, engine or key cannot be used; one sentence.
    """
    crypto = lib_crypto(library)
    private, public = crypto.private_key(private_key_der), crypto.public_key(key_info_of(certificate.der))
    return Maker(
        OPENSSL_ENGINE,
        lambda data: crypto.sign(private, data),
        is_right=lambda data, signature: crypto.verify(public, data, signature),
    )
