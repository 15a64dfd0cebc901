"""From what happened to what is told: one delivery for every stream that asked for this kind of event and knows the person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broker.audit.catalogue import SessionEnded
from broker.audit.catalogue_people import PasswordChanged, PasswordRemoved, SignInPaused, SignInResumed
from broker.audit.catalogue_services import GrantOutlived, SessionRanOut
from broker.audit.event import Actor, Event
from broker.clients.client import Client
from broker.deliveries.queue import Delivery, Queue
from broker.signals.event_tokens import may_hear
from broker.signals.events import ACCOUNT_DISABLED, ACCOUNT_ENABLED, CREDENTIAL_CHANGE, DISABLED, SESSION_REVOKED
from broker.signals.stream import Stream
from broker.tokens.names import Names

# Who began it, in the words of CAEP 1.0, 2; whoever is not here is the system itself.
_INITIATORS: Mapping[str, str] = {"person": "user", "client": "user", "staff": "admin"}
_OF_A_PERSON: Mapping[type, tuple[str, str]] = {
    PasswordChanged: (CREDENTIAL_CHANGE, "update"),
    PasswordRemoved: (CREDENTIAL_CHANGE, "revoke"),
    SignInPaused: (ACCOUNT_DISABLED, ""),
    SignInResumed: (ACCOUNT_ENABLED, ""),
}


# Most events, those of every token among them, are nobody else's business.
_TOLD = (SessionEnded, SessionRanOut, GrantOutlived, *_OF_A_PERSON)


class Participants(Protocol):
    """What this needs of sessions."""

    def clients_of(self, session_id: str) -> tuple[str, ...]:
        """Identifiers of the clients that took part."""

    def last_use_of_clients(self, person_id: str) -> dict[str, datetime]:
        """When each client was last brought into a session of this person."""


class Allowed(Protocol):
    """What this needs of permissions."""

    def find(self, client_id: str, person_id: str) -> object | None:
        """The permission, or None."""


class StreamsOf(Protocol):
    """What this needs of streams."""

    def of_client(self, client_id: str) -> Stream | None:
        """The stream of a client."""

    def is_left_out(self, stream_id: str, sub: str) -> bool:
        """Whether nothing is to be told of somebody."""


@dataclass(frozen=True, slots=True)
class Knowing:
    """Who knows whom. `find_client` is ClientStore.find."""

    sessions: Participants
    consents: Allowed
    streams: StreamsOf
    names: Names
    find_client: Callable[[str], Client | None]


class SignalAnnouncer:
    """Hears every event of the journal, in the unit of work that it tells of."""

    def __init__(self, knowing: Knowing, queue: Queue, now: Callable[[], datetime]):
        self._knowing = knowing
        self._queue = queue
        self._now = now

    def hear(self, event: Event, actor: Actor) -> None:
        """One event. Only clients that have had this person, and are still permitted to, are told."""
        if not isinstance(event, _TOLD):
            return
        about: dict[str, object] = {"at": int(self._now().timestamp()), "by": _INITIATORS.get(actor.kind, "system")}
        sessions = self._knowing.sessions
        if isinstance(event, SessionEnded):
            about |= {"event": SESSION_REVOKED, "person_id": event.person_id, "session_id": event.session_id}
            self._tell(sessions.clients_of(event.session_id), about)
        elif isinstance(event, SessionRanOut):
            about |= {"event": SESSION_REVOKED, "person_id": event.person_id, "session_id": event.session_id}
            self._tell(event.client_ids, about)
        elif isinstance(event, GrantOutlived):
            about |= {"event": SESSION_REVOKED, "person_id": event.person_id, "session_id": event.session_id}
            self._tell((event.client_id,), about)
        elif isinstance(event, PasswordChanged | PasswordRemoved | SignInPaused | SignInResumed):
            kind, change = _OF_A_PERSON[type(event)]
            about |= {"event": kind, "person_id": event.person_id, "change": change}
            self._tell(sorted(sessions.last_use_of_clients(event.person_id)), about)

    def _tell(self, client_ids: Iterable[str], about: Mapping[str, object]) -> None:
        for client_id in client_ids:
            stream = self._knowing.streams.of_client(client_id)
            if stream is not None and self._wants(stream, about):
                self._queue.put(Delivery(stream.delivery, client_id, stream.id, about))

    def _wants(self, stream: Stream, about: Mapping[str, object]) -> bool:
        if stream.status == DISABLED or about["event"] not in stream.requested:
            return False
        client, person_id = self._knowing.find_client(stream.client_id), str(about["person_id"])
        if client is None or not may_hear(client):
            return False
        if not (client.first_party or self._knowing.consents.find(client.client_id, person_id)):
            return False
        return not self._knowing.streams.is_left_out(stream.id, self._knowing.names.subject(client, person_id))
