"""Starting a stand: where it refuses, what it keeps, and that it really serves."""

from __future__ import annotations

import http.client
import json
import os
import re
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
from broker.mock_esia.settings_file import read_stand_file
from broker.mock_esia.tokens.key import GOST
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


STAND = """
port = 0
state = "state"
environment = "production"
timestamp_window_seconds = 60

[[systems]]
mnemonic = "TESTIS01"
certificate_files = ["own.pem"]
redirect_uris = ["rp.example", "http://127.0.0.1:9000/"]
scopes = ["openid", "fullname"]
alg = "GOST3410_2012_256"
strictness = { any_state = true }
"""


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    """Through the command line of the broker; options go before the file."""
    (tmp_path / "own.pem").write_bytes((FIXTURES / "client_certificate.pem").read_bytes())
    (tmp_path / "stand.toml").write_text(STAND, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "broker.console.cli.main", "mock-esia", *COMMAND[3:], "--config", str(tmp_path / "stand.toml"),
         "--environment", "test"],
        cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        said = process.stdout.readline()
        assert said.startswith("mock ESIA: http://127.0.0.1:"), said + process.stderr.read()
        connection = http.client.HTTPConnection("127.0.0.1", int(said.rpartition(":")[2]), timeout=20)
        connection.request("GET", "/api/systems")
        systems = json.load(connection.getresponse())["systems"]
        connection.close()
        assert ["TESTIS01", "SCHOOL_SIGNIN"] == [one["mnemonic"] for one in systems]
        assert (GOST, ["fullname", "openid"], True) == (
            systems[0]["alg"], systems[0]["scopes"], systems[0]["strictness"]["any_state"]
        )
        assert (tmp_path / "state" / "token-key.pem").exists()
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=20)
    finally:
        process.kill()
        _, errors = process.communicate()
    assert errors == ""


@pytest.mark.parametrize("text, sentence", [
    ("port = ", "is no TOML"),
    ("colour = 'red'", "unknown field colour"),
    ("port = '8001'", "port is of another type"),
    ("port = true", "port is of another type"),
    ("systems = ['X']", "[[systems]]"),
    ("[[systems]]\nmnemonic = 'X'\nredirect_uris = ['rp.example']", "system X"),
    ("[[systems]]\nmnemonic = 'X'\ncolour = 'red'", "system X: unknown fields: colour"),
])
def test_a_settings_file_that_cannot_be_used_says_why(tmp_path, text, sentence):
    file = tmp_path / "stand.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_stand_file(file, {})


def test_a_stand_needs_no_file_but_a_place_and_an_environment():
    said = {"state": "x", "environment": "test", "port": None}
    stand = read_stand_file(None, said)

    assert ("127.0.0.1", 8001) == (stand.host, stand.port)
    assert (Path("x"), "http://here", ()) == (
        stand.settings("http://here", ()).var_dir, stand.settings("http://here", ()).base_url,
        stand.settings("http://here", ()).clients,
    )
    with pytest.raises(ValueError, match="say environment"):
        read_stand_file(None, {"state": "x"}).settings("http://here", ())


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
