"""`broker mock-esia` and `python -m broker.mock_esia`: one stand in the foreground until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.oauth.certificates import der_of
from broker.mock_esia.settings import MockClient
from broker.mock_esia.settings_file import read_stand_file


class _QuietHandler(WSGIRequestHandler):
    """Says nothing about requests: their addresses hold codes and signatures."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return None


class _HintFormatter(logging.Formatter):
    """A line with the hint of a refusal after it."""

    def format(self, record: logging.LogRecord) -> str:
        hint = getattr(record, "hint", "")
        return super().format(record) + (f" hint={hint!r}" if hint else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="broker mock-esia", description="A stand-in for ESIA (Gosuslugi).")
    parser.add_argument("--config", type=Path, help="settings in TOML (docs/mock-esia.md); options here go before it")
    parser.add_argument("--host", help="127.0.0.1 unless given")
    parser.add_argument("--port", type=int, help="8001 unless given; 0 takes a free one and prints it")
    parser.add_argument("--base-url", help="address that clients see, without a slash at the end")
    parser.add_argument("--state", help="directory of the stand's own keys and certificates")
    parser.add_argument("--client-id", default="SCHOOL_SIGNIN", help="mnemonic of one more client")
    parser.add_argument("--client-certificate", type=Path, action="append", help="its GOST certificate, DER or PEM")
    parser.add_argument("--redirect-uri", action="append", help="one that ends with / allows all below it")
    parser.add_argument("--environment", help="development or test")
    return parser.parse_args()


def _client(asked: argparse.Namespace) -> tuple[MockClient, ...]:
    """The client of the command line; a stand may also begin without one and be told later."""
    if not asked.client_certificate and not asked.redirect_uri:
        return ()
    if not asked.client_certificate or not asked.redirect_uri:
        raise ValueError("--client-certificate and --redirect-uri come together")
    certificates = tuple(der_of(file.read_bytes()) for file in asked.client_certificate)
    return (MockClient(asked.client_id, certificates, tuple(asked.redirect_uri)),)


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Serve until told to stop. Returns 1, after one sentence, when the stand cannot start."""
    asked = _arguments()
    handler = logging.StreamHandler()
    handler.setFormatter(_HintFormatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    signal.signal(signal.SIGTERM, _stop)
    try:
        said = {name: getattr(asked, name) for name in ("host", "port", "base_url", "state", "environment")}
        stand = read_stand_file(asked.config, said)
        with socket.create_server((stand.host, stand.port)) as taken:
            address = f"http://{stand.host}:{taken.getsockname()[1]}"
            app = create_mock_esia(stand.settings(address, _client(asked)), lambda: datetime.now(UTC))
            server = make_server(
                stand.host, taken.getsockname()[1], app, threaded=True, request_handler=_QuietHandler, fd=taken.fileno()
            )
            print(f"mock ESIA: {address}", flush=True)
            server.serve_forever()
    except (OSError, ValueError) as wrong:
        print(f"mock ESIA cannot start: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
