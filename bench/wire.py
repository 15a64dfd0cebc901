"""A small HTTP client on kept-alive connections, with a cookie jar: cheap enough not to be what is measured."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class Unexpected(Exception):
    """An answer that is not the one of the operation; the run counts for nothing then."""


@dataclass(slots=True)
class Wire:
    """One virtual user's connection to one server."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body of one exchange; a connection the server has closed is opened again once."""
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
            try:
                self._connection.request(method, target, body, sent)
                answer = self._connection.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._connection.close()
                self._connection = None
                if attempt == 2:
                    raise
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._keep(line)
        return answer.status, answer.headers, content

    def _keep(self, line: str) -> None:
        name, _, value = line.partition(";")[0].partition("=")
        if value:
            self.cookies[name.strip()] = value.strip()
        else:
            self.cookies.pop(name.strip(), None)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def target_of(url: str) -> str:
    """Path and query of an absolute address."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
