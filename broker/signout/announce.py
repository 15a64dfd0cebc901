"""Telling services that a session is over, whoever ended it: the one place in which every ending is heard of.

It listens to the journal, because the event of an ending is written in the unit of work of the ending itself: no caller can end a
session and forget to tell, and none tells of an ending that is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from broker.audit.catalogue import SessionEnded
from broker.audit.catalogue_services import GrantOutlived, SessionRanOut
from broker.audit.event import Actor, Event
from broker.clients.client import Client
from broker.deliveries.queue import Delivery, Queue

LOGOUT = "logout"


class Participants(Protocol):
    """What this needs of sessions."""

    def clients_of(self, session_id: str) -> tuple[str, ...]:
        """Identifiers of the clients that took part."""


class Announcer:
    """Puts a delivery for every client that took part in a session and wants to hear of its end (Back-Channel Logout 1.0, 2)."""

    def __init__(self, sessions: Participants, find_client: Callable[[str], Client | None], queue: Queue):
        self._sessions = sessions
        self._find_client = find_client
        self._queue = queue

    def hear(self, event: Event, _actor: Actor) -> None:
        """One event, in the unit of work that it tells of."""
        if isinstance(event, SessionEnded):
            for client_id in self._sessions.clients_of(event.session_id):
                self._tell(client_id, event.person_id, event.session_id)
        elif isinstance(event, SessionRanOut):
            for client_id in event.client_ids:
                self._tell(client_id, event.person_id, event.session_id)
        elif isinstance(event, GrantOutlived):
            self._tell(event.client_id, event.person_id, event.session_id)

    def _tell(self, client_id: str, person_id: str, session_id: str) -> None:
        client = self._find_client(client_id)
        # A client that is paused is told too: people leave it all the same.
        if client is not None and client.backchannel_logout_uri:
            about = {"person_id": person_id, "session_id": session_id}
            self._queue.put(Delivery(LOGOUT, client_id, session_id, about))
