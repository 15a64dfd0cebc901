"""What our cookies are called and how they are guarded."""

from __future__ import annotations

from typing import TypedDict
from urllib.parse import urlsplit


class CookieFlags(TypedDict):
    """The keyword arguments of Flask's `set_cookie` that every cookie of ours has."""

    path: str
    secure: bool
    httponly: bool
    samesite: str


class Cookies:
    """Names and flags for one issuer.

    Over https the name begins with `__Host-` (RFC 6265bis 4.1.3.2): no subdomain and no plain http page can plant such a cookie.
    Over http, which is for demonstrations on loopback only, the port is a part of the name, because cookies ignore ports and two
    demonstrations on one host would sign each other out.
    """

    def __init__(self, issuer: str):
        address = urlsplit(issuer)
        self._secure = address.scheme == "https"
        self._port = address.port or (443 if self._secure else 80)

    def name_of(self, word: str) -> str:
        """The full name of the cookie called `word`, such as "session" or "browser"."""
        return f"__Host-{word}" if self._secure else f"{word}-{self._port}"

    def flags(self) -> CookieFlags:
        """For `set_cookie` and `delete_cookie`. Lax, so that a sign-in begun at another site finds its session."""
        return {"path": "/", "secure": self._secure, "httponly": True, "samesite": "Lax"}
