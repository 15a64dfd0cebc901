"""What an address asks of whoever comes: each states its action, and one that states none is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from broker.console.rights import Action

_View = TypeVar("_View", bound=Callable[..., Any])
_MARK = "needs_action"


def needs(action: Action) -> Callable[[_View], _View]:
    """Marks a view with the action that its caller must have the right to. Written under the route's own decorator."""

    def mark(view: _View) -> _View:
        setattr(view, _MARK, action)
        return view

    return mark


def action_of(view: Callable[..., Any] | None) -> Action | None:
    """The action a view states, or None when it states none: then nobody may call it."""
    return getattr(view, _MARK, None)
