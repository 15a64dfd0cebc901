"""What every action says when it does not do what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """Nothing was changed. The text is one sentence for the member of staff, without personal data; `field` is the answer of a
    form that it is about, "" where it is about the whole. `answer` is what a command shows all the same."""

    def __init__(self, sentence: str, field: str = "", answer: Mapping[str, Any] | None = None):
        super().__init__(sentence)
        self.field = field
        self.answer = answer
