"""How the provider reads requests and writes answers, for rehearsals: whoever checks a service does not know the provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.clients.client import Client


class Unusable(Exception):
    """The request would be refused, or the answer cannot be written. The text is short and ours."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request, wherever they were: in the address, pushed (RFC 9126) or signed (RFC 9101). `mode` is how the
    answer travels, a value of the provider's own table."""

    values: Mapping[str, str]
    mode: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of an answer, by a form (OAuth 2.0 Form Post Response Mode) or in the address."""

    fields: Mapping[str, str]
    is_form: bool


@dataclass(frozen=True, slots=True)
class Wire:
    """`read` takes the query of a request; `written` the mode and plain fields, among them `iss`. Both raise Unusable."""

    read: Callable[[Client, str], Asked]
    written: Callable[[Client, str, Mapping[str, str]], Sent]
