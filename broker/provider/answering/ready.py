"""Answers to programs: their headers are sent as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, redirect
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as AnyResponse


class Answer(Response):
    """A whole body with a status that has one, and without addresses in its headers: so there is nothing to complete or take away
    before it is sent, for which the framework would copy every header and read it again."""

    def __init__(
        self, body: str, status: int = 200, headers: Iterable[tuple[str, str]] = (), content_type: str | None = None
    ):
        """Each name of `headers` stands there once."""
        ready = Headers()
        for name, value in headers:
            ready.add(name, value)
        super().__init__(body, status, ready, content_type=content_type)

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """The headers, of which the framework has written Content-Length with the body."""
        return self.headers

    def get_app_iter(self, environ: Any) -> Iterable[bytes]:
        """The body, of which nothing has to be made or closed; none for who asked for the headers only."""
        return () if environ["REQUEST_METHOD"] == "HEAD" else self.response  # type: ignore[return-value]


def sent_on(address: str, status: int) -> AnyResponse:
    """A redirect to an address that is written as it shall be sent; another one is first made so by the framework."""
    is_ready = address.isascii() and address.isprintable() and " " not in address
    # The framework's own type, which it would look for among the headers first.
    return Answer("", status, (("Location", address),), "text/html; charset=utf-8") if is_ready else redirect(address, status)
