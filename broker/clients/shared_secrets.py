"""Secrets that we must be able to read again: client_secret_jwt needs the secret itself to compute a MAC (OpenID Connect Core 9).

All other secrets are kept as hashes only. These are sealed besides, bound to their client, and no service gets one unless it
registers for this one method.
"""

from __future__ import annotations

from datetime import datetime

from broker.clients.client import Client, lives
from keys.secrets.sealing import SealBroken, Sealer


class SharedSecrets:
    """Seals and opens secrets of clients."""

    def __init__(self, sealer: Sealer):
        self._sealer = sealer

    def seal(self, client_id: str, secret: str) -> bytes:
        """The secret as it may lie in the database; of no use in the row of another client."""
        return self._sealer.seal(secret.encode("ascii"), _bound(client_id))

    def live(self, client: Client, now: datetime) -> tuple[str, ...]:
        """Every secret that a MAC may be made with at this instant. One that does not open is passed over: it proves nothing."""
        found = []
        for secret in client.secrets:
            if secret.sealed and lives(secret, now):
                try:
                    found.append(self._sealer.unseal(secret.sealed, _bound(client.client_id)).decode("ascii"))
                except SealBroken:
                    continue
        return tuple(found)


def _bound(client_id: str) -> str:
    return f"client_secret:{client_id}"
