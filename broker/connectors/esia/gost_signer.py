"""GOST R 34.10-2012 in pure Python, for the demo and for tests only (docs/decisions/0004-gost-in-pure-python.md).

It is not constant-time and no certified cryptography: a production installation signs with a certified device behind `Signer`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from gostcrypto import gosthash, gostsignature

# id-tc26-gost-3410-2012-256-paramSetB is the curve of CryptoPro-A and CryptoPro-XchA, the one ESIA itself uses.
_CURVE: dict[str, int] = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"]
_SIZE = 32


def streebog(data: bytes) -> bytes:
    """GOST R 34.11-2012, 256 bit: 32 bytes."""
    found: bytearray = gosthash.new("streebog256", data=data).digest()
    return bytes(found)


def certificate_hash(der: bytes) -> str:
    """ESIA's `client_certificate_hash`: upper-case hex of Streebog-256 over the DER certificate, not over the PEM text."""
    return streebog(der).hex().upper()


def private_key_from(random: Callable[[int], bytes]) -> bytes:
    """A fresh private key: 32 bytes, big-endian, between 1 and q - 1."""
    return _scalar_from(random)


def public_key_of(private_key: bytes) -> bytes:
    """The point of a private key: x then y, 32 bytes each, big-endian."""
    return bytes(_engine().public_key_generate(bytearray(private_key)))


def signature_is_right(data: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether `signature` (s then r) over `data` was made by the holder of `public_key`; used by tests and our own start."""
    if len(signature) != 2 * _SIZE:
        return False
    swapped = bytearray(signature[_SIZE:] + signature[:_SIZE])
    return bool(_engine().verify(bytearray(public_key), _digest(data), swapped))


class PurePythonSigner:
    """The demo signer.

    Raises:
        ValueError: at construction, when the key is not the one in the certificate.
    """

    def __init__(self, der: bytes, keys: tuple[bytes, bytes], random: Callable[[int], bytes]):
        """`keys` are our private key and the public key read from the certificate; `random` is the outside's."""
        private_key, certified = keys
        if not hmac.compare_digest(public_key_of(private_key), certified):
            raise ValueError("esia.private_key_file does not belong to esia.certificate_file")
        self._private_key = private_key
        self._random = random
        self.certificate_hash = certificate_hash(der)

    def __repr__(self) -> str:
        return "PurePythonSigner(...)"

    def sign_raw(self, data: bytes) -> bytes:
        """See `Signer.sign_raw`. About 25 ms."""
        # The library wipes the key it is given, hence a copy; and it would read the system's random source by itself.
        key, once = bytearray(self._private_key), bytearray(_scalar_from(self._random))
        signature = bytes(_engine().sign(key, _digest(data), once))
        return signature[_SIZE:] + signature[:_SIZE]


def _digest(data: bytes) -> bytearray:
    # OpenSSL and ESIA read the digest as a little-endian number, the library as a big-endian one.
    return bytearray(reversed(streebog(data)))


def _scalar_from(random: Callable[[int], bytes]) -> bytes:
    # 16 bytes more than needed make the bias of the remainder negligible (as in FIPS 186-5 A.4.1).
    number = int.from_bytes(random(_SIZE + 16), "big") % (_CURVE["q"] - 1) + 1
    return number.to_bytes(_SIZE, "big")


def _engine() -> Any:
    return gostsignature.new(gostsignature.MODE_256, _CURVE)
