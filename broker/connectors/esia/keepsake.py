"""What is kept so that ESIA can be asked again: its refresh token, and the request that brought it. A secret, to be sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from broker.connectors.esia.talk.codes import NOT_VERIFIED
from broker.connectors.port import UpstreamFailed


@dataclass(frozen=True, slots=True)
class Keepsake:
    """The scopes keep the order and the address the form of the first request: a refresh signs them again."""

    subject: str
    refresh_token: str
    scope: str
    scope_org: str
    return_url: str

    def __repr__(self) -> str:
        return "Keepsake(...)"

    def text(self) -> str:
        """As `keepsake_from` reads it."""
        return json.dumps(asdict(self), separators=(",", ":"))


def keepsake_from(text: str) -> Keepsake:
    """The keepsake of a text.

    Raises:
        UpstreamFailed: 2106, it is none: written by another release, or for another upstream.
    """
    try:
        return Keepsake(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise UpstreamFailed(NOT_VERIFIED, "keepsake: not readable") from error
