"""Signatures in pure Python, for the demo and for tests only (docs/decisions/0004-gost-in-pure-python.md).

It is not constant-time and no certified cryptography: a production installation signs with a certified device behind `Signer`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from broker.connectors.esia.signing.gost_certificate import GostPrivateKey
from broker.connectors.esia.signing.gost_curve import public_key_of, signature_of
from broker.connectors.esia.signing.own_signer import Maker, OwnCertificate
from broker.connectors.esia.signing.settings import PURE_PYTHON


def pure_python(certificate: OwnCertificate, private_key: GostPrivateKey, random: Callable[[int], bytes]) -> Maker:
    """Signs with a key in this process. About 4 ms a signature. `random` is the outside's.

    Raises:
        ValueError: the key is not the one in the certificate.
    """
    # Several names stand for one curve; the points tell whether it is the same key.
    curve, number = certificate.public_key.curve, private_key.number
    if not hmac.compare_digest(public_key_of(number, curve).point, certificate.public_key.point):
        raise ValueError("esia.private_key_file does not belong to esia.certificate_file")
    return Maker(PURE_PYTHON, lambda data: signature_of(data, number, curve, random), checks=False)
