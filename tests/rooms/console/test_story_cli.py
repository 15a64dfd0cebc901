"""One person, names in the journal, the connection to Gosuslugi, by the command line: each with a reason, each written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.console.cli.main import main

Broker = Callable[..., tuple[int, Any, str]]
DEMO = Path("examples/demo/directory.json")


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Broker:
    monkeypatch.setenv("BROKER_DEPLOYMENT__ENVIRONMENT", "test")
    monkeypatch.setenv("BROKER_STORAGE__URL", f"sqlite:///{tmp_path}/broker.sqlite")
    monkeypatch.setenv("BROKER_KEYS__MASTER_KEY_FILE", str(tmp_path / "master.key"))
    monkeypatch.setenv("BROKER_KEYS__MAKE_MASTER_KEY", "true")
    # Nothing listens there.
    monkeypatch.setenv("BROKER_ESIA__BASE_URL", "http://127.0.0.1:9")

    def run(*words: object) -> tuple[int, Any, str]:
        code = main([*map(str, words), "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else None, told.err

    assert 0 == run("db", "upgrade")[0]
    return run


def test_what_staff_do_to_a_person_is_written_down_with_its_reason(broker: Broker) -> None:
    assert 0 == broker("people", "import", DEMO)[0]
    assert (0, 0) == (broker("people", "pause", "demo-orlova", "--reason", "safety")[0],
                      broker("people", "end", "demo-orlova", "--grounds", "incident")[0])  # fmt: skip
    _, found, _ = broker("audit", "search", "--event", "sign_ins.ended")
    entry = found["entries"][0]

    code, told, _ = broker("audit", "name", entry["seq"], "--grounds", "inquiry")

    assert {"person_id": "demo-orlova", "sessions": 0, "grounds": "incident"} == entry["fields"]
    assert (0, ["demo-orlova"]) == (code, list(told["names"]))
    assert "Орлова" in told["names"]["demo-orlova"]
    _, looks, _ = broker("audit", "search", "--event", "name.revealed", "--person", "demo-orlova")
    assert [entry["seq"]] == [one["fields"]["seq"] for one in looks["entries"]]


@pytest.mark.parametrize("words", [
    ("people", "story", "--case", "1234-5678", "--grounds", "asked"),
    ("people", "story", "--client", "none", "--subject", "x", "--grounds", "asked"),
    ("people", "end", "nobody", "--grounds", "check"),
    ("audit", "name", "999999", "--grounds", "check"),
    ("audit", "name", "1", "--grounds", "check"),
])  # fmt: skip
def test_nobody_is_one_sentence(broker: Broker, words: tuple[str, ...]) -> None:
    code, told, said = broker(*words)

    assert (1, None, 1) == (code, told, said.count("\n"))


def test_a_silent_gosuslugi_is_told_and_kept(broker: Broker) -> None:
    code, told, _ = broker("upstream", "check")
    _, state, _ = broker("upstream", "status")

    assert (0, False, "http: connection", None) == (code, told["answers"], told["detail"], told["clock_seconds"])
    assert state["certificates"] is None, "no file is named"
    _, found, _ = broker("audit", "search", "--event", "upstream.checked")
    assert [False] == [one["fields"]["answers"] for one in found["entries"]]


def test_planned_work_and_rules_by_the_command_line(broker: Broker, tmp_path: Path) -> None:
    code, planned, _ = broker("upstream", "plan-work", "--until", "2126-01-01T00:00+03:00")
    assert (1, None) == (code, planned), "three days are the longest"
    ends = datetime.now(UTC) + timedelta(hours=2)
    _, planned, _ = broker("upstream", "plan-work", "--until", ends.isoformat())
    assert {"planned": [planned]} == broker("upstream", "planned")[1]
    assert (0, {"planned": []}) == (broker("upstream", "withdraw-work", planned["id"])[0], broker("upstream", "planned")[1])

    rules = Path("config/regions/38-irkutsk.toml")
    assert {"29", "38", "default"} == {one["code"] for one in broker("policy", "regions")[1]["regions"]}
    code, found, _ = broker("policy", "compare", rules)
    assert (0, [], "38-irkutsk.toml") == (code, found["conflicts"], found["file"])
    assert all(one["before"] == one["after"] for one in found["invented"])
    assert (0, {"drafts": []}) == broker("policy", "drafts")[:2]
    for words in (("policy", "compare", tmp_path / "none"), ("policy", "draft", "0" * 64)):
        assert 1 == broker(*words)[0]
