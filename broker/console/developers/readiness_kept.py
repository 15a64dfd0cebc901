"""What the readiness check said last, kept for a while so that a page can show it after the redirect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from broker.foundation.encoding import canonical_json
from broker.screens.developer_service_pages import ReadyLine
from broker.storage.shelf import Shelf

_KIND: Final = "dev.ready"
_KEPT_FOR: Final = timedelta(days=7)


def kept(shelf: Shelf, client_id: str, lines: tuple[ReadyLine, ...]) -> None:
    """Remember the lines of a check."""
    shelf.put(_KIND, client_id, canonical_json([[line.key, line.passed, line.seen] for line in lines]), _KEPT_FOR)


def remembered(shelf: Shelf, client_id: str) -> tuple[ReadyLine, ...]:
    """The lines of the last check; none when there was none of late."""
    found = shelf.get(_KIND, client_id)
    return tuple(ReadyLine(*line) for line in json.loads(found)) if found else ()
