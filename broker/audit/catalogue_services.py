"""Events of what services are told and of how they ask for it; a part of the catalogue, with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class GrantOutlived:
    """A grant that had outlived its session was ended with what it rested on. `cause` is a word of the calling room."""

    name: ClassVar[str] = "late_grant.ended"
    grant_id: str
    client_id: str
    person_id: str
    session_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class DeliverySent:
    """A service has taken what it was told over HTTP. `kind` is logout or a kind of signal."""

    name: ClassVar[str] = "delivery.sent"
    delivery_id: str
    kind: str
    client_id: str
    tries: int


@dataclass(frozen=True, slots=True)
class DeliveryGivenUp:
    """A service will not be told any more. `trouble` is a status or a word of the deliveries room."""

    name: ClassVar[str] = "delivery.given_up"
    delivery_id: str
    kind: str
    client_id: str
    trouble: str
