"""The command line as operators and programs use it: exit codes, JSON, one sentence when refused, no secret in an error."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.console.cli import main as command_line
from broker.console.cli.main import COMMANDS, main
from broker.console.cli.text import as_text

Said = tuple[int, str, str]
Run = Callable[..., Said]

ADD = (
    "clients", "add", "library", "--name", "Библиотека", "--name-en", "Library", "--organisation", "Город",
    "--redirect-uri", "https://library.example/callback",
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("clients", "list")` -> (exit code, standard output, standard error), on a fresh database without tables."""
    settings = {
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def call(*words: str) -> Said:
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = int(str(ended.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def broker(run: Run) -> Run:
    """The same, with tables."""
    assert 0 == run("db", "upgrade")[0]
    return run


def answer(said: Said) -> dict[str, Any]:
    assert 0 == said[0], said[2]
    found: dict[str, Any] = json.loads(said[1])
    return found


def test_a_service_from_registration_to_pause(broker: Run) -> None:
    made = answer(broker(*ADD, "--scope", "profile", "--alg", "ES256", "--json"))
    listed = answer(broker("clients", "list", "--json"))
    shown = answer(broker("clients", "show", "library", "--json"))
    secret = answer(broker("clients", "secret", "library", "--overlap-hours", "0", "--json"))
    paused = answer(broker("clients", "disable", "library", "--json"))
    back = answer(broker("clients", "enable", "library", "--json"))

    assert ["library"] == [one["client_id"] for one in listed["clients"]]
    assert ["openid", "profile"] == shown["client"]["scopes"]
    assert "ES256" == shown["client"]["id_token_signed_response_alg"]
    assert len({made["client_secret"], secret["client_secret"]}) == 2
    assert (False, True) == (paused["client"]["is_enabled"], back["client"]["is_enabled"])
    names = [entry["name"] for entry in answer(broker("audit", "tail", "--json"))["entries"]]
    assert ["client.added", "client_secret.made", "client_secret.made", "client.disabled", "client.changed"] == names[-5:]
    assert answer(broker("audit", "verify", "--json"))["is_whole"]


def test_people_come_in_and_one_is_shown(broker: Run) -> None:
    demo = Path(__file__).parents[3] / "examples" / "demo" / "directory.json"
    first = json.loads(demo.read_text(encoding="utf-8"))["people"][0]

    assert answer(broker("people", "import", str(demo), "--dry-run", "--json"))["is_dry_run"]
    assert 1 == broker("people", "show", first["id"])[0]
    assert answer(broker("people", "import", str(demo), "--json"))["people"] > 30
    assert first["surname"] == answer(broker("people", "show", first["id"], "--json"))["person"]["surname"]


def test_keys_tables_and_rules(broker: Run) -> None:
    assert answer(broker("keys", "status", "--json"))["can_sign"]
    before = answer(broker("keys", "encryption", "--json"))
    renewed = answer(broker("keys", "renew-encryption", "--stolen", "--json"))["published"]
    left = answer(broker("keys", "encryption", "--json"))["keys"]
    assert before["is_on"] and 2 == len(before["keys"])
    assert [(kid, None) for kid in renewed] == [(key["kid"], key["ends_at"]) for key in left]
    assert answer(broker("db", "current", "--json"))["revision"]
    assert answer(broker("policy", "check", "--json"))["version"]
    explained = broker(
        "policy",
        "explain",
        "--region",
        "29",
        "--on",
        "2024-07-01",
        "--age",
        "40",
        "--role",
        "parent",
        "--level",
        "standard",
        "--json",
    )
    assert ("refuse", [2109]) == (answer(explained)["verdict"], answer(explained)["causes"])


def test_upgrading_twice_changes_nothing(broker: Run) -> None:
    before = answer(broker("db", "current", "--json"))

    assert before == answer(broker("db", "upgrade", "--json"))


@pytest.mark.parametrize(
    "words",
    [
        ("clients", "show", "nobody"),
        ("clients", "secret", "nobody"),
        ("people", "show", "nobody"),
        ("people", "import", "/nowhere/at/all.json"),
        (*ADD, "--auth-method", "private_key_jwt", "--jwks", "/nowhere/at/all.json"),
        (*ADD[:-1], "http://library.example/callback"),
        ("policy", "check", "/nowhere"),
        ("policy", "explain", "--region", "29", "--age", "400", "--role", "pupil", "--level", "child"),
        ("audit", "tail", "--limit", "0"),
    ],
)
def test_a_refusal_is_one_sentence_and_1(broker: Run, words: tuple[str, ...]) -> None:
    code, out, err = broker(*words)

    assert (1, "") == (code, out)
    assert 1 == len(err.splitlines())
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [(), ("clients",), ("clients", "fly"), ADD[:3], (*ADD, "--alg", "HS256"), ("policy", "explain", "--on", "yesterday")]
)
def test_wrong_typing_is_2(run: Run, words: tuple[str, ...]) -> None:
    assert 2 == run(*words)[0]


def test_without_tables_it_says_what_to_do(run: Run) -> None:
    code, out, err = run("clients", "list")

    assert (1, "") == (code, out)
    assert "broker db upgrade" in err
    assert 1 == len(err.splitlines())


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_STORAGE__URL", "mysql://nowhere")

    code, _out, err = run("clients", "list")

    assert 1 == code
    assert "storage.url" in err


def test_demo_commands_are_not_for_production(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 == run("esia", "demo-certificate", str(tmp_path / "esia"))[0]
    assert 0o600 == (tmp_path / "esia" / "esia-client.key").stat().st_mode & 0o777

    def production(_words: Any = None) -> Any:
        settings = load()
        object.__setattr__(settings.deployment, "environment", "production")
        return settings

    load = command_line.load_settings
    monkeypatch.setattr(command_line, "load_settings", production)
    for words in (("esia", "demo-certificate", str(tmp_path / "more")), ("demo", "seed", "--directory", "x", "--services", "y")):
        code, _out, err = run(*words)
        assert (1, True) == (code, "production" in err)
    assert not (tmp_path / "more").exists()


def test_an_unexpected_error_quotes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: Any) -> Any:
        raise RuntimeError("INSERT INTO person VALUES ('002-000-107 24')")

    monkeypatch.setattr(command_line, "open_house", broken)

    code, out, err = run("clients", "list")

    assert (1, "") == (code, out)
    assert "RuntimeError" in err
    assert "002-000" not in err


def test_every_command_has_json_and_a_sentence_of_help() -> None:
    for command in COMMANDS:
        assert command.help[0].isupper()
        command.arguments(argparse.ArgumentParser())
    assert len(COMMANDS) == len({command.words for command in COMMANDS})


def test_text_for_people() -> None:
    rows = [{"name": "a", "on": True, "for": None}, {"name": "b" * 60, "on": False, "for": [1, {"x": "y"}]}]

    said = as_text({"rows": rows, "none": [], "lines": ["one", "two"], "one": {"deep": ["a"]}, "plain": ""}).splitlines()

    assert ["name", "on", "for"] == said[0].split()
    assert said[1].split() == ["a", "yes", "-"]
    assert "…" in said[2]
    assert "1, x=y" in said[2]
    assert ["none: none", "one", "two", "deep: a", "plain: -"] == said[3:]


def test_the_calendar_shows_every_date_and_writes_a_file_once(broker: Run, tmp_path: Path) -> None:
    shown = answer(broker("calendar", "--json"))
    file = tmp_path / "dates.ics"
    written = answer(broker("calendar", "--ics", str(file), "--json"))
    again = broker("calendar", "--ics", str(file))

    assert {"signing_key", "audit_key", "secret_key", "master_key"} <= {one["what"] for one in shown["dates"]}
    # No certificate is set here: that is said and hides nothing else.
    assert ["esia"] == shown["unread"]
    assert (len(shown["dates"]), 1) == (written["dates"], again[0])
    assert len(shown["dates"]) == file.read_text(encoding="utf-8").count("BEGIN:VEVENT")
