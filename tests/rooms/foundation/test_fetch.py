"""Addresses that a client names: only public ones, exactly the one that was checked, within time and size."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.foundation.fetch import Fetcher, FetchRefused
from broker.foundation.outside import monotonic
from broker.foundation.public_addresses import is_public
from broker.foundation.settings import HttpSettings
from tests.support.certificates import self_signed

JSON = ("application/json",)
HONEST = b'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}'

NOT_PUBLIC = (
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "192.88.99.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2001:db8::1",
    "2001::1", "2002:7f00:1::1", "3fff::1", "100::1", "fec0::1", "", "localhost", "1.2.3", "2606:4700::1%lo",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111", "2a02:6b8::1")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_our_own_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_address_comes_in_through_an_ipv6_form(address: object) -> None:
    assert not is_public(f"::ffff:{address}")
    assert not is_public(f"64:ff9b::{address}")


@contextmanager
def serving(answer: Callable[[socket.socket], None], tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    """A server on loopback that answers each connection once; yields its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls:
        context.load_cert_chain(*tls)

    def serve() -> None:
        while True:
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connected, server_side=True) if tls else connected as one:
                    asked = b""
                    while b"\r\n\r\n" not in asked and (more := one.recv(4096)):
                        asked += more
                    seen.append(asked)
                    answer(one)
            except OSError:
                continue

    seen.clear()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


seen: list[bytes] = []


def says(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connected: connected.sendall(text)


def fetcher(port: int, **changes: Any) -> Fetcher:
    settings = HttpSettings(fetch_timeout=timedelta(seconds=1), fetch_allowed=(f"127.0.0.1:{port}",))
    return Fetcher(replace(settings, **changes))


def refusal(port: int, max_bytes: int = 100, **changes: Any) -> str:
    with pytest.raises(FetchRefused) as refused:
        fetcher(port, **changes).fetch(f"http://127.0.0.1:{port}/keys?a=1", max_bytes, JSON)
    return refused.value.reason


def test_a_listed_address_is_fetched() -> None:
    with serving(says(HONEST)) as port:
        found = fetcher(port).fetch(f"http://127.0.0.1:{port}/keys?a=1", 100, JSON)

    assert (200, b"{}") == (found.status, found.body)
    assert b"GET /keys?a=1 HTTP/1.1\r\n" in seen[0] and b"Host: 127.0.0.1:%d\r\n" % port in seen[0]


def test_a_letter_is_posted_and_its_status_told() -> None:
    with serving(says(b"HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nno.")) as port:
        found = fetcher(port).post(f"http://127.0.0.1:{port}/out", b"logout_token=x", {"Content-Type": "text/plain"}, 100)

    assert (400, b"no.") == (found.status, found.body)
    assert b"Content-Length: 14\r\n" in seen[0] and b"logout_token=x" in seen[0]


def test_a_visit_tells_where_it_is_led_and_every_cookie_but_goes_nowhere_by_itself() -> None:
    led = b"HTTP/1.1 302 Found\r\nLocation: /on\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2, 3\r\nContent-Length: 0\r\n\r\n"
    with serving(says(led)) as port:
        found = fetcher(port).visit(f"http://127.0.0.1:{port}/in", {"Cookie": "c=4"}, 100)
        with pytest.raises(FetchRefused) as refused:
            fetcher(port, fetch_allowed=()).visit(f"http://127.0.0.1:{port}/in", {}, 100)

    assert (302, "/on", "a=1; Path=/\nb=2, 3") == (found.status, found.headers["location"], found.headers["set-cookie"])
    assert 1 == len(seen) and b"Cookie: c=4\r\n" in seen[0]
    assert refused.value.reason in ("address", "private")


ODD_ANSWERS = {
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    "status": b"HTTP/1.1 404 No\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "content_type": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
    "encoding": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "too_large": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b"x" * 101,
    "connection": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}",
}


@pytest.mark.parametrize("reason", ODD_ANSWERS)
def test_an_odd_answer_is_refused(reason: str) -> None:
    with serving(says(ODD_ANSWERS[reason])) as port:
        assert reason == refusal(port)


def test_headers_without_end_are_refused() -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 60_000 + b"\r\nX-Longer: " + b"y" * 60_000)) as port:
        assert "too_large" == refusal(port)


def test_a_slow_drip_ends_at_the_deadline() -> None:
    stop = threading.Event()

    def drip(connected: socket.socket) -> None:
        while not stop.wait(0.05):
            connected.sendall(b"H")

    with serving(drip) as port:
        started = monotonic()
        assert "timeout" == refusal(port, fetch_timeout=timedelta(milliseconds=400))
        assert monotonic() - started < 10, "the drip itself would never end"
        stop.set()


@pytest.mark.parametrize(("url", "reason"), [
    ("http://service.example/keys", "address"),
    ("ftp://service.example/keys", "address"),
    ("https://user@service.example/keys", "address"),
    ("https://service.example/keys#a", "address"),
    ("https://service.example\\@127.0.0.1/", "address"),
    ("https://service.example/a b", "address"),
    ("https://service.example/\r\nX: y", "address"),
    ("https:///keys", "address"),
    ("https://service.example:99999/", "address"),
    ("https://service.example:8443/", "port"),
    ("https://service.example:22/", "port"),
    ("https://" + "a" * 2000, "address"),
])  # fmt: skip
def test_what_is_not_a_plain_https_address_is_not_even_looked_up(url: str, reason: str) -> None:
    def nobody(_host: str, _port: int) -> tuple[str, ...]:
        raise AssertionError("looked up")

    with pytest.raises(FetchRefused) as refused:
        Fetcher(HttpSettings(), nobody).fetch(url, 100, JSON)
    assert reason == refused.value.reason


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:127.0.0.1",), ()])
def test_a_name_of_our_own_network_is_refused_before_any_connection(
    addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("connected"))

    with pytest.raises(FetchRefused) as refused:
        Fetcher(HttpSettings(), lambda _host, _port: addresses).fetch("https://service.example/keys", 100, JSON)
    assert ("private" if addresses else "name") == refused.value.reason


def test_a_name_that_changes_its_meaning_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer would be loopback, but nobody asks a second time."""
    answers = iter([("8.8.8.8",), ("127.0.0.1",)])
    connected: list[object] = []

    def connect(address: object, _timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchRefused):
        Fetcher(HttpSettings(), lambda _host, _port: next(answers)).fetch("https://service.example/keys", 100, JSON)

    assert [("8.8.8.8", 443)] == connected


def test_the_certificate_must_name_the_host(tmp_path: Path) -> None:
    files = self_signed(tmp_path)
    with serving(says(HONEST), files) as port:
        allowed = (f"127.0.0.1:{port}", f"service.example:{port}")
        settings = HttpSettings(ca_bundle=str(files[0]), fetch_allowed=allowed)
        asking = Fetcher(settings, lambda _host, _port: ("127.0.0.1",))

        assert b"{}" == asking.fetch(f"https://127.0.0.1:{port}/", 100, JSON).body
        for url, trusting in ((f"https://service.example:{port}/", settings), (f"https://127.0.0.1:{port}/", None)):
            other = Fetcher(trusting or replace(settings, ca_bundle=""), lambda _host, _port: ("127.0.0.1",))
            with pytest.raises(FetchRefused) as refused:
                other.fetch(url, 100, JSON)
            assert "tls" == refused.value.reason, url


def test_only_so_many_at_once() -> None:
    go, entered = threading.Event(), threading.Event()

    def wait(connected: socket.socket) -> None:
        entered.set()
        go.wait(5)
        connected.sendall(HONEST)

    with serving(wait) as port:
        one = fetcher(port, fetch_at_once=1, fetch_timeout=timedelta(seconds=5))
        first = threading.Thread(target=lambda: one.fetch(f"http://127.0.0.1:{port}/", 100, JSON))
        first.start()
        assert entered.wait(5)
        with pytest.raises(FetchRefused, match="busy"):
            one.fetch(f"http://127.0.0.1:{port}/", 100, JSON)
        go.set()
        first.join(5)
        assert b"{}" == one.fetch(f"http://127.0.0.1:{port}/", 100, JSON).body
