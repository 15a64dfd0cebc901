"""What our own resource demands of a sign-in before it tells certain claims (RFC 9470)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.clients.client import Client
from broker.provider.token_use.bearer import NotSureEnough
from broker.tokens.acr import ACR_OF_LEVEL, acr_of, reaches
from broker.tokens.authorization import Authorization

_SUREST = ACR_OF_LEVEL["confirmed"]


@dataclass(frozen=True, slots=True)
class Demand:
    """A token with one of `scopes` is good only after a sign-in with a confirmed account, not longer than `within` ago (zero:
    whenever it was)."""

    scopes: tuple[str, ...]
    within: timedelta

    def require(self, scopes: tuple[str, ...], about: Authorization, now: datetime) -> None:
        """Refuse a sign-in that is not sure enough for what the token would open.

        Raises:
            NotSureEnough: with what the next sign-in must be.
        """
        if set(scopes).isdisjoint(self.scopes):
            return
        is_sure = acr_of(about.connector, about.level) == _SUREST
        is_late = not self.within or now - about.authenticated_at <= self.within
        if is_sure and is_late:
            return
        raise NotSureEnough((_SUREST,), int(self.within.total_seconds()) if self.within else None)


def require_minimum(client: Client, about: Authorization) -> None:
    """Refuse a sign-in below what the client demands of everybody, as one from before it began to.

    Raises:
        NotSureEnough: with the level that is demanded.
    """
    if client.minimum_acr_value is not None and not reaches(about.connector, about.level, client.minimum_acr_value):
        raise NotSureEnough((client.minimum_acr_value,), None)
