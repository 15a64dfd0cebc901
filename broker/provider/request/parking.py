"""Requests that came by a POST from another site.

Such a POST carries none of our cookies (SameSite=Lax), so nobody could be recognised. The parameters are put aside for a moment
and the browser comes back for them with a GET, which does carry the cookies; the parameters never enter an address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.provider.request.parameters import Parameters
from broker.storage.shelf import Shelf

FIELD = "parked"
_KIND = "parked"
_TTL = timedelta(minutes=5)


class Parking:
    """Keeps parameters under a random word. Several readings are harmless: it is the same request each time."""

    def __init__(self, shelf: Shelf, outside: Outside):
        self._shelf = shelf
        self._outside = outside

    def leave(self, endpoint: str, parameters: Parameters) -> str:
        """The word to come back with; it opens only at this endpoint."""
        word = self._outside.token()
        self._shelf.put(_KIND, _key(endpoint, word), written(parameters), _TTL)
        return word

    def fetch(self, endpoint: str, unverified_word: str) -> Parameters | None:
        """The parameters, None when the word is unknown or too old."""
        kept = self._shelf.get(_KIND, _key(endpoint, unverified_word))
        return None if kept is None else read(kept)


def written(parameters: Parameters) -> bytes:
    """Parameters as bytes for the shelf."""
    kept = {name: dict(getattr(parameters, name)) for name in Parameters.__slots__}
    return json.dumps(kept, separators=(",", ":")).encode("utf-8")


def read(kept: bytes) -> Parameters:
    """The parameters that `written` wrote."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(kept)
    lists = {name: tuple(values) for name, values in found["lists"].items()}
    return Parameters(found["values"], found["unsound"], lists)


def _key(endpoint: str, word: str) -> str:
    return digest(f"{endpoint}\x00{word}")
