"""The parameter `permissions`: consents of the Digital Profile that a person is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.foundation.encoding import b64url

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Permission:
    """One consent that is asked for. `kind` is its type at ESIA (`sysname`); `lasts` is whole minutes; most kinds take exactly
    one purpose, and some no scopes. `responsible` names the organisation that answers for it, "" for ours.
    """

    kind: str
    lasts: timedelta
    actions: tuple[str, ...]
    purposes: tuple[str, ...]
    scopes: tuple[str, ...]
    responsible: str = ""

    def __post_init__(self) -> None:
        if not self.kind or not self.actions or not self.purposes:
            raise ValueError("a consent has a kind, actions and purposes")
        if self.lasts < _MINUTE or self.lasts % _MINUTE:
            raise ValueError("a consent lasts whole minutes")


def encoded(permissions: Sequence[Permission]) -> str:
    """The value of the parameter: base64url without padding of a JSON array."""
    text = json.dumps([_wire(permission) for permission in permissions], ensure_ascii=False, separators=(",", ":"))
    return b64url(text.encode("utf-8"))


def _wire(permission: Permission) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "sysname": permission.kind,
        "expire": permission.lasts // _MINUTE,
        "actions": _named(permission.actions),
        "purposes": _named(permission.purposes),
    }
    if permission.scopes:
        wire["scopes"] = _named(permission.scopes)
    return wire | ({"responsibleObject": permission.responsible} if permission.responsible else {})


def _named(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"sysname": name} for name in names]
