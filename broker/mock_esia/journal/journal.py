"""The last requests of a stand, newest first, in memory that does not grow."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from broker.mock_esia.faults.answers import client_named, sent_fields
from broker.mock_esia.faults.board import fault_of_this_request
from broker.mock_esia.journal.story import story

_KEPT = 500
_LONGEST = 400
_MOST_PARAMETERS = 60
_WATCHED = ("/aas/", "/rs/", "/idp/", "/login", "/consent")
# What proves or opens something is told by its length only.
_SECRET = frozenset({"client_secret", "code", "refresh_token", "code_verifier", "password", "request", "assertion"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `code` is ESIA's code of a refusal, `sentences` say what was wrong or right, in words."""

    at: datetime
    method: str
    path: str
    client: str
    status: int
    code: str
    fault: str
    sentences: tuple[str, ...]
    parameters: Mapping[str, str]

    def as_json(self) -> dict[str, object]:
        return {
            "at": self.at.isoformat(), "method": self.method, "path": self.path, "client": self.client, "status": self.status,
            "code": self.code, "fault": self.fault, "words": list(self.sentences), "parameters": dict(self.parameters),
        }  # fmt: skip


class Journal:
    """What was asked and how it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def write(self, entry: Entry) -> None:
        with self._lock:
            self._entries.appendleft(entry)

    def entries(self, client: str | None = None) -> tuple[Entry, ...]:
        """All, or those of one client."""
        with self._lock:
            found = tuple(self._entries)
        return found if client is None else tuple(entry for entry in found if entry.client == client)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def install_journal(app: Flask, journal: Journal, now: Callable[[], datetime]) -> None:
    """Write down every request that a client or a browser on its way makes."""

    def after(response: Response) -> Response:
        if request.path.startswith(_WATCHED):
            fault = fault_of_this_request()
            journal.write(Entry(
                at=now(),
                method=request.method,
                path=request.path,
                client=(story().client or client_named())[:100],
                status=response.status_code,
                code=story().code,
                fault=fault.kind if fault else "",
                sentences=tuple(story().sentences),
                parameters=_parameters(),
            ))  # fmt: skip
        return response

    app.after_request(after)


def _parameters() -> dict[str, str]:
    return {name[:100]: _shown(name, value) for name, value in sent_fields()[:_MOST_PARAMETERS]}


def _shown(name: str, value: str) -> str:
    return f"({len(value)} characters)" if name in _SECRET else value[:_LONGEST]
