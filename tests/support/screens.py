"""One drawing room for many tests: parsing every template and text anew would cost more than most tests do."""

from __future__ import annotations

from functools import cache

from broker.screens.render import Screens
from broker.screens.settings import ScreenSettings


@cache
def drawn_once() -> Screens:
    """Screens with the settings of the release. It keeps nothing about anybody, so tests may share it."""
    return Screens(ScreenSettings())
