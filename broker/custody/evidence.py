"""Who has fetched a key before it signs: the facts as values, and the judgement on them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from keys.signing.key import KeyInfo


@dataclass(frozen=True, slots=True)
class Follower:
    """An active service whose tokens a key is to sign. `last_at` is its last token. `places` are fingerprints of the addresses
    its own machines ask for tokens from; a service without a secret has none, its people's browsers fetch for themselves."""

    client_id: str
    last_at: datetime
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """One active service: when it was first seen with the key, or never yet. `how`: fetched, checked (it passed the readiness
    check with a new key), browsers (it has no machine that could be seen), never_fetches (the settings say so), or nothing."""

    client_id: str
    seen_at: datetime | None
    how: str
    last_token_at: datetime


@dataclass(frozen=True, slots=True)
class Fetches:
    """Of one key: the first time that each place fetched a key set that holds it."""

    by_place: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The active services of a key, by whether they have it. `strangers` are places that have it and belong to no service."""

    seen: tuple[ServiceSeen, ...] = ()
    unseen: tuple[ServiceSeen, ...] = ()
    strangers: int = 0

    @property
    def all(self) -> tuple[ServiceSeen, ...]:
        return self.unseen + self.seen


class PromotionHeld(Exception):
    """An active service has not fetched the announced key: its next token would not be believed there."""

    def __init__(self, evidence: Evidence):
        super().__init__("an active service has not fetched the key yet")
        self.evidence = evidence


def judge(
    key: KeyInfo, followers: Sequence[Follower], fetches: Fetches, checked: Mapping[str, datetime], excused: Collection[str]
) -> Evidence:
    """`checked` is when a service last passed the readiness check with a new key; `excused` never fetch."""
    found = [_seen(key, follower, fetches, checked, excused) for follower in followers]
    known = frozenset().union(*(follower.places for follower in followers)) if followers else frozenset()
    return Evidence(
        seen=tuple(service for service in found if service.how),
        unseen=tuple(service for service in found if not service.how),
        strangers=len(fetches.by_place.keys() - known),
    )


def _seen(
    key: KeyInfo, follower: Follower, fetches: Fetches, checked: Mapping[str, datetime], excused: Collection[str]
) -> ServiceSeen:
    at = min((fetches.by_place[place] for place in follower.places if place in fetches.by_place), default=None)
    if at is not None:
        how = "fetched"
    elif (checked_at := checked.get(follower.client_id)) is not None and checked_at >= key.made_at:
        at, how = checked_at, "checked"
    elif follower.client_id in excused:
        how = "never_fetches"
    else:
        how = "" if follower.places else "browsers"
    return ServiceSeen(follower.client_id, at, how, follower.last_at)
