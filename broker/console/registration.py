"""A registration as somebody writes it, in the standards' own names, and the client it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_type_hints

from broker.clients.client import Client
from broker.clients.profile import FAPI2, as_fapi2
from broker.clients.refused import ClientRefused
from broker.console.refused import Refused

_OWN_VERBS = frozenset({"client_id", "secrets", "is_enabled", "version"})
# What may be written in a registration; the rest has commands of its own.
SETTABLE = tuple(field.name for field in fields(Client) if field.name not in _OWN_VERBS)
_KINDS = get_type_hints(Client)
_FLAGS = {"true": True, "false": False}


def changed(client: Client, written: Mapping[str, Any]) -> Client:
    """The client with these fields, and with the whole strict bundle when its profile becomes fapi2.

    Raises:
        Refused: an unknown field, a value of another kind, or a contradiction to the profile.
    """
    made = replace(client, **{name: _value(name, value) for name, value in written.items()})
    try:
        return as_fapi2(made) if made.profile == FAPI2 and client.profile != FAPI2 else made
    except ClientRefused as refused:
        raise Refused(str(refused)) from None


def from_words(words: list[str]) -> dict[str, Any]:
    """`name=value` as typed: lists with commas, switches as true or false, objects as JSON, an empty value for nothing.

    Raises:
        Refused: not written so.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in SETTABLE:
            raise Refused(f"--set takes name=value, where name is one of: {', '.join(SETTABLE)}.")
        found[name] = _typed(name, text)
    return found


def _typed(name: str, text: str) -> Any:
    kind = _KINDS[name]
    if kind is bool:
        return _FLAGS.get(text, text)
    if kind == tuple[str, ...] and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind == int | None and text.isdecimal() and text.isascii():
        return int(text)
    if kind in (str, str | None):
        return text
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise Refused(f"{name} cannot be read as JSON.") from None


def _value(name: str, value: Any) -> Any:
    if name not in SETTABLE:
        # Not repeated: the name of a field in a file may be anything.
        raise Refused("The registration holds a field that nobody knows.")
    kind = _KINDS[name]
    if kind in _OPTIONAL and value in (None, ""):
        return None
    if kind == tuple[str, ...] and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    if kind in _PLAIN and type(value) is _PLAIN[kind]:
        return value
    if kind not in (*_PLAIN, tuple[str, ...]) and isinstance(value, Mapping | None):
        return dict(value or {})
    raise Refused(f"{name} has a value of another kind.")


# Exactly of the type: to Python true is a number too.
_PLAIN: Mapping[Any, type] = {str: str, str | None: str, bool: bool, int | None: int}
_OPTIONAL = (str | None, int | None)
