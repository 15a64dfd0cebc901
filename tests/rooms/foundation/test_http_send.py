"""Outgoing requests: odd answers played by `responses`, honest ones by a real server on loopback."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from broker.foundation import http_send
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import HttpFailure, HttpRequest
from broker.foundation.settings import HttpSettings

URL = "https://esia.example/token"
QUICK = HttpSettings(connect_timeout=timedelta(seconds=1), total_timeout=timedelta(seconds=2), max_response_bytes=2048)


def fails(request: HttpRequest, settings: HttpSettings = QUICK) -> str:
    with pytest.raises(HttpFailure) as failure:
        HttpSender(settings)(request)
    return failure.value.kind


class TestOddAnswers:
    @responses.activate
    def test_the_whole_answer_comes_back(self) -> None:
        responses.post(URL, body=b'{"a":1}', status=400, headers={"X-Kind": "odd", "content-type": "application/json"})

        answer = HttpSender(QUICK)(HttpRequest("POST", URL, {"Authorization": "Bearer x"}, b"a=1"))

        assert (400, b'{"a":1}', "odd") == (answer.status, answer.body, answer.headers["x-kind"])
        assert ("Bearer x", b"a=1") == (responses.calls[0].request.headers["Authorization"], responses.calls[0].request.body)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @responses.activate
    def test_a_redirect_is_not_followed(self, status: int) -> None:
        responses.get(URL, status=status, headers={"Location": "https://elsewhere.example/"})
        elsewhere = responses.get("https://elsewhere.example/", body="stolen")

        assert "redirect" == fails(HttpRequest("GET", URL))
        assert 0 == elsewhere.call_count

    @pytest.mark.parametrize(("size", "is_fine"), [(2048, True), (2049, False), (100_000, False)])
    @responses.activate
    def test_an_answer_has_a_size_limit(self, size: int, is_fine: bool) -> None:
        responses.get(URL, body=b"x" * size)

        if is_fine:
            assert size == len(HttpSender(QUICK)(HttpRequest("GET", URL)).body)
        else:
            assert "too_large" == fails(HttpRequest("GET", URL))

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (requests.exceptions.SSLError(), "tls"),
            (requests.exceptions.ConnectTimeout(), "timeout"),
            (requests.exceptions.ReadTimeout(), "timeout"),
            (requests.exceptions.ConnectionError(), "connection"),
            (requests.exceptions.ChunkedEncodingError(), "connection"),
            (requests.exceptions.ContentDecodingError(), "connection"),
            (requests.exceptions.InvalidHeader(), "connection"),
        ],
    )
    @responses.activate
    def test_every_failure_has_a_kind_and_tells_nothing_more(self, error: Exception, kind: str) -> None:
        responses.get(URL, body=error)

        with pytest.raises(HttpFailure) as failure:
            HttpSender(QUICK)(HttpRequest("GET", URL))
        assert kind == failure.value.kind == str(failure.value)

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "//x", "", "javascript:1", "HTTP+unix://x"])
    def test_only_http_is_spoken(self, url: str) -> None:
        assert "refused" == fails(HttpRequest("GET", url))

    @responses.activate
    def test_a_slow_drip_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        instants = iter([0.0, 1.0, 2.1])
        monkeypatch.setattr(http_send, "monotonic", lambda: next(instants))
        responses.get(URL, body=b"x" * 40_000)

        settings = HttpSettings(connect_timeout=timedelta(seconds=1), total_timeout=timedelta(seconds=2))
        assert "timeout" == fails(HttpRequest("GET", URL), settings)

    @responses.activate
    def test_no_cookie_is_kept(self) -> None:
        responses.get(URL, headers={"Set-Cookie": "upstream=1"})
        sender = HttpSender(QUICK)
        sender(HttpRequest("GET", URL))
        sender(HttpRequest("GET", URL))

        assert "Cookie" not in responses.calls[1].request.headers

    @responses.activate
    def test_the_environment_is_not_believed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        secrets = tmp_path / "netrc"
        secrets.write_text("machine esia.example login a password b\n")
        secrets.chmod(0o600)
        monkeypatch.setenv("NETRC", str(secrets))
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        responses.get(URL)
        HttpSender(QUICK)(HttpRequest("GET", URL))

        assert "Authorization" not in responses.calls[0].request.headers


class Handler(BaseHTTPRequestHandler):
    """A real upstream with a few manners, good and bad."""

    def do_GET(self) -> None:
        manners: dict[str, Callable[[], None]] = {
            "/echo": self._echo,
            "/drip": self._drip,
            "/drip-headers": self._drip_headers,
            "/hang": self._hang,
            "/closing": self._closing,
            "/cut": self._cut,
            "/bomb": self._bomb,
        }
        manners[self.path]()

    def _echo(self) -> None:
        self._answer(self.headers["X-Sent"].encode())

    def _answer(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        # A byte every tenth of a second keeps the socket's own time-out from ever ending.
        for _ in range(60):
            self.wfile.write(b"x")
            self.wfile.flush()
            self.server.tick.wait(0.1)  # type: ignore[attr-defined]

    def _drip_headers(self) -> None:
        for _ in range(60):
            self.wfile.write(b"X")
            self.wfile.flush()
            self.server.tick.wait(0.1)  # type: ignore[attr-defined]

    def _hang(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.wfile.flush()
        self.server.tick.wait(6)  # type: ignore[attr-defined]

    def _closing(self) -> None:
        self._answer(b"x" * 2000, Connection="close")

    def _cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")

    def _bomb(self) -> None:
        self._answer(gzip.compress(b"0" * 5_000_000), Content_Encoding="gzip")

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.tick = threading.Event()  # type: ignore[attr-defined]
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.tick.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join(10)
    server.server_close()


class TestRealServer:
    def test_there_and_back(self, upstream: str) -> None:
        answer = HttpSender(QUICK)(HttpRequest("GET", upstream + "/echo", {"X-Sent": "hello"}))

        assert (200, b"hello", "5") == (answer.status, answer.body, answer.headers["content-length"])

    @pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/hang"])
    def test_whatever_is_slow_ends_in_time(self, upstream: str, path: str) -> None:
        began = time.monotonic()
        settings = HttpSettings(connect_timeout=timedelta(seconds=0.5), total_timeout=timedelta(seconds=1))

        assert "timeout" == fails(HttpRequest("GET", upstream + path), settings)
        assert 4.0 > time.monotonic() - began

    def test_who_asks_may_have_less_time_than_the_settings_give_and_never_more(self, upstream: str) -> None:
        began = time.monotonic()
        long, short = timedelta(seconds=30), timedelta(seconds=0.3)
        settings = HttpSettings(connect_timeout=short, total_timeout=short)

        assert "timeout" == fails(HttpRequest("GET", upstream + "/hang", within=short), HttpSettings())
        assert "timeout" == fails(HttpRequest("GET", upstream + "/hang", within=long), settings)
        assert 4.0 > time.monotonic() - began

    def test_an_answer_that_ends_with_the_connection_is_whole(self, upstream: str) -> None:
        assert b"x" * 2000 == HttpSender(QUICK)(HttpRequest("GET", upstream + "/closing")).body

    def test_half_an_answer_is_none(self, upstream: str) -> None:
        assert "connection" == fails(HttpRequest("GET", upstream + "/cut"))

    def test_a_compressed_flood_is_too_large(self, upstream: str) -> None:
        assert "too_large" == fails(HttpRequest("GET", upstream + "/bomb"))

    def test_nobody_listening(self) -> None:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))

            assert "connection" == fails(HttpRequest("GET", f"http://127.0.0.1:{reserved.getsockname()[1]}/"))

    def test_silence_ends(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            settings = HttpSettings(connect_timeout=timedelta(seconds=0.2), total_timeout=timedelta(seconds=0.3))

            assert "timeout" == fails(HttpRequest("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/"), settings)

    def test_a_certificate_nobody_vouches_for(self, self_signed: tuple[Path, Path]) -> None:
        certificate, key = self_signed
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"https://127.0.0.1:{server.server_address[1]}/echo"
        vouched = HttpSettings(ca_bundle=str(certificate))
        try:
            assert "tls" == fails(HttpRequest("GET", url, {"X-Sent": "a"}))
            assert b"a" == HttpSender(vouched)(HttpRequest("GET", url, {"X-Sent": "a"})).body
        finally:
            server.shutdown()
            thread.join(10)
            server.server_close()


@pytest.fixture
def self_signed(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private
