"""Speaking to ESIA's servers: one request, one JSON object or one typed failure. Nothing of an answer is ever logged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from broker.connectors.esia.talk.errors import NO_ANSWER, NOT_VERIFIED, OUR_SETUP, TROUBLE_THERE, failure
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside


def ask_json(outside: Outside, request: HttpRequest) -> Mapping[str, Any]:
    """Send a request and return the JSON object of a 200 answer.

    Raises:
        UpstreamFailed: 2101 for silence, a server error or HTML; the cause of the ESIA code for an error answer.
    """
    try:
        answer = outside.send(request)
    except HttpFailure as error:
        # A certificate that does not fit is no silence: somebody may stand between us and ESIA.
        cause = NOT_VERIFIED if error.kind == "tls" else NO_ANSWER
        raise UpstreamFailed(cause, f"http: {error.kind}") from error
    if answer.status >= 500:
        raise UpstreamFailed(NO_ANSWER, f"http: status {answer.status}")
    body = _object(answer)
    if answer.status == 200 and "error" not in body:
        return body
    raise _refusal(answer.status, body)


def _refusal(status: int, body: Mapping[str, Any]) -> UpstreamFailed:
    description = body.get("error_description")
    if isinstance(description, str) and "error" in body:
        return failure(description)
    # The person resource speaks of missing rights with 403 (ESIA-005029): a scope that our system was not granted.
    cause = OUR_SETUP if status == 403 else TROUBLE_THERE
    return UpstreamFailed(cause, f"http: status {status}")


def _object(answer: HttpResponse) -> Mapping[str, Any]:
    kind = answer.headers.get("content-type", "").lower()
    if "html" in kind:
        raise UpstreamFailed(NO_ANSWER, "http: html instead of json")
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise UpstreamFailed(NO_ANSWER, "http: not json") from error
    if not isinstance(body, dict):
        raise UpstreamFailed(NO_ANSWER, "http: not a json object")
    return body
