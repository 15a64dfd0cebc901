"""Starting a stand: where it refuses, what it keeps, and that it really serves."""

from __future__ import annotations

import http.client
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from broker.mock_esia.__main__ import der_of
from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings
from tests.rooms.mock_esia.mock_esia_driver import CERTIFICATE, FIXTURES, Clock

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "broker.mock_esia", "--port", "0", "--redirect-uri", "http://127.0.0.1:8000/",
           "--client-certificate", str(FIXTURES / "client_certificate.pem")]


@pytest.mark.parametrize("environment", ["production", "prod", "", "Test"])
def test_only_development_and_test_have_a_stand(tmp_path, environment):
    with pytest.raises(ValueError, match="only where the environment is development or test"):
        MockSettings("http://127.0.0.1:8001", environment, (), tmp_path)


@pytest.mark.parametrize("base_url, issuer, expected", [
    ("http://127.0.0.1:8001", None, "http://127.0.0.1:8001/"),
    ("https://esia.stand.example", None, "http://esia.stand.example/"),
    ("http://127.0.0.1:8001", "http://elsewhere.example/", "http://elsewhere.example/"),
])
def test_the_issuer_is_http_with_a_slash(tmp_path, base_url, issuer, expected):
    assert expected == MockSettings(base_url, "test", (), tmp_path, issuer=issuer).token_issuer


def test_the_key_is_kept_and_private(settings, tmp_path):
    own = replace(settings, var_dir=tmp_path / "state")
    first = create_mock_esia(own, Clock()).test_client().get("/public/esia.cer").data
    second = create_mock_esia(own, Clock()).test_client().get("/public/esia.cer").data

    assert first == second
    files = list(own.var_dir.iterdir())
    assert 4 == len(files)
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}
    assert 0o700 == stat.S_IMODE(own.var_dir.stat().st_mode)


def test_der_and_pem_are_both_read():
    assert CERTIFICATE == der_of((FIXTURES / "client_certificate.pem").read_bytes()) == der_of(CERTIFICATE)


@pytest.mark.parametrize("change", [
    {"certificates": ()}, {"certificates": (b"not a certificate",)}, {"redirect_uris": ("http://127.0.0.1:8000",)},
    {"redirect_uris": ("javascript:alert(1)",)}, {"alg": "none"}, {"certificates": "rsa"},
])
def test_a_client_that_cannot_work_stops_the_start(settings, app, change):
    if change["certificates"] == "rsa" if "certificates" in change else False:
        change = {"certificates": (app.test_client().get("/public/esia.cer").data,)}
    whole = {"mnemonic": "X", "certificates": (CERTIFICATE,), "redirect_uris": ("http://127.0.0.1:8000/",)} | change

    with pytest.raises(ValueError):
        create_mock_esia(replace(settings, clients=(MockClient(**whole),)), Clock())


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "--state", str(tmp_path / "state"), "--environment", "test"],
        cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        said = process.stdout.readline()
        assert said.startswith("mock ESIA: http://127.0.0.1:"), said + process.stderr.read()
        connection = http.client.HTTPConnection("127.0.0.1", int(said.rpartition(":")[2]), timeout=20)
        connection.request("GET", "/people.json")
        assert 200 == connection.getresponse().status
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=20)
    finally:
        process.kill()
        _, errors = process.communicate()
    assert errors == ""


@pytest.mark.parametrize("environment, certificate, sentence", [
    ("production", str(FIXTURES / "client_certificate.pem"), "only where the environment is"),
    ("test", str(FIXTURES / "client_key.pem"), "holds no certificate"),
    ("test", "/nowhere/at/all.pem", "No such file"),
])
def test_the_command_says_in_one_line_why_it_cannot_start(tmp_path, environment, certificate, sentence):
    command = [*COMMAND[:-1], certificate, "--state", str(tmp_path / "state"), "--environment", environment]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert 1 == done.returncode
    assert done.stderr.startswith("mock ESIA cannot start: ") and sentence in done.stderr
    assert 1 == done.stderr.count("\n")
