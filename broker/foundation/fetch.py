"""Asking an address that somebody else has named: a client's keys, its sector document, its log-out address.

Whoever registers an address must not be able to make us speak to our own machines (server-side request forgery). So the name is
looked up first, every address found must be of the public Internet, and the connection goes to exactly the address that was
checked: a name that means something else a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from broker.foundation.outside import monotonic
from broker.foundation.public_addresses import is_public
from broker.foundation.settings import HttpSettings
from broker.foundation.timed_wire import TimedWire, WireEnded

Resolver = Callable[[str, int], tuple[str, ...]]

_MAX_URL = 2000
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[ -~]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)
_CHUNK = 16_384
_TRIED_ADDRESSES = 3


class FetchRefused(Exception):
    """Nothing usable came. `reason` is one of: address, port, name, private, connection, tls, timeout, redirect, status,
    encoding, content_type, too_large, busy."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """What came back. Header names are lower case; `body` is whole and within the limit of the call."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go. `target` is path and query, `host` what the certificate must name, `authority` the Host header."""

    is_tls: bool
    host: str
    port: int
    authority: str
    target: str
    is_listed: bool


@dataclass(frozen=True, slots=True)
class _Letter:
    method: str
    headers: Mapping[str, str]
    body: bytes
    max_bytes: int
    takes_redirect: bool = False


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Every address the system knows for a name. Its time is bounded by the system's own resolver settings.

    Raises:
        OSError, UnicodeError: the name means nothing.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher:
    """One a process, used by many threads. `resolve(host, port)` gives the addresses of a name as text."""

    def __init__(self, settings: HttpSettings, resolve: Resolver = system_resolver):
        self._settings = settings
        self._resolve = resolve
        self._listed = frozenset(settings.fetch_allowed)
        # Slow answers of strangers may hold so many threads of this process and no more.
        self._places = BoundedSemaphore(settings.fetch_at_once)

    def fetch(self, url: str, max_bytes: int, accept: tuple[str, ...]) -> FetchedDocument:
        """GET a document: status 200, one of the media types `accept` (empty: any), at most `max_bytes` long.

        Raises:
            FetchRefused: anything else.
        """
        headers = {"Accept": ", ".join(accept) or "*/*"}
        found = self._exchange(url, _Letter("GET", headers, b"", max_bytes))
        if found.status != 200:
            raise FetchRefused("status")
        media_type = found.headers.get("content-type", "").partition(";")[0].strip().lower()
        if accept and media_type not in accept:
            raise FetchRefused("content_type")
        return found

    def post(self, url: str, body: bytes, headers: Mapping[str, str], max_bytes: int) -> FetchedDocument:
        """POST to an address that a client has named; an answer of any status but a redirect. `headers` should hold Content-Type.

        Raises:
            FetchRefused: nothing usable came back.
        """
        return self._exchange(url, _Letter("POST", headers, body, max_bytes))

    def visit(self, url: str, headers: Mapping[str, str], max_bytes: int, form: bytes | None = None) -> FetchedDocument:
        """GET as a browser does, or POST with a `form`: an answer of any status. A redirect is not followed but
        given back; several `set-cookie` stand in lines of one header.

        Raises:
            FetchRefused: nothing usable came back.
        """
        method = "GET" if form is None else "POST"
        return self._exchange(url, _Letter(method, headers, form or b"", max_bytes, takes_redirect=True))

    def _exchange(self, url: str, letter: _Letter) -> FetchedDocument:
        place = self._place(url)
        if not self._places.acquire(blocking=False):
            raise FetchRefused("busy")
        try:
            return self._carry(place, letter)
        except ssl.SSLError as error:
            raise FetchRefused("timeout" if isinstance(error, TimeoutError) else "tls") from error
        except TimeoutError as error:
            raise FetchRefused("timeout") from error
        except WireEnded as error:
            raise FetchRefused("too_large") from error
        except (OSError, HTTPException, ValueError) as error:
            raise FetchRefused("connection") from error
        finally:
            self._places.release()

    def _place(self, url: str) -> _Place:
        if len(url) > _MAX_URL or not _VISIBLE.fullmatch(url):
            raise FetchRefused("address")
        try:
            parts = urlsplit(url)
            port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        except ValueError:
            raise FetchRefused("address") from None
        host = parts.hostname or ""
        if not port or "@" in parts.netloc or "#" in url or "\\" in url or not _HOST.fullmatch(host):
            raise FetchRefused("address")
        is_listed = f"{host}:{port}" in self._listed
        if parts.scheme != "https" and not is_listed:
            raise FetchRefused("address")
        if str(port) not in self._settings.fetch_ports and not is_listed:
            raise FetchRefused("port")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Place(parts.scheme == "https", host, port, parts.netloc, target, is_listed)

    def _carry(self, place: _Place, letter: _Letter) -> FetchedDocument:
        deadline = monotonic() + self._settings.fetch_timeout.total_seconds()
        with self._connect(place, deadline) as connected:
            wire = TimedWire(connected, deadline, 2 * letter.max_bytes + 2 * _CHUNK)
            wire.shake_hands()
            wire.send(_written(place, letter))
            answer = HTTPResponse(wire, method=letter.method)  # type: ignore[arg-type]
            answer.begin()
            if 300 <= answer.status < 400 and not letter.takes_redirect:
                raise FetchRefused("redirect")
            headers = _headers(answer)
            # We ask for no compression, so there is nothing small that unfolds into something large.
            if headers.get("content-encoding", "identity").lower() != "identity":
                raise FetchRefused("encoding")
            return FetchedDocument(answer.status, headers, _body(answer, letter.max_bytes))

    def _connect(self, place: _Place, deadline: float) -> socket.socket:
        last: OSError = OSError("no address")
        for address in self._checked_addresses(place)[:_TRIED_ADDRESSES]:
            try:
                raw = socket.create_connection((address, place.port), max(0.001, deadline - monotonic()))
            except OSError as error:
                last = error
                continue
            return self._wrapped(raw, place)
        raise last

    def _checked_addresses(self, place: _Place) -> tuple[str, ...]:
        try:
            found = self._resolve(place.host, place.port)
        except (OSError, UnicodeError) as error:
            raise FetchRefused("name") from error
        if not found:
            raise FetchRefused("name")
        # One private address among public ones is not honest either.
        if not place.is_listed and not all(is_public(address) for address in found):
            raise FetchRefused("private")
        return found

    def _wrapped(self, raw: socket.socket, place: _Place) -> socket.socket:
        if not place.is_tls:
            return raw
        context = ssl.create_default_context(cafile=self._settings.ca_bundle or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context.wrap_socket(raw, server_hostname=place.host, do_handshake_on_connect=False)


def _written(place: _Place, letter: _Letter) -> bytes:
    headers = {
        "Host": place.authority,
        **letter.headers,
        "User-Agent": "school-signin",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if letter.method == "POST":
        headers["Content-Length"] = str(len(letter.body))
    if not all(_HEADER_VALUE.fullmatch(name) and _HEADER_VALUE.fullmatch(value) for name, value in headers.items()):
        raise ValueError("a header is not plain text")
    lines = [f"{letter.method} {place.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + letter.body


def _headers(answer: HTTPResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for written, value in answer.getheaders():
        name = written.lower()
        # Cookies cannot be told apart when they are joined with commas (RFC 9110 5.3).
        found[name] = f"{found[name]}\n{value}" if name == "set-cookie" and name in found else value
    return found


def _body(answer: HTTPResponse, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise FetchRefused("too_large")
        parts.append(chunk)
    # A body that ends before its announced length is not the document.
    if answer.length:
        raise FetchRefused("connection")
    return b"".join(parts)
