"""The only place that calls OpenSSL's library by hand: GOST signatures by its engine, in this process.

Of the library only functions are used whose form has not changed since OpenSSL 1.1.1, with pointers nobody looks into; the
version is asked first. The engine is registered for its own algorithms only: TLS and everything else here go on without it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ubyte, c_ulong, c_void_p
from functools import cache
from threading import Lock
from typing import Any
from weakref import finalize

from broker.connectors.esia.signing.signer import SigningFailed

_MAJOR = 3
_ENGINE = b"gost"
_STREEBOG = b"1.2.643.7.1.1.2.2"
_SIZE = 64
_OK = 1
# What each function takes and gives; a name that is missing stops the start.
_POINTERS = (c_void_p,)
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "ENGINE_by_id": (c_void_p, (c_char_p,)),
    "ENGINE_init": (c_int, _POINTERS),
    "ENGINE_register_digests": (c_int, _POINTERS),
    "ENGINE_register_pkey_meths": (c_int, _POINTERS),
    "ENGINE_register_pkey_asn1_meths": (c_int, _POINTERS),
    "ENGINE_get_digest": (c_void_p, (c_void_p, c_int)),
    "OBJ_txt2nid": (c_int, (c_char_p,)),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_size_t)),
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_size_t)),
    "EVP_PKEY_free": (None, _POINTERS),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, _POINTERS),
    "EVP_DigestSignInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, POINTER(c_ubyte), POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "ERR_clear_error": (None, ()),
}


class Key:
    """A key in the library's own memory, which gets it back when nobody here has the key any more."""

    def __init__(self, handle: int, give_back: Callable[[int], None]):
        self.handle = handle
        # Not at the end of the process, when the library may have been taken down before.
        finalize(self, give_back, handle).atexit = False


class LibCrypto:
    """The library with its engine. One a process; the engine is never unloaded.

    Raises:
        ValueError: at construction, when library or engine cannot be used; one sentence.
    """

    def __init__(self, name: str):
        self._call = _functions_of(name)
        self._lock = Lock()
        self._engine = self._started()
        try:
            self._digest = self._call["ENGINE_get_digest"](self._engine, self._call["OBJ_txt2nid"](_STREEBOG))
        finally:
            self._call["ERR_clear_error"]()
        if not self._digest:
            raise ValueError("the gost engine of OpenSSL does not know Streebog")

    def private_key(self, der: bytes) -> Key:
        """A PKCS #8 key. Raises ValueError when the engine does not take it."""
        return self._read("d2i_AutoPrivateKey", der, "the key in esia.private_key_file")

    def public_key(self, der: bytes) -> Key:
        """A SubjectPublicKeyInfo (RFC 5280 4.1). Raises ValueError when the engine does not take it."""
        return self._read("d2i_PUBKEY", der, "the key in esia.certificate_file")

    def sign(self, key: Key, data: bytes) -> bytes:
        """64 bytes, s then r. Raises SigningFailed."""
        made, length = (c_ubyte * _SIZE)(), c_size_t(_SIZE)
        with self._context() as context:
            begun = self._call["EVP_DigestSignInit"](context, None, self._digest, self._engine, key.handle)
            ended = begun == _OK and self._call["EVP_DigestSign"](context, made, byref(length), data, len(data))
        if ended != _OK or length.value != _SIZE:
            raise SigningFailed("the gost engine of OpenSSL made no signature")
        return bytes(made)

    def verify(self, key: Key, data: bytes, signature: bytes) -> bool:
        """Whether the signature is the key's over data. Raises SigningFailed when that cannot be known."""
        with self._context() as context:
            begun = self._call["EVP_DigestVerifyInit"](context, None, self._digest, self._engine, key.handle)
            ended = begun == _OK and self._call["EVP_DigestVerify"](context, signature, len(signature), data, len(data))
        return bool(ended == _OK)

    @contextmanager
    def _context(self) -> Iterator[int]:
        # The engine promises nothing about threads, and a signature takes a tenth of a millisecond.
        with self._lock:
            context = self._call["EVP_MD_CTX_new"]()
            # The library would look where nothing is, and the process would be gone.
            if not context:
                raise SigningFailed("OpenSSL has no memory for a signature")
            try:
                yield context
            finally:
                self._call["EVP_MD_CTX_free"](context)
                # Whoever uses the library next in this thread, such as TLS, must not find our errors and take them for its own.
                self._call["ERR_clear_error"]()

    def _read(self, function: str, der: bytes, what: str) -> Key:
        with self._lock:
            found = self._call[function](None, byref(c_char_p(der)), len(der))
            self._call["ERR_clear_error"]()
        if not found:
            raise ValueError(f"the gost engine of OpenSSL does not take {what}")
        return Key(found, self._call["EVP_PKEY_free"])

    def _started(self) -> int:
        call = self._call
        if call["OpenSSL_version_num"]() >> 28 != _MAJOR:
            raise ValueError(f"esia_signing.libcrypto is not of OpenSSL {_MAJOR}, which alone was tried")
        engine = call["ENGINE_by_id"](_ENGINE)
        registers = ("ENGINE_init", "ENGINE_register_digests", "ENGINE_register_pkey_meths", "ENGINE_register_pkey_asn1_meths")
        is_ready = bool(engine) and all(call[name](engine) == _OK for name in registers)
        call["ERR_clear_error"]()
        if not is_ready:
            raise ValueError("OpenSSL has no engine gost: install libengine-gost-openssl, or name another esia.signer")
        return int(engine)


@cache
def lib_crypto(name: str) -> LibCrypto:
    """The library of this name, loaded once."""
    return LibCrypto(name)


def _functions_of(name: str) -> dict[str, Callable[..., Any]]:
    try:
        library = ctypes.CDLL(name)
        found = {word: getattr(library, word) for word in _FUNCTIONS}
    except (OSError, AttributeError) as error:
        raise ValueError("esia_signing.libcrypto names no library of OpenSSL that can be loaded") from error
    for word, (gives, takes) in _FUNCTIONS.items():
        found[word].restype, found[word].argtypes = gives, takes
    return found
