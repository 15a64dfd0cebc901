"""AES-256-GCM with everything it needs in one byte string: how this package locks anything (NIST SP 800-38D)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_SIZE = 12
KEY_SIZE = 32
TAG_SIZE = 16
# What OpenSSL makes of a key; for one that is used again it is made once.
Cipher = AESGCM


class BoxBroken(Exception):
    """The box was not locked by this key for this purpose, or it was changed since. Says nothing more on purpose."""


def lock(key: bytes | Cipher, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """nonce + ciphertext + tag. `nonce` must be fresh random bytes; `bound_to` is authenticated, not stored."""
    return nonce + _ready(key).encrypt(nonce, plain, bound_to)


def unlock(key: bytes | Cipher, box: bytes, bound_to: bytes) -> bytes:
    """What `lock` was given.

    Raises:
        BoxBroken: another key, another `bound_to`, or a changed box.
    """
    if len(box) < NONCE_SIZE + TAG_SIZE:
        raise BoxBroken
    try:
        return _ready(key).decrypt(box[:NONCE_SIZE], box[NONCE_SIZE:], bound_to)
    except InvalidTag:
        raise BoxBroken from None


def _ready(key: bytes | Cipher) -> Cipher:
    return key if isinstance(key, Cipher) else Cipher(key)
