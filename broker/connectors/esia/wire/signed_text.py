"""What is signed, in which order: plain concatenation of decoded values in UTF-8, nothing between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

Order = tuple[str, ...]


class Kind(Enum):
    """What a request is for; a token request is called by its grant."""

    AUTHORIZATION = "authorization"
    CODE = "authorization_code"
    REFRESH = "refresh_token"
    SYSTEM = "client_credentials"


# Generation 1 signs the same four values whatever the request is for.
_FIRST: Final[Order] = ("scope", "timestamp", "client_id", "state")
_SECOND: Final[Order] = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
# Two working libraries sign a refresh differently, and nobody has shown an answer: a setting, see `esia.refresh_string`.
_REFRESH_BY_TOKEN: Final[Order] = ("client_id", "scope", "timestamp", "state", "refresh_token")


def order_of(generation: str, kind: Kind, refresh_string: str = "redirect_uri") -> Order:
    """The names of the values in the order that is signed.

    Args:
        generation: v1 (authorization v1, tokens v1) or v2 (authorization v2, tokens v3).
        refresh_string: redirect_uri or refresh_token, what a refresh of v2 ends with.
    """
    if generation == "v1":
        return _FIRST
    if kind is Kind.CODE:
        return (*_SECOND, "code")
    if kind is Kind.REFRESH and refresh_string == "refresh_token":
        return _REFRESH_BY_TOKEN
    return _SECOND


def text_to_sign(order: Order, values: Mapping[str, str]) -> bytes:
    """The bytes under the signature; a value that the request does not have adds nothing."""
    return "".join(values.get(name, "") for name in order).encode("utf-8")
