"""The page of the signed report of one rotation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.security_pages import SecurityFrame


@dataclass(frozen=True, slots=True)
class ReportStep:
    """One entry of the journal: its number, when, and a key under `security.event`, "" for one without words."""

    seq: int
    at: datetime
    name: str
    event_key: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """`kid` came and `before` went, which is now `ended_key` (under `security.keys.state`). `seen` and `unseen` are services;
    `why` is the reason of whoever went on without them. `signed` is the report, a compact JWS whose signature was checked."""

    template: ClassVar[str] = "security_report.html"
    frame: SecurityFrame
    kid: str
    before: str
    algorithms: str
    signed_from: datetime
    ended_key: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    why: str
    steps: tuple[ReportStep, ...]
    made_at: datetime
    signed: str
