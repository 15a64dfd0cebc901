"""A TLS front before the broker, as a region's nginx is: it ends the TLS and tells which certificate the caller has shown."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Between two neighbours only (RFC 9110 7.6.1), and what the front alone may say.
_NOT_CARRIED = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "client-cert", "server", "date"})


@dataclass(frozen=True)
class Credentials:
    """PEM files: the front's certificate and key, and those certificates and authorities whose holders may show themselves."""

    certificate: Path
    key: Path
    believed: Path | None = None


@contextmanager
def tls_front(listener: socket.socket, target: str, credentials: Credentials) -> Iterator[str]:
    """Carry requests from `listener` to the plain address `target` until the block ends; the front's address."""
    host, port = listener.getsockname()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials.certificate, credentials.key)
    if credentials.believed is not None:
        context.load_verify_locations(credentials.believed)
        context.verify_mode = ssl.CERT_OPTIONAL
    server = ThreadingHTTPServer((host, port), _carrier_to(target), bind_and_activate=False)
    server.socket.close()
    # The handshake is a thread's own business: a caller who is slow with it delays nobody else.
    server.socket = context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    # A handshake that fails is what some tests are about; the caller is told anyway.
    server.handle_error = lambda *_of: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"https://{host}:{port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def _carrier_to(target: str) -> type[BaseHTTPRequestHandler]:
    place = urlsplit(target).netloc

    class Carrier(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._carry()

        def do_POST(self) -> None:
            self._carry()

        def log_message(self, format: str, *args: Any) -> None:
            """Tests read the broker's log, not this one."""

        def _carry(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_CARRIED}
            shown = self.connection.getpeercert(binary_form=True)  # type: ignore[attr-defined]
            if shown:
                headers["Client-Cert"] = f":{base64.b64encode(shown).decode()}:"
            onward = http.client.HTTPConnection(place, timeout=30)
            try:
                onward.request(self.command, self.path, body or None, headers)
                answer = onward.getresponse()
                self._return(answer.status, answer.getheaders(), answer.read())
            finally:
                onward.close()

        def _return(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _NOT_CARRIED:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Carrier
