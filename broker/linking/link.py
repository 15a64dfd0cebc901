"""A tie between an upstream identity and a diary account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from broker.connectors.identity import Level
from broker.linking.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Link:
    """One identity ↔ one person. The upstream's own identifier stays sealed in the store. `level` is the last one seen;
    `is_standard` says that the upstream had checked the person's SNILS then, `is_of_parent` that the account was one that a
    parent had made or attached."""

    id: str
    person_id: str
    connector: str
    level: Level
    is_standard: bool
    evidence: Evidence
    linked_at: datetime
    seen_at: datetime
    is_of_parent: bool = False


class DiaryTaken(Exception):
    """The person is tied to another identity already (cause 3201)."""

    cause = 3201


class UpstreamTaken(Exception):
    """The identity is tied to another person already (cause 3202)."""

    cause = 3202
