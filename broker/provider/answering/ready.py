"""Answers to programs: their headers are sent as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, redirect
from werkzeug.wrappers import Response as AnyResponse


class Answer(Response):
    """A whole body with a status that has one, and without addresses in its headers: so there is nothing to complete or take away
    before it is sent, for which the framework would copy every header and read it again.

    `beside` are headers written in our code, sent after the others; they are neither looked for nor looked through.
    """

    # Said when it is sent.
    automatically_set_content_length = False

    def __init__(
        self, body: str, status: int = 200, headers: Iterable[tuple[str, str]] = (), content_type: str | None = None
    ):
        """`headers` become those beside. Each of their names stands there once, and is set by nobody later."""
        self.beside: list[tuple[str, str]] = []
        for header in headers:
            if header[0] == "Content-Type":
                content_type = header[1]
            else:
                self.beside.append(header)
        super().__init__([body.encode("utf-8")], status, content_type=content_type)

    def get_wsgi_response(self, environ: Any) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """The body, of which nothing has to be made or closed (none for who asked for the headers only), and all headers."""
        body: Any = self.response
        size = str(sum(map(len, body)))
        headers = [*self.headers, ("Content-Length", size), *self.beside]
        return (() if environ["REQUEST_METHOD"] == "HEAD" else body), self.status, headers


def sent_on(address: str, status: int) -> AnyResponse:
    """A redirect to an address that is written as it shall be sent; another one is first made so by the framework."""
    is_ready = address.isascii() and address.isprintable() and " " not in address
    if not is_ready:
        return redirect(address, status)
    answer = Answer("", status, content_type="text/html; charset=utf-8")
    # Not beside: it was not written by us, so the framework looks through it once more.
    answer.headers.add("Location", address)
    return answer
