"""Which signer the settings name, and a first signature of it, so that a wrong one stops the start and not a person."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.connectors.esia.signing import gost_signer
from broker.connectors.esia.signing.gost_certificate import read_certificate, read_private_key
from broker.connectors.esia.signing.own_signer import Maker, OwnCertificate, OwnSigner
from broker.connectors.esia.signing.settings import SignerSettings
from broker.foundation.outside import Outside

_LOG = logging.getLogger(__name__)


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
    certificate = OwnCertificate.of(read_certificate(Path(asked.certificate_file)))
    maker = MAKERS[asked.kind](certificate, asked, settings, outside)
    return OwnSigner(certificate, maker, outside.now, settings.signed_attributes)


def _pure_python(certificate: OwnCertificate, asked: Asked, _settings: SignerSettings, outside: Outside) -> Maker:
    return gost_signer.pure_python(certificate, read_private_key(Path(asked.key)), outside.random)


MAKERS: Mapping[str, Callable[[OwnCertificate, Asked, SignerSettings, Outside], Maker]] = {
    "pure_python": _pure_python,
}
