"""A stream: what one service wants to hear of, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from broker.signals.events import ENABLED


@dataclass(frozen=True, slots=True)
class Stream:
    """`delivery` is push or poll; for push there are `endpoint_url` and perhaps the `authorization` header to send.
    `requested` are event types that the service asked for and we have."""

    id: str
    client_id: str
    delivery: str
    endpoint_url: str
    authorization: str = field(repr=False)
    requested: tuple[str, ...]
    description: str
    status: str = ENABLED
    reason: str = ""
