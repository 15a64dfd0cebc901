"""What is answered when no room had an answer: a cause page for people, a JSON error for programs, and one line in the log.

The log line holds the kind of the error and where it was raised, never its text: texts of libraries quote values.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException

from broker.foundation.jose import SignerSilent
from broker.foundation.outside import Outside
from broker.screens.causes import cause
from broker.screens.forms import FormBusy, FormStale
from broker.screens.pages import CausePage
from broker.screens.render import Screens
from broker.screens.view import view_of
from broker.storage.shelf import ShelfUnavailable
from broker.storage.silence import DatabaseSilent

_LOG = logging.getLogger("broker.errors")

# RFC 6749 5.2 has no word for our own trouble; server_error and temporarily_unavailable are those of 4.1.2.1.
_WIRE = {8001: ("server_error", 500), 8002: ("temporarily_unavailable", 503)}

# A body whose chunks are none (RFC 9112 7.1), or that ended too early, is the caller's mistake and nobody's trouble. Only the
# server knows these errors, and no room knows the server.
_OF_THE_WIRE = "gunicorn.http.errors"


class Answers:
    """The answers to errors. `is_for_programs` says whether the present request came to an endpoint that speaks JSON."""

    def __init__(self, screens: Screens, outside: Outside, is_for_programs: Callable[[], bool]):
        self._screens = screens
        self._outside = outside
        self._is_for_programs = is_for_programs

    def answer(self, app: Flask) -> None:
        """Register every answer with the application."""
        app.register_error_handler(HTTPException, self._http)
        app.register_error_handler(FormStale, lambda _error: self._page(1009))
        app.register_error_handler(FormBusy, lambda _error: self._page(1004))
        app.register_error_handler(ShelfUnavailable, lambda error: self._trouble(8002, error))
        app.register_error_handler(DatabaseSilent, lambda error: self._trouble(8002, error))
        app.register_error_handler(SignerSilent, lambda error: self._trouble(8002, error))
        app.register_error_handler(Exception, self._unforeseen)

    def _unforeseen(self, error: Exception) -> Response:
        if type(error).__module__ == _OF_THE_WIRE:
            return self._http(BadRequest())
        return self._trouble(8001, error)

    def _http(self, error: HTTPException) -> Response:
        status = error.code or 500
        if self._is_for_programs():
            answer = jsonify(error="invalid_request" if status < 500 else "server_error")
            answer.status_code = status
            answer.headers["Cache-Control"] = "no-store"
        else:
            answer = self._page(1010 if status in (404, 405) else 7004, status)
        if status == 405 and error.get_headers():
            answer.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
        return answer

    def _trouble(self, code: int, error: Exception) -> Response:
        digits = int.from_bytes(self._outside.random(4)) % 100_000_000
        case = f"{digits // 10_000:04d}-{digits % 10_000:04d}"
        place = traceback.extract_tb(error.__traceback__)[-1]
        _LOG.error(
            "unanswered error",
            extra={"case": case, "kind": type(error).__name__, "file": place.filename, "line_number": place.lineno},
        )
        if self._is_for_programs():
            word, status = _WIRE[code]
            answer = jsonify(error=word, error_description=f"case {case}")
            answer.status_code = status
            answer.headers["Cache-Control"] = "no-store"
            return answer
        return self._page(code, case_number=case)

    def _page(self, code: int, status: int = 200, case_number: str | None = None) -> Response:
        page = CausePage(cause(code), self._outside.now(), self._screens.settings.zone, case_number=case_number)
        return self._screens.render(page, view_of(request), status=status)
