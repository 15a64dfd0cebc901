"""Tokens, issuers and approvals, as a registrar types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.console.cli.main import main
from broker.foundation.jose import public_jwk
from tests.rooms.registration.test_statements import KEY, WHO

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("clients", "waiting")` -> what it answers, or the sentence it refuses with."""
    settings = {
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def call(*words: str) -> Any:
        code = main([*words[:2], "--json", *words[2:]])
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 else said.err.strip()

    call("db", "upgrade")
    return call


def test_tokens_are_made_shown_once_and_revoked(run: Run) -> None:
    made = run("clients", "token-add", "partner", "--uses", "3", "--set", "organisation=ООО", "--set", "scopes=openid,snils")

    listed = run("clients", "token-list")["initial_tokens"]
    assert [made["initial_token"]] == listed and made["token"].startswith("init_")
    assert ({"organisation": "ООО", "scopes": ["openid", "snils"]}, 3) == (listed[0]["preset"], listed[0]["uses_left"])
    assert made["token"] not in json.dumps([listed, run("audit", "tail")])
    assert {"revoked": listed[0]["id"]} == run("clients", "token-revoke", listed[0]["id"])
    assert run("clients", "token-revoke", listed[0]["id"]).startswith("There is no such token")


@pytest.mark.parametrize(
    "words",
    [
        ("a b",), ("partner", "--uses", "0"), ("partner", "--set", "waiting_scopes="), ("partner", "--set", "redirect_uris=x"),
        ("partner", "--set", "require_pkce=perhaps"), ("partner", "--set", "nobody=knows"),
        ("partner", "--set", "profile=strict"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be(run: Run, words: tuple[str, ...]) -> None:
    assert isinstance(run("clients", "token-add", *words), str)
    assert {"initial_tokens": []} == run("clients", "token-list")


def test_issuers_come_and_go(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [public_jwk(KEY.public_key())]}), encoding="utf-8")

    assert 1 == run("clients", "issuer-add", WHO, "--jwks", str(file))["statement_issuer"]["keys"]
    assert [(WHO, True)] == [(one["issuer"], one["is_enabled"]) for one in run("clients", "issuer-list")["statement_issuers"]]
    assert {"removed": WHO} == run("clients", "issuer-remove", WHO)
    assert run("clients", "issuer-remove", WHO).startswith("There is no such issuer")
    file.write_text('{"keys": [{"kty": "oct", "k": "AAAA"}]}', encoding="utf-8")
    assert run("clients", "issuer-add", WHO, "--jwks", str(file)).startswith("The key set must hold")
    file.write_text("[", encoding="utf-8")
    assert run("clients", "issuer-add", WHO, "--jwks", str(file)).startswith("The file of --jwks")


def test_what_waits_is_listed_and_decided(run: Run) -> None:
    run(
        "clients", "add", "robots", "--name", "Кружок", "--name-en", "Club", "--organisation", "АНО",
        "--redirect-uri", "https://robots.example/cb", "--set", "waiting_scopes=snils,children",
    )  # fmt: skip

    waiting = run("clients", "waiting")["waiting"]
    assert [("robots", ["snils", "children"])] == [(one["client_id"], one["waits"]) for one in waiting]
    approved = run("clients", "approve", "robots", "--scope", "snils", "--reason", "contract")["client"]
    assert (["openid", "snils"], ["children"]) == (approved["scopes"], approved["waiting_scopes"])
    assert [] == run("clients", "reject", "robots", "--scope", "children", "--reason", "not_needed")["client"]["waiting_scopes"]
    assert {"waiting": []} == run("clients", "waiting")
    assert run("clients", "approve", "robots", "--name", "--reason", "checked").startswith("There is no such client")
