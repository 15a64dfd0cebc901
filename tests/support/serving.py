"""WSGI applications as real servers on loopback, inside the test's process so that the test can move their clock."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    # Head and body leave together: every write of a thread of ours is one more hand-over of the interpreter lock.
    wbufsize = 65_536

    def log(self, type: str, message: str, *args: object) -> None:
        """Journeys read the broker's own log, not the test server's."""


def bound(port: int = 0) -> socket.socket:
    """A listening socket on a free port of 127.0.0.1, so that an address is known before the application is built; on a certain
    one where somebody has been told of it already."""
    listener = socket.socket()
    if port:
        # Connections of whoever had the port before may still be ending.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def address_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serving(listener: socket.socket, app: Callable[..., Any]) -> Iterator[str]:
    """Serve an application, one thread a request, until the block ends."""
    host, port = listener.getsockname()
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
        listener.close()
