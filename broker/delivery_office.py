"""What services are told and by whom it is carried: part of the composition root, for the queue does not know what is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from broker.audit.journal import Journal
from broker.clients.store import ClientStore
from broker.consent.store import Consents
from broker.deliveries.postman import Postman, Ways, Writer
from broker.deliveries.queue import Queue
from broker.foundation.fetch import Fetcher
from broker.foundation.outside import Outside
from broker.messages.rounds import Rounds
from broker.sessions.store import Sessions
from broker.signals.announce import Knowing, SignalAnnouncer
from broker.signals.event_tokens import EventTokens
from broker.signals.events import PUSH
from broker.signals.store import Streams
from broker.signout.announce import LOGOUT, Announcer
from broker.signout.logout_token import LogoutTokens
from broker.storage.database import Database
from broker.tokens.envelope import Envelopes
from broker.tokens.names import Names
from config.settings import Settings
from keys.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTools:
    """What the office works with."""

    settings: Settings
    database: Database
    vault: Vault
    journal: Journal
    outside: Outside
    envelopes: Envelopes
    clients: ClientStore
    sessions: Sessions
    consents: Consents


@dataclass(frozen=True, slots=True)
class DeliveryOffice:
    """The queue, the streams of Shared Signals, and who writes and carries. Made by `open_delivery_office` only."""

    tools: DeliveryTools
    queue: Queue
    streams: Streams

    @property
    def event_tokens(self) -> EventTokens:
        """What writes security event tokens."""
        tools = self.tools
        return EventTokens(tools.envelopes, Names(tools.vault), self.streams, tools.clients.find)

    def new_ways(self) -> Ways:
        """How deliveries leave this process. Postmen that share them know together who has just not answered."""
        tools, settings = self.tools, self.tools.settings
        logout = LogoutTokens(tools.envelopes, Names(tools.vault), tools.clients.find, tools.outside)
        writers: dict[str, Writer] = {LOGOUT: logout.parcel, PUSH: self.event_tokens.parcel}
        # Places of their own: services that are slow to take what they are told must not keep us from anybody's keys.
        http = replace(
            settings.http,
            fetch_timeout=settings.deliveries.answer_within,
            fetch_at_once=max(1, settings.deliveries.at_once),
        )
        return Ways(Fetcher(http).post, writers)

    def new_postman(self, ways: Ways) -> Postman:
        """Who carries, one a thread."""
        tools = self.tools
        return Postman(tools.database, tools.journal, tools.outside, ways)

    def rounds(self, context: Callable[[], AbstractContextManager[object]]) -> list[Rounds]:
        """The postmen of a worker."""
        ways, count = self.new_ways(), self.tools.settings.deliveries.at_once
        return [Rounds(self.new_postman(ways), self.queue.bell, self.tools.outside, context) for _ in range(count)]


def open_delivery_office(tools: DeliveryTools) -> DeliveryOffice:
    """Furnish the office, and have it hear everything that is written into the journal."""
    queue = Queue(tools.database, tools.outside, tools.settings.deliveries)
    streams = Streams(tools.database, tools.vault.sealer, tools.outside)
    find_client = tools.clients.find
    tools.journal.listen(Announcer(tools.sessions, find_client, queue).hear)
    knowing = Knowing(tools.sessions, tools.consents, streams, Names(tools.vault), find_client)
    tools.journal.listen(SignalAnnouncer(knowing, queue, tools.outside.now).hear)
    return DeliveryOffice(tools, queue, streams)
