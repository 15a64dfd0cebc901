"""The state of the browser at this provider, as a word that pages of services may compare but not read (OpenID Connect Session
Management 1.0, 3.1 and 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from werkzeug.wrappers import Response as AnyResponse

from broker.foundation.encoding import b64url
from broker.sessions.cookie import Cookies
from keys.secrets.fingerprints import Fingerprints

WORD = "state"
_PURPOSE = "browser.state"


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
        answer.set_cookie(self.cookies.name_of(WORD), state, **self._flags())  # type: ignore[arg-type]

    def forget(self, answer: AnyResponse) -> None:
        """Take it away: from now on every service sees that something has changed."""
        answer.delete_cookie(self.cookies.name_of(WORD), **self._flags())  # type: ignore[arg-type]

    def session_state(self, client_id: str, redirect_uri: str, state: str, salt: str) -> str:
        """What a service compares with: a hash of client, origin, state and salt, a dot, the salt (3)."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(redirect_uri))
        text = f"{client_id} {origin} {state} {salt}"
        return f"{sha256(text.encode('utf-8')).hexdigest()}.{salt}"

    def _flags(self) -> dict[str, object]:
        flags = dict(self.cookies.flags())
        # Only so does a browser send it, if at all, to a frame within another site's page; that needs TLS.
        return flags | {"httponly": False, "samesite": "None" if flags["secure"] else "Lax"}
