"""The faults that spoil a whole answer, whatever it says: waits, foreign bodies, broken transport, wrong encodings."""

from __future__ import annotations

import base64
import binascii
import json
import select
import socket
import time
from collections.abc import Callable, Iterator

from flask import Flask, Response, g, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge

from broker.mock_esia.faults.board import Fault, FaultBoard, fault_of_this_request
from broker.mock_esia.faults.kinds import AC, RS, TE

_PATHS = {
    AC: ("/aas/oauth2/ac", "/aas/oauth2/v2/ac"),
    TE: ("/aas/oauth2/te", "/aas/oauth2/v2/te", "/aas/oauth2/v3/te"),
    RS: ("/rs/",),
}
_HTML = "<!doctype html><html lang=\"ru\"><title>Ошибка</title><h1>Технические работы</h1></html>"
_OVERSIZE = 12 * 1024 * 1024


def install_faults(app: Flask, board: FaultBoard) -> None:
    """Put the board before and after every request of the three endpoints."""

    def before() -> Response | None:
        endpoint = next((name for name, paths in _PATHS.items() if request.path.startswith(paths)), None)
        g.fault = fault = board.take(endpoint, client_named()) if endpoint else None
        instead = _INSTEAD.get(fault.kind) if fault else None
        return instead(fault) if fault and instead else None

    def after(response: Response) -> Response:
        fault = fault_of_this_request()
        change = _CHANGES.get(fault.kind) if fault and fault.endpoint in _PATHS else None
        return change(response) if change else response

    app.before_request(before)
    app.after_request(after)


def sent_fields() -> list[tuple[str, str]]:
    """Parameters of address and form; those of the address alone where the form is too long to be read."""
    in_address = list(request.args.items())
    try:
        return [*in_address, *request.form.items()]
    except RequestEntityTooLarge:
        return in_address


def client_named() -> str:
    """The client that the running request names, believed only for the choice of a fault and for the journal."""
    if not request.path.startswith(_PATHS[RS]):
        return dict(sent_fields()).get("client_id", "")
    try:
        part = request.headers.get("Authorization", "").split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return str(claims["client_id"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return ""


def _connection() -> socket.socket | None:
    """The client's connection, where the server shows it (werkzeug and gunicorn do)."""
    found = request.environ.get("werkzeug.socket") or request.environ.get("gunicorn.socket")
    return found if isinstance(found, socket.socket) else None


def _wait(fault: Fault) -> None:
    """Wait, but no longer than the client does: one that closes its end makes the connection readable."""
    connection = _connection()
    if connection is None:
        time.sleep(fault.seconds)
    else:
        # Not select(), which stumbles over the 1025th file of a process.
        waiting = select.poll()
        waiting.register(connection, select.POLLIN)
        waiting.poll(fault.seconds * 1000)


def _slow(fault: Fault) -> None:
    _wait(fault)


def _hang(fault: Fault) -> Response:
    _wait(fault)
    if connection := _connection():
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The client has gone first, which is what it should do.
            return Response(status=504)
    return Response(status=504)


def _page(status: int) -> Callable[[Fault], Response]:
    return lambda _fault: Response(_HTML, status=status, mimetype="text/html")


def _elsewhere(_fault: Fault) -> Response:
    return Response(redirect("https://elsewhere.example/", code=302).get_data(), 302, {"Location": "https://elsewhere.example/"})


def _oversized(_fault: Fault) -> Response:
    """Valid JSON all the way, so that only a limit of size can refuse it."""
    def parts() -> Iterator[bytes]:
        yield b'{"padding": "'
        for _ in range(_OVERSIZE // 65536):
            yield b"x" * 65536
        yield b'"}'

    return Response(parts(), mimetype="application/json")


_INSTEAD: dict[str, Callable[[Fault], Response | None]] = {
    "slow": _slow,
    "hang": _hang,
    "html": _page(200),
    "error_500": _page(500),
    "error_503": _page(503),
    "elsewhere": _elsewhere,
    "oversized": _oversized,
}


def _truncated(response: Response) -> Response:
    body = response.get_data()
    response.set_data(body[: len(body) // 2])
    return response


def _closed(response: Response) -> Response:
    body = response.get_data()
    response.response = [body[: len(body) // 2]]
    response.headers["Content-Length"] = str(len(body))
    return response


def _bom(response: Response) -> Response:
    response.set_data(b"\xef\xbb\xbf" + response.get_data())
    return response


def _utf16(response: Response) -> Response:
    response.set_data(response.get_data().decode("utf-8").encode("utf-16"))
    return response


def _cp1251(response: Response) -> Response:
    body = {**json.loads(response.get_data()), "note": "Учебный стенд"}
    response.set_data(json.dumps(body, ensure_ascii=False).encode("cp1251", "replace"))
    return response


def _text_plain(response: Response) -> Response:
    response.headers["Content-Type"] = "text/plain;charset=UTF-8"
    return response


def _no_type(response: Response) -> Response:
    # Flask would put its own type back when the header is only removed.
    response.default_mimetype = None
    response.headers.pop("Content-Type", None)
    return response


def _not_an_object(response: Response) -> Response:
    response.set_data(b"[" + response.get_data() + b"]")
    return response


_CHANGES: dict[str, Callable[[Response], Response]] = {
    "truncated": _truncated,
    "closed": _closed,
    "bom": _bom,
    "utf16": _utf16,
    "cp1251": _cp1251,
    "text_plain": _text_plain,
    "no_type": _no_type,
    "not_an_object": _not_an_object,
}
