"""The proof that every request of a client carries: certificate, signature, time.

There is no static secret: `client_secret` is a fresh signature over the other parameters, joined without separators. In v1 it
is a detached CMS container that names its certificate; in v2 and v3 it is 64 raw bytes, and the certificate is named by its hash.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.mock_esia.journal.story import say
from broker.mock_esia.oauth.certificates import ClientCertificate
from broker.mock_esia.oauth.cms import read_container
from broker.mock_esia.oauth.diagnosis import (
    UNKNOWN,
    why_bytes_are_wrong,
    why_hash_is_wrong,
    why_not_current,
    why_signature_is_wrong,
    why_text_is_wrong,
)
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.registry import RegisteredClient, Registry
from broker.mock_esia.oauth.signed_text import REFRESH_TOKEN_ORDER, V1_ORDER, Order, joined

# A refusal explains itself by trying keys; a stand with many certificates must not become slow by that.
_MOST_TRIED = 4
_TIMESTAMP = re.compile(r"\d{4}\.\d{2}\.\d{2} \d{2}:\d{2}:\d{2} [+-]\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProofRules:
    """When the request came, how far its own time may be from that, and who else is registered."""

    at: datetime
    window: timedelta
    registry: Registry


def require_proof(client: RegisteredClient, fields: Mapping[str, str], orders: tuple[Order, ...], rules: ProofRules) -> None:
    """Check the certificate hash, then the raw signature in any of `orders`, then the time.

    Raises EsiaRefusal 007053 for hash and signature, 007003 for a malformed time, 007015 for a time outside the window.
    The signature comes first: a zone whose "+" became a space already spoils the signed bytes.
    """
    _require_active(client)
    certificates = _named(client, fields, rules)
    signature = _octets(client, fields["client_secret"], "007053")
    wrong_bytes = why_bytes_are_wrong(signature)
    if wrong_bytes:
        raise EsiaRefusal("007053", words=wrong_bytes)
    fitting = next((order for order in orders if _fits(certificates, joined(fields, order), signature)), None)
    if fitting is None:
        raise EsiaRefusal("007053", words=_why(client, certificates, fields, signature, orders[0]))
    ending = " (the order that ends with refresh_token)" if fitting == REFRESH_TOKEN_ORDER else ""
    say(f"the signature is right: raw GOST, text of {', '.join(name for name in fitting if fields.get(name))}{ending}")
    require_fresh(fields["timestamp"], client, rules)


def require_v1_proof(client: RegisteredClient, fields: Mapping[str, str], rules: ProofRules) -> None:
    """Check a detached CMS container over the text of v1, then the time.

    Raises EsiaRefusal 007005 for container, certificate and signature, 007002 for another system's certificate, 007003 and
    007015 for the time.
    """
    _require_active(client)
    container = read_container(
        _octets(client, fields["client_secret"], "007005"), client.certificates, rules.registry.owners_of
    )
    if not container.certificate.is_current(rules.at):
        raise EsiaRefusal("007005", words=why_not_current(container.certificate, rules.at))
    if not container.fits(joined(fields, V1_ORDER)):
        raise EsiaRefusal("007005", words=why_text_is_wrong(container.fits, fields, V1_ORDER) or UNKNOWN)
    attributes = "without signed attributes" if container.attributes is None else "with signed attributes"
    say(f"the signature is right: {container.certificate.kind} in CMS {attributes}")
    require_fresh(fields["timestamp"], client, rules)


def require_fresh(unverified_timestamp: str, client: RegisteredClient, rules: ProofRules) -> None:
    """Check the form `yyyy.MM.dd HH:mm:ss Z` and the distance from now."""
    if not _TIMESTAMP.fullmatch(unverified_timestamp):
        raise EsiaRefusal("007003", words="timestamp has another form than 2026.11.21 12:00:00 +0300")
    try:
        said_at = datetime.strptime(unverified_timestamp, "%Y.%m.%d %H:%M:%S %z")
    except ValueError as wrong:
        raise EsiaRefusal("007003", words="timestamp is no moment of the calendar") from wrong
    off = said_at - rules.at
    if abs(off) > (client.client.strictness.timestamp_window or rules.window):
        direction = "ahead of" if off > timedelta() else "behind"
        raise EsiaRefusal("007015", words=f"timestamp is {abs(int(off.total_seconds()))} seconds {direction} our clock")


def require_state(client: RegisteredClient, unverified_state: str) -> None:
    """`state` must be a UUID in its canonical text form, unless the client may send anything."""
    if client.client.strictness.any_state:
        return
    try:
        canonical = str(uuid.UUID(unverified_state))
    except ValueError as wrong:
        raise EsiaRefusal("007003", words="state is no UUID") from wrong
    if canonical != unverified_state.lower():
        raise EsiaRefusal("007003", words="state is a UUID in another form than 8-4-4-4-12 hex digits")


def _require_active(client: RegisteredClient) -> None:
    if not client.client.is_active:
        raise EsiaRefusal("008010", words="this system is switched off in /console/tech")


def _named(client: RegisteredClient, fields: Mapping[str, str], rules: ProofRules) -> tuple[ClientCertificate, ...]:
    """The certificate of the hash; all that are current where the request may leave the hash out."""
    unverified_hash = fields.get("client_certificate_hash", "")
    if not unverified_hash:
        return tuple(certificate for certificate in client.certificates.values() if certificate.is_current(rules.at))
    for known, certificate in client.certificates.items():
        if hmac.compare_digest(known.encode(), unverified_hash.encode()):
            if not certificate.is_current(rules.at):
                raise EsiaRefusal("007053", words=why_not_current(certificate, rules.at))
            return (certificate,)
    owners = rules.registry.owners_of(unverified_hash)
    raise EsiaRefusal("007053", words=why_hash_is_wrong(unverified_hash, client.certificates, owners))


def _fits(certificates: tuple[ClientCertificate, ...], message: bytes, signature: bytes) -> bool:
    return any(certificate.fits(message, signature) for certificate in certificates)


def _why(
    client: RegisteredClient, named: tuple[ClientCertificate, ...], fields: Mapping[str, str], signature: bytes, wanted: Order
) -> str:
    if not named:
        return "the system has no certificate that is valid now"
    others = tuple(known for known in client.certificates.values() if known.hash != named[0].hash)
    return why_signature_is_wrong(named[0], others[:_MOST_TRIED], fields, signature, wanted)


def _octets(client: RegisteredClient, unverified_secret: str, code: str) -> bytes:
    """Base64url or standard base64, padded or not: clients in the wild send all of these, and a strict client one."""
    if client.client.strictness.unpadded_only and set("=+/ ") & set(unverified_secret):
        raise EsiaRefusal(code, words="client_secret has padding or the standard alphabet; base64url without = is wanted here")
    if " " in unverified_secret:
        raise EsiaRefusal(code, words="a + of client_secret arrived as a space: use base64url, or encode it as %2B")
    text = unverified_secret.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise EsiaRefusal(code, words="client_secret is no base64url") from wrong
