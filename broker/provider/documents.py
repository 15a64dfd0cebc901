"""Discovery and the key set, as ready bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask import Request, Response

from broker.clients.public_keys import SIGNATURE_ALGORITHMS
from broker.consent.details import DETAIL_TYPES
from broker.provider.answering.jarm import MODES
from broker.provider.caller.dpop import ALGORITHMS as DPOP_ALGORITHMS
from broker.provider.granting.grants import TOKEN_GRANTS
from broker.provider.request.checks import PROMPTS
from broker.tokens.acr import ACR_OF_LEVEL
from broker.tokens.scopes import PROTOCOL_CLAIMS, SCOPE_OF_CLAIM, SCOPES

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
DISCOVERY_MAX_AGE = timedelta(hours=1)


def discovery_of(issuer: str, signing_algorithms: tuple[str, ...]) -> dict[str, object]:
    """The metadata (OpenID Connect Discovery 3, RFC 8414 2), from the same tables that serve the requests."""
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in ENDPOINTS.items()},
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(MODES),
        "grant_types_supported": [grant.GRANT_TYPE for grant, _ in TOKEN_GRANTS],
        "acr_values_supported": list(ACR_OF_LEVEL.values()),
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": list(signing_algorithms),
        "introspection_signing_alg_values_supported": list(signing_algorithms),
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": list(PROMPTS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*PROTOCOL_CLAIMS, *SCOPE_OF_CLAIM],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(SIGNATURE_ALGORITHMS),
        "require_signed_request_object": False,
        "authorization_details_types_supported": list(DETAIL_TYPES),
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["ru", "en"],
    }


@dataclass(frozen=True, slots=True)
class _Ready:
    source: object
    body: bytes
    etag: str


class Document:
    """A public JSON document, written out again only when its source has changed."""

    def __init__(self, source: Callable[[], object], max_age: timedelta):
        self._source = source
        self._cache_control = f"public, max-age={int(max_age.total_seconds())}"
        self._ready: _Ready | None = None

    def answer(self, request: Request) -> Response:
        """The document, or 304 for whoever has it already (RFC 9110 13.1.2)."""
        ready = self._current()
        response = Response(ready.body, content_type="application/json")
        response.headers["Cache-Control"] = self._cache_control
        # Single-page clients read these two documents across origins; they hold nothing secret.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.set_etag(ready.etag)
        response.make_conditional(request)
        return response

    def _current(self) -> _Ready:
        source = self._source()
        ready = self._ready
        if ready is None or ready.source != source:
            body = json.dumps(source, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
            ready = self._ready = _Ready(source, body, sha256(body).hexdigest()[:32])
        return ready
