"""A request in the shape Authlib reads, made from parameters that were parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from werkzeug.datastructures import Headers

# Authlib refuses requests that did not come over https to itself. Ours end their TLS at a proxy; whether the issuer is https
# was settled at the start (ProviderSettings, config), not by what the proxy says in each request.
_SETTLED_URI = "https://localhost/"


@cache
def _blank() -> Mapping[str, object]:
    """What Authlib's constructor makes of a request. It takes the address apart and asks the environment each time, though the
    address is always the same."""
    blank: Mapping[str, object] = vars(OAuth2Request("", _SETTLED_URI))
    return blank


class CarriedPayload(OAuth2Payload):  # type: ignore[misc]
    """Parameters, each once."""

    def __init__(self, values: Mapping[str, str]):
        self._values = values

    @property
    def data(self) -> Mapping[str, str]:
        return self._values

    @property
    def datalist(self) -> Any:
        return {name: [value] for name, value in self._values.items()}


class CarriedRequest(OAuth2Request):  # type: ignore[misc]
    """Method, parameters of the form and headers; nothing of the address counts. `lists` are all values of the parameters that
    may stand several times."""

    # In the place of what Authlib works out anew each time.
    form: Mapping[str, str] = MappingProxyType({})
    args: Mapping[str, str] = form

    def __init__(
        self,
        method: str,
        values: Mapping[str, str],
        headers: Headers | Mapping[str, str],
        lists: Mapping[str, tuple[str, ...]] | None = None,
    ):
        self.__dict__.update(_blank())
        self.method = method
        # Not copied, since most of them nobody reads; and found whatever the case of their names (RFC 9110 5.1).
        self.headers = headers
        # Where the client shows itself, as discovery names the endpoint; the engine says it.
        self.called_endpoint = "token"
        self.payload = CarriedPayload(values)
        self.form = values
        self._lists = lists or {}

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be repeated (RFC 8707 2, RFC 8693 2.1)."""
        return self._lists.get(name, ())

