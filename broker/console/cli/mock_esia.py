"""broker mock-esia: the stand-in for ESIA, in this terminal.

The stand is a program of its own that shares nothing with the broker, so this command becomes it instead of importing it, and
asks neither for the broker's settings nor for its database.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence

WORD = "mock-esia"
_PROGRAM = "broker.mock_esia"


def become_mock_esia(words: Sequence[str]) -> int:
    """Replace this process by the stand; returns only, with 1, where the stand is not installed (it is not in the image)."""
    if importlib.util.find_spec(_PROGRAM) is not None:
        os.execv(sys.executable, [sys.executable, "-m", _PROGRAM, *words])  # noqa: S606 - no shell, our own interpreter
    print("The stand-in for ESIA is not part of this installation.", file=sys.stderr)
    return 1
