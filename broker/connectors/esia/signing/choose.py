"""Which signer the settings name, and a first signature of it, so that a wrong one stops the start and not a person."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.connectors.esia.signing.gost_certificate import der_of, read_bytes, read_certificate, read_private_key
from broker.connectors.esia.signing.gost_signer import pure_python
from broker.connectors.esia.signing.http_signer import http_signer
from broker.connectors.esia.signing.openssl_engine import openssl_engine
from broker.connectors.esia.signing.own_signer import Maker, OwnCertificate, OwnSigner
from broker.connectors.esia.signing.programs import command, openssl_command
from broker.connectors.esia.signing.settings import (
    COMMAND,
    HTTP,
    OPENSSL_COMMAND,
    OPENSSL_ENGINE,
    PURE_PYTHON,
    SignerSettings,
)
from broker.connectors.esia.signing.signer import SigningFailed
from broker.foundation.outside import Outside

_LOG = logging.getLogger(__name__)
_KEY = "esia.private_key_file"
# These are of this machine and fail at once or never. A device or a service may be silent for a while, and a start must not wait:
# people without Gosuslugi sign in all the same. `broker esia doctor` asks those.
_TRIED_AT_START = frozenset({OPENSSL_ENGINE, OPENSSL_COMMAND})


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair of the settings and what signs with it. `key` names a file or, for an external program, what that program wants."""

    kind: str
    certificate_file: str
    key: str


def open_signer(asked: Asked, settings: SignerSettings, outside: Outside) -> OwnSigner:
    """The signer of one pair.

    Raises:
        ValueError: a file cannot be read or understood, the two do not belong together, or nothing there can sign; one sentence.
    """
    settings.require_complete(asked.kind)
    certificate = OwnCertificate.of(read_certificate(Path(asked.certificate_file)))
    maker = MAKERS[asked.kind](certificate, asked, settings, outside)
    signer = OwnSigner(certificate, maker, outside.now, settings.signed_attributes)
    if asked.kind == PURE_PYTHON:
        _LOG.warning("ESIA requests are signed in pure Python: for demonstrations and tests only")
    if asked.kind in _TRIED_AT_START:
        try:
            signer.sign_raw(b"first signature")
        except SigningFailed as failed:
            raise ValueError(f"esia.signer is {asked.kind}, but {failed}") from failed
    return signer


def _pure_python(certificate: OwnCertificate, asked: Asked, _settings: SignerSettings, outside: Outside) -> Maker:
    return pure_python(certificate, read_private_key(Path(asked.key)), outside.random)


def _openssl_engine(certificate: OwnCertificate, asked: Asked, settings: SignerSettings, _outside: Outside) -> Maker:
    key = der_of(read_bytes(Path(asked.key), _KEY), _KEY)
    return openssl_engine(certificate, key, settings.libcrypto)


def _openssl_command(_certificate: OwnCertificate, asked: Asked, settings: SignerSettings, _outside: Outside) -> Maker:
    read_private_key(Path(asked.key))
    return openssl_command(Path(asked.certificate_file), Path(asked.key), settings)


def _command(_certificate: OwnCertificate, asked: Asked, settings: SignerSettings, _outside: Outside) -> Maker:
    return command(asked.key, settings)


def _http(certificate: OwnCertificate, _asked: Asked, settings: SignerSettings, outside: Outside) -> Maker:
    return http_signer(certificate, settings, outside.send)


MAKERS: Mapping[str, Callable[[OwnCertificate, Asked, SignerSettings, Outside], Maker]] = {
    PURE_PYTHON: _pure_python,
    OPENSSL_ENGINE: _openssl_engine,
    OPENSSL_COMMAND: _openssl_command,
    COMMAND: _command,
    HTTP: _http,
}
