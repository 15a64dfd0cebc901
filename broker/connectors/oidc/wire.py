"""Speaking to an OpenID Provider's servers: one request, one JSON object or one typed failure. Nothing of an answer is logged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from broker.connectors.oidc.failures import NO_ANSWER, NOT_VERIFIED, OUR_SETUP, TROUBLE_THERE
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside

# Of a discovery document, a key set, tokens, a person: anything longer is not one.
_MAX_BYTES = 262_144
_JSON = ("application/json", "application/jwk-set+json", "")


def get_json(outside: Outside, url: str, access_token: str = "") -> Mapping[str, Any]:
    """GET an address and return the JSON object of its 200 answer. No redirect is followed.

    Raises:
        UpstreamFailed: 2101 for silence, a server error or no JSON; 2106 when TLS fails; 2104 or 2102 for another status.
    """
    headers = {"Accept": "application/json"}
    if access_token:
        headers["Authorization"] = f"Bearer {access_token}"
    answer = _sent(outside, HttpRequest("GET", url, headers))
    if answer.status != 200:
        raise UpstreamFailed(OUR_SETUP if answer.status in (401, 403, 404) else TROUBLE_THERE, f"http: status {answer.status}")
    return _object(answer)


class TokenWire:
    """The session that Authlib's client posts with: through `Outside`, with its deadlines and limits."""

    def __init__(self, outside: Outside):
        self._outside = outside

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _TokenAnswer:
        """POST a form; `auth` puts our proof into it (RFC 6749 2.3). A code is sent once: nothing is ever repeated."""
        # Authlib's own default would say so, too; here it does not depend on its release.
        plain = {**headers, "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        address, sent, body = auth.prepare("POST", url, plain, urlencode(dict(data)))
        return _TokenAnswer(_sent(self._outside, HttpRequest("POST", address, sent, body.encode("ascii"))))


@dataclass(frozen=True, slots=True)
class _TokenAnswer:
    """What Authlib reads of an answer. Everything that is no answer of RFC 6749 5.1 or 5.2 is our failure before it is its."""

    answer: HttpResponse

    @property
    def status_code(self) -> int:
        return self.answer.status

    def raise_for_status(self) -> None:
        raise UpstreamFailed(NO_ANSWER, f"http: status {self.answer.status}")

    def json(self) -> dict[str, Any]:
        body = dict(_object(self.answer))
        if self.answer.status != 200 and "error" not in body:
            raise UpstreamFailed(TROUBLE_THERE, f"http: status {self.answer.status}")
        return body


def _sent(outside: Outside, request: HttpRequest) -> HttpResponse:
    try:
        answer = outside.send(request)
    except HttpFailure as error:
        # A certificate that does not fit is no silence: somebody may stand between us and them.
        cause = NOT_VERIFIED if error.kind in ("tls", "redirect", "too_large") else NO_ANSWER
        raise UpstreamFailed(cause, f"http: {error.kind}", is_outage=error.kind in ("timeout", "connection")) from error
    if answer.status >= 500:
        raise UpstreamFailed(NO_ANSWER, f"http: status {answer.status}", is_outage=answer.status in (502, 503, 504))
    if len(answer.body) > _MAX_BYTES:
        raise UpstreamFailed(NOT_VERIFIED, "http: too_large")
    return answer


def _object(answer: HttpResponse) -> Mapping[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON:
        # A signed UserInfo answer would be application/jwt (OpenID Connect Core 5.3.2); we ask for none.
        raise UpstreamFailed(NO_ANSWER, "http: not json")
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise UpstreamFailed(NO_ANSWER, "http: not json") from error
    if not isinstance(body, dict):
        raise UpstreamFailed(NO_ANSWER, "http: not a json object")
    return body
