"""What a service was told over HTTP, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from broker.clients.store import ClientStore
from broker.console.refused import Refused
from broker.deliveries.queue import Queue

MOST_SHOWN = 1000


def outcomes(clients: ClientStore, queue: Queue, client_id: str, state: str | None, limit: int) -> Mapping[str, Any]:
    """The newest deliveries to a service, never about whom they are.

    Raises:
        Refused: there is no such client, or the limit is outside 1 to 1000.
    """
    if not 1 <= limit <= MOST_SHOWN:
        raise Refused(f"The limit must be between 1 and {MOST_SHOWN}.")
    if clients.find(client_id) is None:
        raise Refused("There is no such client.")
    found = [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}
        for one in queue.newest(client_id, state, limit)
    ]
    return {"client_id": client_id, "deliveries": found}
