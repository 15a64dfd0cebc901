"""The first keys of a stand in its state directory, so that a restart does not change what clients were given."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from broker.mock_esia.tokens.key import GOST, LIFETIME, NEW_KEYS, RS256, TokenKey, gost_key_from, rsa_key_from

_FILES = {RS256: ("token-key.pem", "token-certificate.pem"), GOST: ("gost-token-key.hex", "gost-token-certificate.pem")}
_READERS: dict[str, Callable[[bytes, bytes], TokenKey]] = {RS256: rsa_key_from, GOST: gost_key_from}


def open_token_keys(var_dir: Path, at: datetime) -> dict[str, TokenKey]:
    """Read the key of each algorithm, or make it. `at` is the day of a new certificate. Raises ValueError for a wrong file."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {alg: _opened(var_dir, alg, at) for alg in _FILES}


def _opened(var_dir: Path, alg: str, at: datetime) -> TokenKey:
    key_file, certificate_file = (var_dir / name for name in _FILES[alg])
    if not (key_file.exists() and certificate_file.exists()):
        made = NEW_KEYS[alg](at - timedelta(days=1), at + LIFETIME)
        _write(certificate_file, pem_of(made.der))
        _write(key_file, made.saved())
    return _READERS[alg](key_file.read_bytes(), _der_of(certificate_file.read_bytes()))


def pem_of(der: bytes) -> bytes:
    """The same certificate in PEM (RFC 7468)."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def _der_of(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)


def _write(file: Path, content: bytes) -> None:
    """Write a file that only its owner ever could read, whole or not at all."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    draft.replace(file)
