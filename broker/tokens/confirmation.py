"""What a token is bound to: the key of a DPoP proof or a client certificate (RFC 9449 6, RFC 8705 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broker.tokens.sealed import BadToken

# Both are the SHA-256 of something, in base64url without padding.
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_MEMBERS = {"jkt": "jkt", "x5t": "x5t#S256"}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`kind` is "jkt" (a DPoP key, RFC 9449 6.1) or "x5t" (a certificate, RFC 8705 3.1)."""

    kind: str
    thumbprint: str

    def __post_init__(self) -> None:
        if self.kind not in _MEMBERS or not _THUMBPRINT.fullmatch(self.thumbprint):
            raise ValueError("a confirmation is the SHA-256 thumbprint of a key or a certificate")

    @property
    def cnf(self) -> dict[str, str]:
        """The value of the `cnf` claim (RFC 7800 3.1)."""
        return {_MEMBERS[self.kind]: self.thumbprint}

    @property
    def token_type(self) -> str:
        """What a token response calls a token that is bound so (RFC 9449 5, RFC 8705 3)."""
        return "DPoP" if self.kind == "jkt" else "Bearer"

    def __str__(self) -> str:
        return f"{self.kind}:{self.thumbprint}"


def confirmation_of(text: str) -> Confirmation | None:
    """The confirmation that `str` wrote; None for the empty text.

    Raises:
        BadToken: anything else.
    """
    if not text:
        return None
    kind, _, thumbprint = text.partition(":")
    try:
        return Confirmation(kind, thumbprint)
    except ValueError as error:
        raise BadToken("not a confirmation") from error
