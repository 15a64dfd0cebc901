"""How many statements a piece of work sends to the database: the same number for those we know and those we do not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from broker.storage.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The texts of the statements sent meanwhile, without their parameters and however long their lists are."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        sent.append(re.sub(r" IN \(.*(?=ORDER BY)", " IN (...) ", text, flags=re.DOTALL))

    for engine in database._engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in database._engines:
            event.remove(engine, "before_cursor_execute", note)


def counted(owner: Any, name: str, calls: list[str]) -> Callable[..., Any]:
    """A method that notes its name before it does what it always does; put it in with monkeypatch."""
    real = getattr(owner, name)

    def noting(*given: Any, **named: Any) -> Any:
        calls.append(name)
        return real(*given, **named)

    return noting
