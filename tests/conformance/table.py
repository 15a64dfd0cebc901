"""One row of a table of conformance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Requirement:
    """`section` names standard and section, `sentence` says in our words what is demanded, `test` is what shows it."""

    section: str
    sentence: str
    test: Callable[..., Any]
