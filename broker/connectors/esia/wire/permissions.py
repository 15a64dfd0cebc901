"""The parameter `permissions`: a consent to data of the Digital Profile, asked for in the same visit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.foundation.encoding import b64url

_MINUTE = timedelta(minutes=1)
_FILE = "esia.permissions_file"


@dataclass(frozen=True, slots=True)
class Permission:
    """One consent that is asked for. `kind` is its type at ESIA (`sysname`); `lasts` is whole minutes; most kinds take exactly
    one purpose. `responsible` names the organisation that answers for it, "" for ours.
    """

    kind: str
    lasts: timedelta
    actions: tuple[str, ...]
    purposes: tuple[str, ...]
    scopes: tuple[str, ...]
    responsible: str = ""

    def __post_init__(self) -> None:
        if not self.kind or not self.actions or not self.purposes or not self.scopes:
            raise ValueError(f"{_FILE} must give each consent sysname, actions, purposes and scopes")
        if self.lasts < _MINUTE or self.lasts % _MINUTE:
            raise ValueError(f"{_FILE} must give each consent expire in whole minutes")


def encoded(permissions: Sequence[Permission]) -> str:
    """The value of the parameter: base64url without padding of a JSON array."""
    text = json.dumps([_wire(permission) for permission in permissions], ensure_ascii=False, separators=(",", ":"))
    return b64url(text.encode("utf-8"))


def read_permissions(data: bytes) -> tuple[Permission, ...]:
    """Consents from a file in ESIA's own form: a JSON array of `{sysname, expire, actions, purposes, scopes}`.

    Raises:
        ValueError: it is not of that form; one sentence names the setting.
    """
    try:
        found = json.loads(data)
        if not isinstance(found, list):
            raise TypeError("not a list")
        return tuple(_read(item) for item in found)
    except (TypeError, KeyError, RecursionError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{_FILE} must hold a JSON array of consents in the form of ESIA") from error


def _wire(permission: Permission) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "sysname": permission.kind,
        "expire": permission.lasts // _MINUTE,
        "actions": _named(permission.actions),
        "purposes": _named(permission.purposes),
        "scopes": _named(permission.scopes),
    }
    return wire | ({"responsibleObject": permission.responsible} if permission.responsible else {})


def _named(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"sysname": name} for name in names]


def _read(item: Any) -> Permission:
    unknown = set(item) - {"sysname", "expire", "actions", "purposes", "scopes", "responsibleObject"}
    if unknown or not isinstance(item["expire"], int):
        raise KeyError("another form")
    return Permission(
        kind=_word(item["sysname"]),
        lasts=item["expire"] * _MINUTE,
        actions=_words(item["actions"]),
        purposes=_words(item["purposes"]),
        scopes=_words(item["scopes"]),
        responsible=_word(item.get("responsibleObject", "")),
    )


def _words(items: Any) -> tuple[str, ...]:
    return tuple(_word(item["sysname"]) for item in items)


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
