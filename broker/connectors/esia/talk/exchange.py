"""Speaking to ESIA's servers: a question, one JSON object or one typed failure. Nothing of an answer is ever logged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from broker.connectors.esia.talk.codes import NO_ANSWER, NOT_VERIFIED, OUR_SETUP, OVERLOADED, TROUBLE_THERE
from broker.connectors.esia.talk.errors import code_in, failure, may_pass
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside, monotonic

ONE_QUESTION: Final = timedelta(seconds=15)
# A whole class comes at once, and a second try of all of them at the same instant would be the next blow.
_SHORTEST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 0.4
# Whoever has waited long already is told so, and decides for themselves whether to wait again.
_NO_SECOND_TRY_AFTER: Final = timedelta(seconds=5)
_AWAY: Final = frozenset({502, 503, 504})
# A file of ESIA's own pages is not what was asked for, whatever it says of itself.
_HTML_BEGINS: Final = (b"<!doctype", b"<html", b"<?xml")


class Talk:
    """All questions of one trip, under one time limit. A question that changes nothing there (GET) is asked once more when it may
    help; one that spends something (a code, a refresh token) never."""

    def __init__(self, outside: Outside, within: timedelta, clock: Callable[[], float] = monotonic):
        """`within` is for everything together, pauses too; `clock` counts seconds from anywhere."""
        self._outside = outside
        self._clock = clock
        self._ends = clock() + within.total_seconds()

    def ask(self, request: HttpRequest) -> Mapping[str, Any]:
        """Send a request and return the JSON object of a 200 answer.

        Raises:
            UpstreamFailed: 2101 for silence, a server error, HTML or what is no JSON; the cause of the ESIA code for an error
                answer; 2106 when a certificate does not fit.
        """
        began = self._clock()
        try:
            return self._asked(request)
        except _MayPass as passing:
            waited = timedelta(seconds=self._clock() - began)
            if request.method != "GET" or waited >= _NO_SECOND_TRY_AFTER:
                raise passing.failed from passing
        self._outside.pause(self._pause())
        try:
            return self._asked(request)
        except _MayPass as again:
            raise again.failed from again

    def _pause(self) -> float:
        by_chance = int.from_bytes(self._outside.random(2), "big") / 0xFFFF
        return _SHORTEST_PAUSE + (_LONGEST_PAUSE - _SHORTEST_PAUSE) * by_chance

    def _asked(self, request: HttpRequest) -> Mapping[str, Any]:
        left = self._ends - self._clock()
        if left <= 0:
            raise UpstreamFailed(NO_ANSWER, "http: timeout of the trip", is_outage=True)
        try:
            answer = self._outside.send(replace(request, within=timedelta(seconds=left)))
        except HttpFailure as error:
            if error.kind in ("timeout", "connection"):
                raise _MayPass(UpstreamFailed(NO_ANSWER, f"http: {error.kind}", is_outage=True)) from error
            # A certificate that does not fit is no silence: somebody may stand between us and ESIA.
            raise UpstreamFailed(NOT_VERIFIED if error.kind == "tls" else NO_ANSWER, f"http: {error.kind}") from error
        return _understood(answer)


class _MayPass(Exception):
    """A failure that a second try may not meet."""

    def __init__(self, failed: UpstreamFailed):
        super().__init__(failed.detail)
        self.failed = failed


def ask_json(outside: Outside, request: HttpRequest) -> Mapping[str, Any]:
    """One question that stands alone; see `Talk.ask`."""
    return Talk(outside, ONE_QUESTION).ask(request)


def _understood(answer: HttpResponse) -> Mapping[str, Any]:
    if answer.status >= 500:
        # A server that fails at one question (500) may answer the next; one that is away or overloaded does not.
        is_outage = answer.status in _AWAY
        raise _MayPass(_named(answer) or UpstreamFailed(NO_ANSWER, f"http: status {answer.status}", is_outage=is_outage))
    body = _object(answer)
    if answer.status == 200 and "error" not in body:
        return body
    failed = _refusal(answer.status, body)
    raise _MayPass(failed) if may_pass(failed) else failed


def _named(answer: HttpResponse) -> UpstreamFailed | None:
    """With 5xx ESIA sometimes says more: overloaded or under maintenance (007008) is a word of its own to a person."""
    try:
        found = failure(_described(_object(answer)))
    except UpstreamFailed:
        return None
    return _of_ours(found) if may_pass(found) else None


def _of_ours(failed: UpstreamFailed) -> UpstreamFailed:
    """The same, as the answer to a question of ours."""
    return UpstreamFailed(failed.cause, failed.detail, is_outage=failed.detail == f"ESIA-{OVERLOADED}")


def _refusal(status: int, body: Mapping[str, Any]) -> UpstreamFailed:
    description = _described(body)
    if code_in(description):
        return _of_ours(failure(description))
    if "error" in body:
        return failure("")
    # The person resource speaks of missing rights with 403: a scope that our system was not granted.
    return UpstreamFailed(OUR_SETUP if status == 403 else TROUBLE_THERE, f"http: status {status}")


def _described(body: Mapping[str, Any]) -> str:
    """Where an answer holds its code: OAuth answers in `error_description`, the person resource in `code`."""
    unverified = body.get("error_description", body.get("code"))
    return unverified if isinstance(unverified, str) else ""


def _object(answer: HttpResponse) -> Mapping[str, Any]:
    """The JSON object of an answer, whatever type it says it is: ESIA has sent JSON as text and without a type.

    JSON is UTF-8 (RFC 8259 8.1), with ESIA's byte order mark or without; a name read by a guessed alphabet would be another name.
    """
    if "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:9].lower().startswith(_HTML_BEGINS):
        raise UpstreamFailed(NO_ANSWER, "http: html instead of json")
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UpstreamFailed(NO_ANSWER, "http: not utf-8") from error
    try:
        body = json.loads(text)
        # Half a surrogate pair or a zero byte is text to Python and to no database of ours.
        is_storable = "\\u0000" not in json.dumps(body, ensure_ascii=False).encode("utf-8").decode("utf-8")
    except (ValueError, RecursionError) as error:
        raise UpstreamFailed(NO_ANSWER, "http: not json") from error
    if not isinstance(body, dict) or not is_storable:
        raise UpstreamFailed(NO_ANSWER, "http: not a json object")
    return body
