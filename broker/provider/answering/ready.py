"""Answers to programs: their headers are sent as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, redirect
from werkzeug.wrappers import Response as AnyResponse


class Answer(Response):
    """A whole body with a status that has one, and without addresses in its headers: so there is nothing to complete or take away
    before it is sent, for which the framework would copy every header and read it again."""

    def __init__(
        self, body: str, status: int = 200, headers: Iterable[tuple[str, str]] = (), content_type: str | None = None
    ):
        """Each name of `headers` stands there once. They are added rather than set: there is none to look for."""
        rest = []
        for header in headers:
            if header[0] == "Content-Type":
                content_type = header[1]
            else:
                rest.append(header)
        raw = body.encode("utf-8")
        super().__init__([raw], status, content_type=content_type)
        self.headers.add("Content-Length", str(len(raw)))
        for name, value in rest:
            self.headers.add(name, value)

    def get_wsgi_response(self, environ: Any) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """The body, of which nothing has to be made or closed (none for who asked for the headers only), and the headers."""
        body: Any = () if environ["REQUEST_METHOD"] == "HEAD" else self.response
        return body, self.status, self.headers.to_wsgi_list()


def sent_on(address: str, status: int) -> AnyResponse:
    """A redirect to an address that is written as it shall be sent; another one is first made so by the framework."""
    is_ready = address.isascii() and address.isprintable() and " " not in address
    # The framework's own type, which it would look for among the headers first.
    return Answer("", status, (("Location", address),), "text/html; charset=utf-8") if is_ready else redirect(address, status)
