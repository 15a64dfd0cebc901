"""How long the tokens of one client live: as it was registered, within the bounds of the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from broker.clients.client import Client
from broker.tokens.settings import TokenSettings


@dataclass(frozen=True, slots=True)
class Lives:
    """`idle` is how long a refresh token waits to be used, `grant` how long refreshing can go on at all."""

    access: timedelta
    id_token: timedelta
    idle: timedelta
    grant: timedelta


def lives_of(client: Client, settings: TokenSettings) -> Lives:
    """What the client was registered with, cut to what the house allows: for refreshing no more than everybody has."""
    grant = _own(client.refresh_token_ttl, settings.grant_life, settings.grant_life)
    return Lives(
        access=_own(client.access_token_ttl, settings.access_ttl, settings.longest_ttl),
        id_token=_own(client.id_token_ttl, settings.id_token_ttl, settings.longest_ttl),
        idle=min(settings.refresh_idle, grant),
        grant=grant,
    )


def usual_lives(settings: TokenSettings) -> Lives:
    """Those of a client that was registered with none of its own."""
    return Lives(settings.access_ttl, settings.id_token_ttl, settings.refresh_idle, settings.grant_life)


def _own(seconds: int | None, usual: timedelta, longest: timedelta) -> timedelta:
    return usual if seconds is None else min(timedelta(seconds=max(1, seconds)), longest)
