"""The state of the browser at this provider, as a word that pages of services may compare but not read (OpenID Connect Session
Management 1.0, 3.1 and 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response as AnyResponse

from broker.foundation.encoding import b64url
from broker.sessions.cookie import CookieFlags, Cookies
from keys.secrets.fingerprints import Fingerprints

WORD = "state"
_PURPOSE = "browser.state"
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BrowserState:
    """The cookie that our iframe reads, and the `session_state` made from it.

    The cookie is no secret and opens nothing: a keyed fingerprint of the session, new with every session, gone with it.
    """

    cookies: Cookies
    fingerprints: Fingerprints

    def of(self, session_id: str) -> str:
        """The value for a session."""
        return b64url(self.fingerprints.mac(_PURPOSE, session_id.encode("ascii"))[:18])

    def keep(self, answer: AnyResponse, state: str) -> None:
        """Give it to the browser. Not HttpOnly: a script of ours reads it, within a page of the service where that is allowed."""
        name = self.cookies.name_of(WORD)
        # base64url stands in a cookie as it is, and all but the value is the same every time.
        answer.headers.add("Set-Cookie", f"{name}={state}{_behind(name, self.cookies.flags()['secure'])}")

    def forget(self, answer: AnyResponse) -> None:
        """Take it away: from now on every service sees that something has changed."""
        answer.delete_cookie(self.cookies.name_of(WORD), **_flags(self.cookies.flags()["secure"]))

    def session_state(self, client_id: str, redirect_uri: str, state: str, salt: str) -> str:
        """What a service compares with: a hash of client, origin, state and salt, a dot, the salt (3)."""
        text = f"{client_id} {_origin(redirect_uri)} {state} {salt}"
        return f"{sha256(text.encode('utf-8')).hexdigest()}.{salt}"


def _flags(is_secure: bool) -> CookieFlags:
    # Only so does a browser send it, if at all, to a frame within another site's page; that needs TLS.
    return {"path": "/", "secure": is_secure, "httponly": False, "samesite": "None" if is_secure else "Lax"}


@lru_cache(maxsize=16)
def _behind(name: str, is_secure: bool) -> str:
    """What stands behind the value of the cookie."""
    return dump_cookie(name, **_flags(is_secure)).removeprefix(f"{name}=")


@lru_cache(maxsize=1024)
def _origin(redirect_uri: str) -> str:
    """As the browser tells it to our page: without the port that the scheme has anyway (RFC 6454 6.2)."""
    address = urlsplit(redirect_uri)
    host, port = address.netloc, address.port
    if not host.endswith("]"):
        host = host.rpartition(":")[0] or host
    is_usual = port in (None, _USUAL_PORTS.get(address.scheme))
    return f"{address.scheme}://{host}" if is_usual else f"{address.scheme}://{host}:{port}"
