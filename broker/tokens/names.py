"""What a client knows people and their sessions by; nobody else can tell from it who they are."""

from __future__ import annotations

from dataclasses import dataclass

from broker.clients.client import Client
from broker.clients.subjects import subject_of
from broker.foundation.encoding import b64url
from keys.vault import Vault


@dataclass(frozen=True, slots=True)
class Names:
    """One a process."""

    vault: Vault

    def subject(self, client: Client, person_id: str) -> str:
        """What this client knows the person by (OpenID Connect Core 8)."""
        return subject_of(client, person_id, self.vault.subjects.of)

    def session_word(self, client_id: str, session_id: str) -> str:
        """`sid`: names the session to one client; two clients cannot compare theirs."""
        return b64url(self.vault.fingerprints.mac("sid", f"{client_id}\x00{session_id}".encode())[:16])
