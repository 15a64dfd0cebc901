"""What one signature for ESIA costs with each signer: `python -m bench.gost`. Needs openssl with its gost engine.

Prints milliseconds of the clock and of the processor, for a request of 200 bytes (authorization) and of 1,800 (with a code). The
processor's are this process's and those of the programs that it started. The figures of `command` and `http` are of the thinnest
program and service there can be; a certified device behind them takes its own time.
"""

from __future__ import annotations

import argparse
import base64
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from broker.connectors.esia.signing.choose import Asked, open_signer
from broker.connectors.esia.signing.gost_certificate import der_of, make_demo_certificate
from broker.connectors.esia.signing.libcrypto import lib_crypto
from broker.connectors.esia.signing.own_signer import OwnSigner
from broker.connectors.esia.signing.settings import SIGNERS, SignerSettings
from broker.connectors.esia.signing.verify import gost_public_key_of, verify_raw
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import real_outside
from broker.foundation.settings import HttpSettings

ROUNDS = 5
SIZES = (200, 1800)
DGST = ("openssl", "dgst", "-engine", "gost", "-md_gost12_256", "-sign")


@contextmanager
def service(sign: Callable[[bytes], bytes]) -> Iterator[str]:
    """A signing service on this machine, in this process."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = base64.b64encode(sign(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def processor() -> float:
    """Seconds of this process and of the programs that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def measured(act: Callable[[bytes], object], size: int, seconds: float) -> tuple[float, float]:
    """Milliseconds of the clock and of the processor for one act: the middle of several rounds."""
    act(os.urandom(size))
    found = []
    for _ in range(ROUNDS):
        begun, spent, count = perf_counter(), processor(), 0
        while perf_counter() - begun < seconds / ROUNDS:
            act(os.urandom(size))
            count += 1
        found.append(((perf_counter() - begun) / count * 1000, (processor() - spent) / count * 1000))
    return median(one for one, _ in found), median(one for _, one in found)


def line(name: str, act: Callable[[bytes], object], seconds: float) -> str:
    """One row of the table."""
    figures = [f"{figure:.2f}" for size in SIZES for figure in measured(act, size, seconds)]
    return f"| {name} | {' | '.join(figures)} |"


def signers(folder: Path, url: str) -> Iterator[OwnSigner]:
    """One of each kind, over the pair in the folder."""
    settings = SignerSettings(command=(*DGST, "{key}"), http_url=url, timeout=timedelta(seconds=30))
    outside = real_outside(HttpSender(HttpSettings()))
    for kind in SIGNERS:
        yield open_signer(Asked(kind, str(folder / "esia-client.cer"), str(folder / "esia-client.key")), settings, outside)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3, help="for each figure")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_demo_certificate(folder, real_outside(HttpSender(HttpSettings())))
        crypto = lib_crypto(SignerSettings().libcrypto)
        key = crypto.private_key(der_of(made.private_key_file.read_bytes(), "the key"))
        public = gost_public_key_of(made.certificate_file.read_bytes())
        print("| one signature | ms, 200 bytes | CPU ms | ms, 1,800 bytes | CPU ms |\n| --- | --- | --- | --- | --- |")
        with service(lambda data: crypto.sign(key, data)) as url:
            for signer in signers(folder, url):
                print(line(signer.kind, signer.sign_raw, asked.seconds), flush=True)
        signature = crypto.sign(key, b"")
        print(line("checked in pure Python", lambda data: verify_raw(public, data, signature), asked.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
