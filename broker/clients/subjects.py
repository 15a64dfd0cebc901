"""What a client knows a person by (OpenID Connect Core 8)."""

from __future__ import annotations

from collections.abc import Callable

from broker.clients.client import Client


def subject_of(client: Client, person_id: str, pairwise: Callable[[str, str], str]) -> str:
    """The `sub` of a person for this client. `pairwise(sector, person_id)` makes one that no other sector can compare."""
    return person_id if client.subject_type == "public" else pairwise(client.sector, person_id)
