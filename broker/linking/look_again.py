"""Asking an upstream again, beside the refreshes of services: what it takes back ends, and its silence ends nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.connectors.identity import Level, UpstreamIdentity
from broker.connectors.port import LooksAgain, UpstreamFailed
from broker.linking.changes import WITHDRAWN, Changes
from broker.linking.keepsake_store import Keepsakes, Taken

_LOG = logging.getLogger(__name__)
_REFUSED, _OLD = 2103, 2107


@dataclass(frozen=True, slots=True)
class LookAgain:
    """`upstreams` are those that can be asked, by name; `ask(connector, question)` asks unless the upstream is known to be
    silent, and counts what came of it."""

    keepsakes: Keepsakes
    changes: Changes
    upstreams: Mapping[str, LooksAgain]
    ask: Callable[[str, Callable[[], UpstreamIdentity]], UpstreamIdentity]

    def step(self) -> bool:
        """Ask about one person whose tokens were refreshed; False when nobody is due."""
        taken = self.keepsakes.take_due()
        if taken is None:
            return False
        upstream = self.upstreams.get(taken.connector)
        if upstream is None:
            self.keepsakes.forget(taken)
            return True
        try:
            found = self.ask(taken.connector, lambda: upstream.look_again(taken.keepsake))
        except UpstreamFailed as failed:
            self._failed(taken, failed)
            return True
        # First what it says, then the next keepsake: a process that ends in between has forgotten nothing that must end.
        self.changes.seen(found)
        self.keepsakes.replace(taken, found.keepsake)
        return True

    def _failed(self, taken: Taken, failed: UpstreamFailed) -> None:
        said = {"connector": taken.connector, "cause": failed.cause, "detail": failed.detail}
        if failed.keepsake is not None:
            self.keepsakes.replace(taken, failed.keepsake, "unknown")
        elif failed.cause in (_REFUSED, _OLD):
            self._refused(taken, failed.cause)
        else:
            # An error 500 or a page where JSON should be is no outage either, and may have spent the old one all the same.
            self.keepsakes.unanswered(taken, is_unasked=failed.is_unasked)
        _LOG.warning("upstream did not tell anything new", extra=said)

    def _refused(self, taken: Taken, cause: int) -> None:
        """The upstream lets us look no more. Where an earlier answer may have been lost, an old keepsake proves nothing."""
        is_clear = cause == _REFUSED or not taken.was_doubtful
        if self.keepsakes.forget(taken) and is_clear:
            self.changes.withdrawn(taken.person_id, taken.connector, "refresh", lambda: self._end(taken))

    def _end(self, taken: Taken) -> None:
        everything = tuple(level.value for level in Level)
        self.changes.end_resting(taken.person_id, taken.connector, everything, WITHDRAWN)
