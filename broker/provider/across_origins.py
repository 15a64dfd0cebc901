"""Which endpoints scripts of other origins may call (Fetch Standard 3.2): those that a single-page client needs, and no other.

Any origin may: nothing here is answered because of a cookie, and browsers send none along, since credentials are not allowed.
What a script gets it could as well get by a program of its own; codes and tokens are what protects the answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from broker.provider.answering.ready import Answer
from broker.provider.here import this_request

_MAX_AGE = "7200"
# What a browser would keep from the script otherwise: why a token was refused, and the nonce for the next proof (RFC 9449 8).
_EXPOSED = "WWW-Authenticate, DPoP-Nonce"
_TO_ANYBODY = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", _EXPOSED))
_SENT = "Authorization, Content-Type, DPoP"
# Not among them: introspection, device authorization and client registration, which browsers do not use.
_NAMES = (
    "jwks_uri", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint",
)  # fmt: skip


class AcrossOrigins:
    """Adds the headers to what the provider answers. `endpoints` are its paths by their names in discovery."""

    def __init__(self, endpoints: Mapping[str, str], documents: tuple[str, ...]):
        self._open = frozenset({*documents, *(endpoints[name] for name in _NAMES)})

    def allow(self, response: Response) -> Response:
        """To be called after every request, errors included."""
        asked = this_request()
        if asked.path not in self._open:
            return response
        if isinstance(response, Answer):
            response.beside += _TO_ANYBODY
            return response
        # Added rather than set: nobody else writes them, so there is none to look for.
        for name, value in _TO_ANYBODY:
            response.headers.add(name, value)
        if asked.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = _SENT
            response.headers["Access-Control-Max-Age"] = _MAX_AGE
        return response
