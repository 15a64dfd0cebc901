"""Pushed authorization requests on the shelf (RFC 9126), and where a request that was used has led.

A `request_uri` serves once. A browser that reloads the page or comes back to it brings the same address again; by then the
sign-in it began has an attempt of its own, which opens only in the browser it began in. So the second visit leads to that
attempt and never makes another one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from broker.clients.client import Client
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.provider.request.parameters import Parameters
from broker.provider.request.parking import read, written
from broker.storage.shelf import Shelf

PREFIX = "urn:ietf:params:oauth:request_uri:"
_KIND, _FOLLOWED = "pushed", "request.followed"
# As long as anybody could still be busy signing in.
_REMEMBERED_FOR = timedelta(minutes=30)
_LONGEST = 128


class PushedRequests:
    """Keeps parameters that a client has pushed; only the digest of their address is kept with them."""

    def __init__(self, shelf: Shelf, outside: Outside, ttl: timedelta):
        self._shelf = shelf
        self._outside = outside
        self.ttl = ttl

    def keep(self, client: Client, parameters: Parameters) -> str:
        """The `request_uri`: 256 random bits that open these parameters to this client, once."""
        word = self._outside.token()
        self._shelf.put(_KIND, _key(client, word), written(parameters), self.ttl)
        return PREFIX + word

    def take(self, client: Client, unverified_uri: str) -> Parameters | None:
        """What was pushed, for exactly one caller; None when it is unknown, of another client, too old or taken."""
        if len(unverified_uri) > _LONGEST:
            return None
        kept = self._shelf.take(_KIND, _key(client, unverified_uri.removeprefix(PREFIX)))
        return None if kept is None else read(kept)

    def follow(self, word: str, path: str) -> None:
        """Remember that a used request (`word`, see word_of) has begun the attempt at `path`."""
        self._shelf.put(_FOLLOWED, word, path.encode("ascii"), _REMEMBERED_FOR)

    def followed(self, word: str) -> str | None:
        """Where a used request has led, None when it led to no page or too long ago."""
        path = self._shelf.get(_FOLLOWED, word)
        return None if path is None else path.decode("ascii")


def with_value(parameters: Parameters, name: str, value: str) -> Parameters:
    """The parameters with one more."""
    return replace(parameters, values=MappingProxyType({**parameters.values, name: value}))


def _key(client: Client, word: str) -> str:
    return digest(f"{client.client_id}\x00{word}")
