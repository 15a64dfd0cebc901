"""Discovery and the key set, as ready bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask import Request, Response

# Each endpoint once: the routes are made from this table and discovery lists it.
ENDPOINTS: Mapping[str, str] = {
    "authorization_endpoint": "/authorize",
    "pushed_authorization_request_endpoint": "/par",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/jwks",
    "device_authorization_endpoint": "/device_authorization",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "end_session_endpoint": "/end_session",
}
# The same document at the place of OpenID Connect (Discovery 4) and at that of OAuth (RFC 8414 3).
DISCOVERY_PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
# What verifiers of the journal keep of us (docs/audit-format.md); services have no use for it.
AUDIT_KEYS_PATH = "/audit/jwks.json"
DISCOVERY_MAX_AGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Ready:
    version: object
    body: bytes
    etag: str


class Document:
    """A public JSON document, written out again only when its source has changed. `version` is what that is seen by, where asking
    for the whole source each time would cost more than answering."""

    def __init__(self, source: Callable[[], object], max_age: timedelta, version: Callable[[], object] | None = None):
        self._source = source
        self._version = version or source
        self._cache_control = f"public, max-age={int(max_age.total_seconds())}"
        self._ready: _Ready | None = None

    def answer(self, request: Request) -> Response:
        """The document, or 304 for whoever has it already (RFC 9110 13.1.2)."""
        ready = self._current()
        response = Response(ready.body, content_type="application/json")
        response.headers["Cache-Control"] = self._cache_control
        response.set_etag(ready.etag)
        if "HTTP_IF_NONE_MATCH" in request.environ:
            response.make_conditional(request)
        return response

    def _current(self) -> _Ready:
        version = self._version()
        ready = self._ready
        if ready is None or ready.version != version:
            body = json.dumps(self._source(), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
            ready = self._ready = _Ready(version, body, sha256(body).hexdigest()[:32])
        return ready
