"""An attempt as bytes and back: JSON with instants in ISO 8601. Sealed by the store, so only shape is checked here."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any

from broker.connectors.identity import Level, UpstreamChild, UpstreamIdentity
from broker.login.asked import Asked
from broker.login.attempt import Attempt, Proof, Refusal

_INSTANTS = ("ends_at", "left_at", "returned_at", "authenticated_at", "finished_at")


def to_bytes(attempt: Attempt) -> bytes:
    """The whole attempt."""
    return json.dumps(_plain(attempt), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def from_bytes(data: bytes) -> Attempt:
    """The attempt that `to_bytes` wrote.

    Raises:
        ValueError, TypeError, KeyError: written by another release; the caller treats it as absent.
    """
    raw: dict[str, Any] = json.loads(data)
    for name in _INSTANTS:
        raw[name] = _instant(raw[name])
    raw["asked"] = _asked(raw["asked"])
    raw["identity"] = _identity(raw["identity"])
    raw["refusal"] = _refusal(raw["refusal"])
    raw["doubt"] = _refusal(raw["doubt"])
    raw["proof"] = _proof(raw["proof"])
    return Attempt(**raw)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _asked(raw: dict[str, Any] | None) -> Asked | None:
    if raw is None:
        return None
    raw["prompt"] = frozenset(raw["prompt"])
    return Asked(**_with_tuples(raw))


def _identity(raw: dict[str, Any] | None) -> UpstreamIdentity | None:
    if raw is None:
        return None
    raw["level"] = Level(raw["level"])
    raw["birth_date"] = _day(raw["birth_date"])
    children = raw.get("children")
    raw["children"] = None if children is None else [_child(child) for child in children]
    return UpstreamIdentity(**_with_tuples(raw))


def _child(raw: dict[str, Any]) -> UpstreamChild:
    return UpstreamChild(**raw | {"birth_date": _day(raw["birth_date"])})


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _refusal(raw: dict[str, Any] | None) -> Refusal | None:
    if raw is None:
        return None
    raw["at"], raw["until_at"] = datetime.fromisoformat(raw["at"]), _instant(raw["until_at"])
    return Refusal(**_with_tuples(raw))


def _proof(raw: dict[str, Any] | None) -> Proof | None:
    if raw is None:
        return None
    raw["shown_at"] = _instant(raw["shown_at"])
    return Proof(**raw)


def _with_tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
