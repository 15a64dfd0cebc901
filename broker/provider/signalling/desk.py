"""What services may do with their stream (OpenID SSF 1.0, 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from broker.audit.catalogue_services import StreamChanged, StreamMade, StreamRemoved, SubjectHidden, SubjectShown
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.deliveries.postman import Unwritten
from broker.deliveries.queue import Delivery, Queue
from broker.foundation.outside import Outside
from broker.provider.signalling.reading import BadInput, Polled, shaped
from broker.signals.event_tokens import EventTokens
from broker.signals.events import DISABLED, ENABLED, METHOD_OF, POLL, SUPPORTED, VERIFICATION
from broker.signals.store import Streams, StreamTaken
from broker.signals.stream import Stream
from broker.storage.database import Database
from broker.storage.shelf import Shelf

MOST_FETCHED = 50
VERIFY_PAUSE = timedelta(seconds=60)


class NoStream(Exception):
    """The service has no such stream."""


class HasStream(Exception):
    """The service has a stream already, and one is all it may have."""


class TooSoon(Exception):
    """It was verified a moment ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDesk:
    """`poll_url` is where streams are fetched, before their identifier."""

    issuer: str
    poll_url: str
    database: Database
    journal: Journal
    outside: Outside
    shelf: Shelf
    queue: Queue
    streams: Streams
    event_tokens: EventTokens

    def described(self, stream: Stream) -> dict[str, Any]:
        """The configuration as its service sees it (8.1.1); the header that is sent with a push is not shown again."""
        address = f"{self.poll_url}{stream.id}" if stream.delivery == POLL else stream.endpoint_url
        return {
            "stream_id": stream.id,
            "iss": self.issuer,
            "aud": stream.client_id,
            "delivery": {"method": METHOD_OF[stream.delivery], "endpoint_url": address},
            "events_supported": list(SUPPORTED),
            "events_requested": list(stream.requested),
            "events_delivered": list(stream.requested),
            "min_verification_interval": int(VERIFY_PAUSE.total_seconds()),
            **({"description": stream.description} if stream.description else {}),
        }

    def find(self, client_id: str) -> Stream | None:
        """The stream of a service, or None."""
        return self.streams.of_client(client_id)

    def get(self, client_id: str, unverified_id: object) -> Stream:
        """The stream of this service with this identifier.

        Raises:
            NoStream: it has none, or another one; whether somebody else has it is not said.
        """
        found = self.streams.of_client(client_id)
        if found is None or found.id != unverified_id:
            raise NoStream
        return found

    def create(self, client_id: str, body: Mapping[str, Any]) -> Stream:
        """A new stream; it tells of everybody the service knows.

        Raises:
            BadInput, HasStream.
        """
        blank = Stream(self.outside.uuid(), client_id, POLL, "", "", (), "")
        stream = shaped(blank, body, {}, is_whole=True)
        try:
            with self.database.work():
                self.streams.add(stream)
                self.journal.append(StreamMade(stream.id, client_id, stream.delivery), Actor("client", client_id))
        except StreamTaken:
            raise HasStream from None
        return stream

    def change(self, client_id: str, body: Mapping[str, Any], *, is_whole: bool) -> Stream:
        """The stream as the service wants it now.

        Raises:
            BadInput, NoStream.
        """
        stream = self.get(client_id, body.get("stream_id"))
        return self._changed(stream, shaped(stream, body, self.described(stream), is_whole=is_whole))

    def set_status(self, client_id: str, stream_id: object, status: tuple[str, str]) -> Stream:
        """Go on, wait or stop (8.1.2). What waits while it is paused is kept, what happens while it is disabled is not told.

        Raises:
            NoStream.
        """
        stream = self.get(client_id, stream_id)
        return self._changed(stream, replace(stream, status=status[0], reason=status[1]))

    def remove(self, client_id: str, stream_id: object) -> None:
        """Forget the stream and what waits in it.

        Raises:
            NoStream.
        """
        stream = self.get(client_id, stream_id)
        with self.database.work():
            self.queue.drop(stream.id)
            self.streams.delete(stream.id)
            self.journal.append(StreamRemoved(stream.id, client_id), Actor("client", client_id))

    def set_subject(self, client_id: str, stream_id: object, sub: str, *, is_told: bool) -> None:
        """Whether somebody is told of. Whoever the service does not know is never told of, whatever it asks (8.1.3).

        Raises:
            NoStream.
        """
        stream = self.get(client_id, stream_id)
        change, happened = (self.streams.let_in, SubjectShown) if is_told else (self.streams.leave_out, SubjectHidden)
        with self.database.work():
            if change(stream.id, sub):
                self.journal.append(happened(stream.id, client_id), Actor("client", client_id))

    def verify(self, client_id: str, stream_id: object, state: str) -> None:
        """Tell the stream that it works (8.1.4).

        Raises:
            BadInput: the stream is disabled, so nothing may be sent (8.1.2).
            NoStream, TooSoon.
        """
        stream = self.get(client_id, stream_id)
        if stream.status == DISABLED:
            raise BadInput("the stream is disabled")
        if not self.shelf.claim("signals.verified", stream.id, VERIFY_PAUSE):
            raise TooSoon
        with self.database.work():
            self.queue.put(Delivery(stream.delivery, client_id, stream.id, {"event": VERIFICATION, "state": state}))

    def fetch(self, client_id: str, stream_id: str, polled: Polled) -> dict[str, Any]:
        """What waits, the oldest first (RFC 8936 2.4). What is not acknowledged comes again.

        Raises:
            BadInput: the stream is pushed.
            NoStream.
        """
        stream = self.get(client_id, stream_id)
        if stream.delivery != POLL:
            raise BadInput("this stream is pushed")
        outcomes = [(one, "") for one in polled.taken] + [(one, "refused") for one in polled.trouble]
        self.queue.settle(stream.id, POLL, outcomes[: 2 * MOST_FETCHED])
        if stream.status != ENABLED:
            return {"sets": {}, "moreAvailable": False}
        at_most = min(MOST_FETCHED, polled.at_most if polled.at_most is not None else MOST_FETCHED)
        waiting = self.queue.waiting(stream.id, POLL, at_most + 1)
        try:
            sets = {taken.id: self.event_tokens.token(taken) for taken in waiting[:at_most]}
        except Unwritten:
            return {"sets": {}, "moreAvailable": True}
        return {"sets": sets, "moreAvailable": len(waiting) > at_most}

    def _changed(self, before: Stream, stream: Stream) -> Stream:
        with self.database.work():
            self.streams.replace(stream)
            if stream.delivery != before.delivery or stream.status == DISABLED:
                # What waited for the other way, or for somebody who does not listen, is not told any more.
                self.queue.drop(stream.id)
            elif stream.status == ENABLED and before.status != ENABLED:
                # The tries in vain of a pause have put it off by up to half an hour.
                self.queue.hurry(stream.id)
            self.journal.append(StreamChanged(stream.id, stream.client_id, stream.status), Actor("client", stream.client_id))
        return stream
