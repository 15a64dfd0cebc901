"""What services get wrong before a sign-in begins, for their developers to read: by cause, without anybody's data.

Anybody can send requests in the name of a service, so the same mistake is noted once in a while, and of one service so many an
hour.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from broker.audit.catalogue_services import RequestRefused
from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.foundation.encoding import digest
from broker.limits.limits import Limit, Limits
from broker.storage.database import Database
from broker.storage.shelf import Shelf, ShelfUnavailable

AUTHORIZATION: Final = "authorization"
# What the client is told in the words of its protocol is a bad request to us (causes 7001 to 7004).
BAD_REQUEST: Final = 7004
_KIND: Final = "provider.mistake"
_ONCE_IN: Final = timedelta(minutes=10)
_MOST: Final = Limit("request_mistakes", 30, timedelta(hours=1))
# Not mistakes of a program: what belongs to a sign-in that has begun, or comes right by asking again (RFC 8628 3.5, RFC 9449 8).
_NO_MISTAKES: Final = frozenset({
    "invalid_grant", "authorization_pending", "slow_down", "expired_token", "access_denied", "use_dpop_nonce",
    "temporarily_unavailable", "login_required",
})  # fmt: skip

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mistake:
    """`error` is a word of the protocol, "" on our page; `rule` the check that said no."""

    endpoint: str
    error: str = ""
    rule: str = ""
    cause: int = BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Notes them. `find_client` is ClientStore.find."""

    find_client: Callable[[str], Client | None]
    shelf: Shelf
    limits: Limits
    database: Database
    journal: Journal

    def note(self, unverified_client_id: str | None, mistake: Mistake) -> None:
        """Keep a mistake of a registered service, unless it was kept a moment ago or there were too many. Not inside a unit of
        work. It never changes the answer."""
        client = self.find_client(unverified_client_id) if unverified_client_id else None
        if client is None or mistake.error in _NO_MISTAKES:
            return
        word = digest("\n".join((client.client_id, mistake.endpoint, mistake.error, mistake.rule)))
        try:
            if not self.shelf.claim(_KIND, word, _ONCE_IN) or not self.limits.spend(_MOST, client.client_id).is_allowed:
                return
        except ShelfUnavailable:
            _log.warning("a mistake of a service was not noted")
            return
        event = RequestRefused(client.client_id, mistake.endpoint, mistake.error, mistake.rule, mistake.cause)
        with self.database.work():
            self.journal.append(event, SYSTEM)
