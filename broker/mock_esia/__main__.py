"""`python -m broker.mock_esia`: one stand in the foreground until Ctrl-C or SIGTERM."""

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
from broker.mock_esia.settings import MockClient, MockSettings


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
    parser = argparse.ArgumentParser(prog="python -m broker.mock_esia", description="A stand-in for ESIA (Gosuslugi).")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one and prints it")
    parser.add_argument("--base-url", help="address that clients see, without a slash at the end")
    parser.add_argument("--state", type=Path, required=True, help="directory of the stand's own key and certificate")
    parser.add_argument("--client-id", default="SCHOOL_SIGNIN", help="mnemonic of the client")
    parser.add_argument("--client-certificate", type=Path, action="append", required=True, help="GOST certificate, DER or PEM")
    parser.add_argument("--redirect-uri", action="append", required=True, help="one that ends with / allows all below it")
    parser.add_argument("--environment", required=True, help="development or test")
    return parser.parse_args()


def _settings(asked: argparse.Namespace, port: int) -> MockSettings:
    client = MockClient(
        mnemonic=asked.client_id,
        certificates=tuple(der_of(file.read_bytes()) for file in asked.client_certificate),
        redirect_uris=tuple(asked.redirect_uri),
    )
    return MockSettings(
        base_url=asked.base_url or f"http://{asked.host}:{port}",
        environment=asked.environment,
        clients=(client,),
        var_dir=asked.state,
    )


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
        with socket.create_server((asked.host, asked.port)) as taken:
            port = taken.getsockname()[1]
            app = create_mock_esia(_settings(asked, port), lambda: datetime.now(UTC))
            server = make_server(
                asked.host, port, app, threaded=True, request_handler=_QuietHandler, fd=taken.fileno()
            )
            print(f"mock ESIA: http://{asked.host}:{port}", flush=True)
            server.serve_forever()
    except (OSError, ValueError) as wrong:
        print(f"mock ESIA cannot start: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
