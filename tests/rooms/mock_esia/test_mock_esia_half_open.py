"""Faults of the connection itself, over a real one."""

from __future__ import annotations

import http.client
import os
import resource
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from broker.mock_esia.app import create_mock_esia
from tests.rooms.mock_esia.mock_esia_driver import Clock
from tests.support.serving import bound, serving


@pytest.fixture(scope="module")
def address(module_settings):
    listener = bound()
    with serving(listener, create_mock_esia(module_settings, Clock())):
        yield listener.getsockname()


@contextmanager
def connection(address, timeout=20.0):
    made = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        yield made
    finally:
        made.close()


def arm(address, fault, seconds=0):
    with connection(address) as web:
        body = f'{{"endpoint": "te", "fault": "{fault}", "seconds": {seconds}}}'
        web.request("POST", "/faults", body, {"Content-Type": "application/json"})
        assert 200 == web.getresponse().status


def ask(address, timeout=20.0):
    with connection(address, timeout) as web:
        web.request("POST", "/aas/oauth2/v3/te", "client_id=X", {"Content-Type": "application/x-www-form-urlencoded"})
        answer = web.getresponse()
        return answer.status, answer.read()


def test_a_hung_request_ends_without_a_byte(address):
    arm(address, "hang")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(address)
    assert 400 == ask(address)[0]


@pytest.fixture
def many_files():
    """More open files than select() can tell apart; a process may have 1024 on a machine as it comes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    with ExitStack() as stack:
        while stack.enter_context(open(os.devnull)).fileno() < 1024:
            pass
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_request_hangs_in_a_crowded_process_too(address):
    arm(address, "hang")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(address)


def test_a_closed_answer_is_shorter_than_it_promised(address):
    arm(address, "closed")

    with pytest.raises(http.client.IncompleteRead):
        ask(address)


@pytest.mark.parametrize("fault", ["hang", "slow"])
def test_a_stand_does_not_wait_for_a_client_that_has_gone(address, fault):
    """Otherwise a test that hangs up after a tenth of a second would hold a thread for as long as the fault was armed."""
    before = threading.active_count()
    arm(address, fault, 30)
    with pytest.raises(TimeoutError):
        ask(address, timeout=0.1)

    end = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < end:
        with socket.socket() as nobody:
            nobody.settimeout(0.01)
            nobody.connect_ex(address)
    assert threading.active_count() <= before + 1
