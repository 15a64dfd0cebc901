"""Pairwise subjects: what a third party knows a person by (OpenID Connect Core 8.1)."""

from __future__ import annotations

from broker.foundation.encoding import b64url
from keys.secrets.purposes import Purpose
from keys.secrets.secret_keys import SecretKeys


class PairwiseSubjects:
    """Two sectors cannot tell that they see one person. The key never rotates, or everybody would become a stranger."""

    def __init__(self, secrets: SecretKeys):
        self._secrets = secrets

    def of(self, sector: str, person_id: str) -> str:
        """43 URL-safe characters; the same for the same sector (a host name) and person for ever."""
        key = self._secrets.current(Purpose.PAIRWISE)
        return b64url(key.mark(sector.encode("utf-8"), person_id.encode("utf-8")))
