"""Staff and developers see what became of what a service was told, never about whom it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.console.cli.main import main
from broker.deliveries.queue import Delivery
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import real_outside
from broker.house import open_house
from config.load import load_settings


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    monkeypatch.setenv("BROKER_DEPLOYMENT__ENVIRONMENT", "test")
    monkeypatch.setenv("BROKER_STORAGE__URL", f"sqlite:///{tmp_path}/broker.sqlite")
    monkeypatch.setenv("BROKER_KEYS__MASTER_KEY_FILE", str(tmp_path / "master.key"))

    def run(*words: str) -> Any:
        capsys.readouterr()
        code = main([*words, "--json"])
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 else (code, said.err)

    assert 0 == main(["db", "upgrade"])
    run("clients", "add", "club", "--name", "Кружок", "--name-en", "Club", "--organisation", "X",
        "--redirect-uri", "https://club.example.ru/cb")  # fmt: skip
    settings = load_settings()
    house = open_house(settings, real_outside(HttpSender(settings.http)))
    with house.app.app_context(), house.database.work():
        for client_id in ("club", "other"):
            house.deliveries.put(Delivery("logout", client_id, "s-1", {"person_id": "p-anna", "session_id": "s-1"}))
    house.database.close()
    return run


def test_one_service_at_a_time_and_nobody_named(broker: Callable[..., Any]) -> None:
    said = broker("clients", "deliveries", "club")

    assert [("logout", "waiting", 0, "")] == [
        tuple(one[name] for name in ("kind", "state", "tries", "trouble")) for one in said["deliveries"]
    ]
    assert not {"p-anna", "s-1"} & set(json.dumps(said).split('"'))
    assert [] == broker("clients", "deliveries", "club", "--state", "given_up")["deliveries"]


def test_a_command_leaves_the_file_in_order(broker: Callable[..., Any], tmp_path: Path) -> None:
    broker("clients", "deliveries", "club")

    # A journal beside it means that somebody still has it open.
    assert {"broker.sqlite", "master.key"} == {one.name for one in tmp_path.iterdir()}


@pytest.mark.parametrize("words", [("nobody",), ("club", "--limit", "0"), ("club", "--limit", "1001")])
def test_what_makes_no_sense_is_refused(broker: Callable[..., Any], words: tuple[str, ...]) -> None:
    assert 1 == broker("clients", "deliveries", *words)[0]
