"""The proof that every request of a client carries: certificate hash, signature, time.

There is no static secret: `client_secret` is a fresh signature over the other parameters, joined without separators.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.mock_esia.gost import SIGNATURE_SIZE, RegisteredCertificate, signature_fits
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.registry import RegisteredClient

log = logging.getLogger(__name__)

AUTHORIZATION_ORDER = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
CODE_ORDER = (*AUTHORIZATION_ORDER, "code")
# Two libraries sign a refresh differently and both claim to work, so both orders pass here.
REFRESH_ORDERS = (AUTHORIZATION_ORDER, ("client_id", "scope", "timestamp", "state", "refresh_token"))
_V1_ORDER = ("scope", "timestamp", "client_id", "state")

_TIMESTAMP = re.compile(r"\d{4}\.\d{2}\.\d{2} \d{2}:\d{2}:\d{2} [+-]\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProofRules:
    """When the request came, and how far its own time may be from that."""

    at: datetime
    window: timedelta


def joined(fields: Mapping[str, str], order: tuple[str, ...]) -> bytes:
    """The signed bytes: the decoded values in order, absent ones as nothing."""
    return "".join(fields.get(name, "") for name in order).encode()


def require_proof(
    client: RegisteredClient, fields: Mapping[str, str], orders: tuple[tuple[str, ...], ...], rules: ProofRules
) -> None:
    """Check the certificate hash, then the signature in any of `orders`, then the time.

    Raises EsiaRefusal 007053 for hash and signature, 007003 for a malformed time, 007015 for a time outside the window.
    The signature comes first: a zone whose "+" became a space already spoils the signed bytes.
    """
    certificate = _certificate(client, fields["client_certificate_hash"], rules.at)
    signature = _signature(fields["client_secret"])
    if not any(signature_fits(certificate.point, joined(fields, order), signature) for order in orders):
        log.warning("mock ESIA refused a client_secret", extra={"hint": _hint(certificate, fields, orders[0])})
        raise EsiaRefusal("007053")
    require_fresh(fields["timestamp"], rules)


def require_fresh(unverified_timestamp: str, rules: ProofRules) -> None:
    """Check the form `yyyy.MM.dd HH:mm:ss Z` and the distance from now."""
    if not _TIMESTAMP.fullmatch(unverified_timestamp):
        raise EsiaRefusal("007003")
    try:
        said_at = datetime.strptime(unverified_timestamp, "%Y.%m.%d %H:%M:%S %z")
    except ValueError as wrong:
        raise EsiaRefusal("007003") from wrong
    if abs(said_at - rules.at) > rules.window:
        raise EsiaRefusal("007015")


def require_uuid(unverified_state: str) -> None:
    """`state` must be a UUID in its canonical text form."""
    try:
        canonical = str(uuid.UUID(unverified_state))
    except ValueError as wrong:
        raise EsiaRefusal("007003") from wrong
    if canonical != unverified_state.lower():
        raise EsiaRefusal("007003")


def _certificate(client: RegisteredClient, unverified_hash: str, at: datetime) -> RegisteredCertificate:
    for known, certificate in client.certificates.items():
        if hmac.compare_digest(known.encode(), unverified_hash.encode()) and at <= certificate.ends_at:
            return certificate
    log.warning("mock ESIA does not know a certificate", extra={"hint": "hash the DER, not the PEM; upper hex; not expired"})
    raise EsiaRefusal("007053")


def _signature(unverified_secret: str) -> bytes:
    """Base64url or standard base64, padded or not: clients in the wild send all of these."""
    text = unverified_secret.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        signature = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise EsiaRefusal("007053") from wrong
    if len(signature) != SIGNATURE_SIZE:
        log.warning("mock ESIA refused a client_secret", extra={"hint": "64 raw bytes are wanted, not a PKCS#7 container"})
        raise EsiaRefusal("007053")
    return signature


def _hint(certificate: RegisteredCertificate, fields: Mapping[str, str], order: tuple[str, ...]) -> str:
    """Why the signature may be wrong, for the developer who reads this stand's log."""
    signature, point = _signature(fields["client_secret"]), certificate.point
    message = joined(fields, order)
    if " 0" in fields["timestamp"][19:] and "+" not in fields["timestamp"]:
        return "the + of the time zone arrived as a space: encode it as %2B"
    if signature_fits(point, message, signature[32:] + signature[:32]):
        return "the halves are swapped: r||s was sent, s||r is wanted"
    if signature_fits(point, message, signature[::-1]):
        return "the bytes are reversed"
    if signature_fits(point, joined(fields, _V1_ORDER), signature):
        return "this is the order of v1; v2 signs client_id, scope, timestamp, state, redirect_uri"
    return "the signed text or the key differs"
