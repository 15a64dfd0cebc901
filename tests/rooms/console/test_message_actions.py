"""Staff see how letters fare and never to whom; sending by hand drains what is due."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.console.cli.main import main
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import real_outside
from broker.house import open_house
from broker.messages.outbox import Channel, Letter
from config.load import load_settings
from tests.support.mail_server import MailServer, changes_for, mail_server

ROOT = Path(__file__).parents[3]
ANNA = "anna@example.org"


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings = {
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
    }
    with mail_server() as server:
        for name, value in (settings | changes_for(server)).items():
            monkeypatch.setenv(name, value)
        assert 0 == main(["db", "upgrade"])
        yield server


@pytest.fixture
def broker(mail: MailServer, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def run(*words: str) -> Any:
        capsys.readouterr()
        code = main([*words, "--json"])
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 else (code, said.err)

    return run


def put(*kinds: str) -> None:
    settings = load_settings()
    house = open_house(settings, real_outside(HttpSender(settings.http)))
    with house.app.app_context(), house.database.work():
        for kind in kinds:
            house.outbox.put(Letter(kind, Channel.MAIL, ANNA, "en", "p1", {"code": "four-cats"}))
    house.database.close()


def test_letters_are_listed_sent_and_counted(mail: MailServer, broker: Callable[..., Any]) -> None:
    put("linked", "code", "of no kind")

    waiting = broker("messages", "list")
    assert {"waiting": 3, "sent": 0, "given_up": 0} == waiting["counts"]

    assert {"tried": 3, "sent": 2, "postponed": 0, "given_up": 1} == broker("messages", "send")
    assert {"tried": 0, "sent": 0, "postponed": 0, "given_up": 0} == broker("messages", "send")

    assert 2 == len(mail.messages_to(ANNA))
    listed = broker("messages", "list", "--state", "given_up")
    assert {"waiting": 0, "sent": 2, "given_up": 1} == listed["counts"]
    assert [("of no kind", "unreadable")] == [(one["kind"], one["trouble"]) for one in listed["letters"]]
    assert 1 == len(broker("messages", "list", "--limit", "1")["letters"])


def test_a_list_shows_nobody(mail: MailServer, broker: Callable[..., Any]) -> None:
    put("code")

    said = json.dumps(broker("messages", "list"))

    assert "code" in said
    for secret in (ANNA, "four-cats", "p1", "sealed"):
        assert secret not in said


@pytest.mark.parametrize("limit", ["0", "1001", "-5"])
def test_a_limit_that_makes_no_sense_is_refused(mail: MailServer, broker: Callable[..., Any], limit: str) -> None:
    code, said = broker("messages", "list", "--limit", limit)

    assert 1 == code
    assert "between 1 and 1000" in said


def test_old_rows_are_removed_by_hand(mail: MailServer, broker: Callable[..., Any]) -> None:
    put("linked")
    broker("messages", "send")

    removed = set(broker("db", "tidy")["removed"])

    assert {
        "tries", "letters", "requests", "cases", "grants", "sessions", "deliveries", "sandboxes", "statements", "decryption keys",
        "evidence about keys",
    } == removed  # fmt: skip
    assert 1 == broker("messages", "list")["counts"]["sent"]


def test_a_courier_of_its_own_goes_on_until_it_is_told_to_stop(mail: MailServer, broker: Callable[..., Any]) -> None:
    command = [sys.executable, "-m", "broker.console.cli.main", "messages", "send", "--loop", "--json"]
    courier = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        put("linked")
        end = time.monotonic() + 60
        while not mail.messages and time.monotonic() < end:
            time.sleep(0.02)
        courier.send_signal(signal.SIGTERM)
        out, err = courier.communicate(timeout=60)
    finally:
        courier.kill()
        courier.wait()

    assert 1 == len(mail.messages)
    assert (0, {"stopped": True}) == (courier.returncode, json.loads(out)), err
