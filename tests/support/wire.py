"""Requests byte by byte: what no well-behaved HTTP client would send."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer as it came. Names of headers are in lower case; repeated ones are joined by a newline."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def location(self) -> str | None:
        return self.headers.get("location")

    def everything(self) -> str:
        """All of it as one text, for looking whether something is in it."""
        return "\n".join((*self.headers.values(), self.body))


def send(issuer: str, method: str, target: bytes | str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    """Ask on a connection of its own. The target is sent as it stands; `Host` may be overridden."""
    parts = urlsplit(issuer)
    path = target.encode("latin-1") if isinstance(target, str) else target
    given = {"Host": parts.netloc, "Connection": "close"} | dict(headers or {})
    if "Transfer-Encoding" not in given and (body or method in ("POST", "PUT", "PATCH")):
        given.setdefault("Content-Length", str(len(body)))
    lines = [method.encode() + b" " + path + b" HTTP/1.1"]
    lines += [f"{name}: {value}".encode("latin-1") for name, value in given.items()]
    with socket.create_connection((parts.hostname or "", parts.port or 80), 30) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        return _read(connection, method)


def form(issuer: str, target: str, body: bytes | str, headers: Mapping[str, str] | None = None) -> Answer:
    """POST a form whose body is sent as it stands."""
    raw = body.encode("ascii") if isinstance(body, str) else body
    return send(issuer, "POST", target, {"Content-Type": "application/x-www-form-urlencoded"} | dict(headers or {}), raw)


def _read(connection: socket.socket, method: str) -> Answer:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    body = response.read().decode("utf-8", "replace")
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    response.close()
    return Answer(response.status, headers, body)
