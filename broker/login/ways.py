"""The upstreams that somebody may choose from, and what they are called."""

from __future__ import annotations

from broker.login.attempt import Attempt
from broker.login.neighbours import Neighbours
from broker.login.region import policy_of
from broker.screens.values import RegionName


def ways_in(rooms: Neighbours, region: str) -> tuple[str, ...]:
    """The upstreams in use whose word counts in the region today, in the order of the region. Never empty: where none is left,
    the first in use is there to say so (2116)."""
    policy = policy_of(rooms, region)
    period = policy.period_on(policy.local_day(rooms.outside.now()))
    counted = tuple(name for name in (period.upstreams if period else ()) if name in rooms.connectors)
    return counted or rooms.settings.connectors[:1]


def counts(rooms: Neighbours, region: str, connector: str) -> bool:
    """Whether the rules of the region trust this upstream today. Before its first period nothing is known of it."""
    policy = policy_of(rooms, region)
    period = policy.period_on(policy.local_day(rooms.outside.now()))
    return period is None or connector in period.upstreams


def main_way(rooms: Neighbours, region: str) -> str:
    """The upstream of the one main button."""
    return ways_in(rooms, region)[0]


def title_of(rooms: Neighbours, connector: str) -> RegionName | None:
    """What an upstream is called; None for Gosuslugi, which the texts know by name."""
    return rooms.titles.get(connector)


def upstream_of(attempt: Attempt) -> str:
    """Whose word this attempt rests on, or was last to rest on; "" before anybody was asked."""
    return attempt.identity.connector if attempt.identity is not None else attempt.through
