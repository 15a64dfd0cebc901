"""A file under a passphrase: encrypted and authenticated chunk by chunk, so that its length is no matter of memory.

scrypt (RFC 7914) makes the key of one file from the passphrase and a fresh salt. Each chunk is AES-256-GCM (NIST SP 800-38D). Its
nonce is its number and whether it is the last one: chunks cannot be swapped, left out, or cut off at the end, and none occurs
twice under one key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SALT_SIZE: Final = 16
# 128 MiB and about half a second: what one guess of a passphrase costs.
COST: Final = 17
# What a file may ask of whoever opens it; a forged header must not take the memory of the machine.
_COSTS: Final = range(10, 21)
_MAGIC: Final = b"school-signin locked file 1\n"
_CHUNK: Final = 64 * 1024
_TAG: Final = 16
_LAST: Final = 1 << 31


class FileBroken(Exception):
    """Another passphrase, another kind of file, or one that was changed or cut off since. Says nothing more on purpose."""


def locked(plain: Iterable[bytes], passphrase: str, salt: bytes, cost: int = COST) -> Iterator[bytes]:
    """The bytes of the file. `salt` must be SALT_SIZE fresh random bytes; `cost` is the binary logarithm of scrypt's N."""
    header = _MAGIC + salt + bytes((cost,))
    cipher = _cipher(passphrase, salt, cost)
    yield header
    number, waiting = 0, bytearray()
    for piece in plain:
        waiting += piece
        # One chunk is kept back: only at the end is it known which is the last.
        while len(waiting) > _CHUNK:
            yield _chunk(cipher, header, number, bytes(waiting[:_CHUNK]))
            del waiting[:_CHUNK]
            number += 1
    yield _chunk(cipher, header, number | _LAST, bytes(waiting))


def opened(file: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """What `locked` was given, as it is read. Believe none of it before the last piece: until then the end may be missing.

    Raises:
        FileBroken.
    """
    header = file.read(len(_MAGIC) + SALT_SIZE + 1)
    if len(header) != len(_MAGIC) + SALT_SIZE + 1 or not header.startswith(_MAGIC) or header[-1] not in _COSTS:
        raise FileBroken
    cipher = _cipher(passphrase, header[len(_MAGIC) : -1], header[-1])
    number = 0
    while True:
        said = int.from_bytes(_exactly(file, 4), "big")
        size = said & ~_LAST
        if size > _CHUNK + _TAG:
            raise FileBroken
        place = number | (said & _LAST)
        try:
            yield cipher.decrypt(_nonce(place), _exactly(file, size), header)
        except InvalidTag:
            raise FileBroken from None
        if place & _LAST:
            break
        number += 1
    if file.read(1):
        raise FileBroken


def _cipher(passphrase: str, salt: bytes, cost: int) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(passphrase.encode("utf-8")))


def _chunk(cipher: AESGCM, header: bytes, place: int, plain: bytes) -> bytes:
    box = cipher.encrypt(_nonce(place), plain, header)
    return (len(box) | (place & _LAST)).to_bytes(4, "big") + box


def _nonce(place: int) -> bytes:
    return place.to_bytes(12, "big")


def _exactly(file: BinaryIO, size: int) -> bytes:
    found = file.read(size)
    if len(found) != size:
        raise FileBroken
    return found
