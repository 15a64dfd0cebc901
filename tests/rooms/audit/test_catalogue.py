"""The catalogue cannot hold personal data: not by the names of its fields and not by their types."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import types
import typing
from typing import Any

import pytest

from broker import audit
from broker.audit.event import Fingerprint
from broker.screens.texts import Texts

# The catalogue is several files, since a file has at most 300 lines.
MODULES = [
    importlib.import_module(f"{audit.__name__}.{found.name}")
    for found in pkgutil.iter_modules(audit.__path__)
    if found.name.startswith("catalogue")
]
EVENTS = [
    kind for module in MODULES for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__
]
PERSONAL = (
    "surname", "first", "full_name", "patronymic", "birth", "born", "snils", "phone", "email", "mail", "address", "login",
    "password", "secret", "token", "code", "sex", "title", "text", "message", "cookie", "ip",
)  # fmt: skip
SCALARS = {str, int, bool, type(None), Fingerprint}
# A subject is readable nowhere; a detail is static text or an error code, by the contract of connectors.port.UpstreamFailed.
FREE_TEXT = {("UpstreamRefused", "detail")}


def test_every_event_has_words_for_the_page_that_shows_it() -> None:
    assert set() == {f"security.event.{kind.name}" for kind in EVENTS} - set(Texts().all_keys())


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_a_frozen_dataclass_with_a_name(kind: type[Any]) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__dict__" not in dir(kind)
    assert kind.__doc__ and kind.__doc__.strip().endswith((".", ")"))
    assert re.fullmatch(r"[a-z_]+\.([a-z]+_)?[a-z]+(ed|n|de|un|nt)(_up|_out)?", kind.name), kind.name


def test_names_are_different() -> None:
    assert len(EVENTS) == len({kind.name for kind in EVENTS})
    assert len(EVENTS) > 20


@pytest.mark.parametrize("kind", EVENTS)
def test_no_field_is_named_like_personal_data(kind: type[Any]) -> None:
    words = {(field.name, word) for field in dataclasses.fields(kind) for word in field.name.split("_")}

    assert [] == sorted(name for name, word in words if word in PERSONAL or name in PERSONAL)


@pytest.mark.parametrize("kind", EVENTS)
def test_fields_have_only_plain_types(kind: type[Any]) -> None:
    hints = typing.get_type_hints(kind)
    found = {field.name: hints[field.name] for field in dataclasses.fields(kind)}

    assert {} == {name: hint for name, hint in found.items() if not _is_plain(hint)}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_upstream_subject_is_a_fingerprint(kind: type[Any]) -> None:
    hints = typing.get_type_hints(kind)

    assert all(hints[field.name] is Fingerprint for field in dataclasses.fields(kind) if "subject" in field.name)


@pytest.mark.parametrize("kind", EVENTS)
def test_there_is_one_place_for_words_of_others(kind: type[Any]) -> None:
    free = {
        (kind.__name__, field.name) for field in dataclasses.fields(kind) if field.name in ("detail", "reason", "note", "value")
    }

    assert free <= FREE_TEXT


def _is_plain(hint: Any) -> bool:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return all(map(_is_plain, parts))
    if origin is tuple:
        return len(parts) == 2 and parts[1] is Ellipsis and parts[0] in (str, int)
    return hint in SCALARS
