"""What the house keeps itself and what its services have registered, as dates of the calendar."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from broker.audit.journal import Journal
from broker.audit.search import Question
from broker.audit.search_store import Search
from broker.clients.client import Client
from broker.custody.calendar import DueDate
from broker.custody.secrets_care import SecretCare
from broker.foundation.certificates import BadCertificate, life_of_certificate, lives_in
from broker.foundation.encoding import digest
from broker.storage.database import Database
from keys.opening.opener import OpeningKeyInfo
from keys.signing.key import KeyInfo, KeyState, KeyUse

_MASTER: Final = "master_key.changed"


def signing_keys(keys: Iterable[KeyInfo], sign_for: timedelta) -> Iterator[DueDate]:
    """When each signing key is to be followed by another; it goes on signing if that is late."""
    for key in keys:
        if key.state is KeyState.SIGNING:
            what = "audit_key" if key.use is KeyUse.AUDIT else "signing_key"
            yield DueDate(what, f"{key.algorithms[0]} {key.kid[:8]}", key.kid, key.moved_at + sign_for, key.moved_at)


def secret_keys(care: SecretCare) -> Iterator[DueDate]:
    """When each secret key is to be followed by another."""
    for one in care.expiries():
        if one.due_at is not None:
            # One of a purpose is current at a time, so its day names it.
            yield DueDate("secret_key", one.name, f"{one.name} {one.since:%Y-%m-%d}", one.due_at, one.since)


def master_key(care: SecretCare, database: Database, journal: Journal, age: timedelta) -> Iterator[DueDate]:
    """The master key is as old as its last change; without one, at least as old as the oldest key under it."""
    changed = Search(database, journal).page(Question(names=(_MASTER,)), most=1).entries
    since = changed[0].at if changed else min((info.made_at for info in care.status()), default=None)
    if since is not None:
        yield DueDate("master_key", "", f"{since:%Y-%m-%dT%H:%M:%S}", since + age, since)


def client_dates(clients: Iterable[Client], now: datetime) -> Iterator[DueDate]:
    """Secrets of services that will end, and the certificates that they have registered. An old secret that has ended was meant
    to."""
    for client in clients:
        if not client.is_enabled:
            continue
        for secret in client.secrets:
            if secret.ends_at is not None and secret.ends_at > now:
                yield DueDate("client_secret", client.client_id, digest(secret.hash), secret.ends_at, ends=True)
        yield from certificates_in(client.jwks, "client_certificate", client.client_id)


def opening_keys(keys: Iterable[OpeningKeyInfo], life: timedelta) -> Iterator[DueDate]:
    """When each key that services encrypt to is to be followed by another; workers do it, so a date that passes is a fault."""
    for key in keys:
        if life and key.ends_at is None:
            yield DueDate("opening_key", f"{key.kind} {key.kid[:8]}", key.kid, key.made_at + life, key.made_at)


def authorities_in(file: Path) -> Iterator[DueDate]:
    """The certificates of the authorities by which we verify the chains of services.

    Raises:
        ValueError: the file cannot be read.
    """
    for name, fingerprint, begins, ends in lives_in(file):
        yield DueDate("mtls_authority", name, fingerprint, ends, begins, ends=True)


def pin_of(file: Path, age: timedelta) -> Iterator[DueDate]:
    """The PIN of the hardware module is as old as its file.

    Raises:
        ValueError: the file cannot be looked at.
    """
    try:
        since = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        raise ValueError("the file of the PIN cannot be looked at") from None
    yield DueDate("hsm_pin", "", f"{since:%Y-%m-%dT%H:%M:%S}", since + age, since)


def certificates_in(jwks: Mapping[str, Any], what: str, name: str) -> Iterator[DueDate]:
    """The certificates of a JWK Set (RFC 7517 4.7: the first of a chain is the key's own)."""
    for jwk in jwks.get("keys", ()):
        chain = jwk.get("x5c")
        if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
            continue
        try:
            der = base64.b64decode(chain[0], validate=True)
            begins, ends = life_of_certificate(der)
        except (binascii.Error, BadCertificate):
            # What cannot be read is refused where it is used; here it has no date.
            continue
        yield DueDate(what, name, digest(chain[0]), ends, begins, ends=True)

