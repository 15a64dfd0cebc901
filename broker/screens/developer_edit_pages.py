"""D3, changing a service: the form, and what would be different (screens.md D3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from broker.screens.developer_pages import DevFrame
from broker.screens.school_pages import PostForm


@dataclass(frozen=True, slots=True)
class EditField:
    """One value of the registration. `key` is one under `dev.edit_field`; `name` the standards' own; `kind` is text, lines, flag
    or choice with its `options`."""

    key: str
    name: str
    kind: str
    value: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditScope:
    """What may be asked for: a key under `dev.scope`. `waits` says that a registrar looks at it."""

    scope_key: str
    is_asked: bool
    waits: bool
    why: str
    why_en: str


@dataclass(frozen=True, slots=True)
class DevEditPage:
    """D3, the form. `problem` says in English why it cannot be so."""

    template: ClassVar[str] = "dev_edit.html"
    frame: DevFrame
    form: PostForm
    fields: tuple[EditField, ...]
    scopes: tuple[EditScope, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, as it is written in the registration; "" for nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DevChangesPage:
    """D3, the differences before they are saved. `waits` says that a registrar looks at some of it; `is_stale` that somebody has
    changed the service meanwhile."""

    template: ClassVar[str] = "dev_changes.html"
    frame: DevFrame
    form: PostForm
    changes: tuple[Change, ...]
    waits: bool = False
    is_stale: bool = False
    problem: str = ""
