"""The page of the format holds a verifier that a stranger could have written; it finds what ours finds."""

from __future__ import annotations

import json
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.audit.checkpoint import PublicKeys
from tests.rooms.audit.conftest import Lines
from tests.rooms.audit.test_exports import FAULTS

PAGE = Path(__file__).parents[3] / "docs" / "audit-format.md"


@pytest.fixture
def verify(
    tmp_path: Path,
    kept: tuple[Lines, PublicKeys],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[Lines], str]:
    """What the verifier of the page says of lines: "whole", or the line at fault."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script, jwks, export = tmp_path / "verify.py", tmp_path / "jwks.json", tmp_path / "export.jsonl"
    script.write_text(code, encoding="utf-8")
    jwks.write_text(json.dumps({"keys": [dict(key.jwk) for key in kept[1]._keys.values()]}))
    monkeypatch.setattr(sys, "argv", ["verify.py", str(export), str(jwks)])

    def run(lines: Lines) -> str:
        export.write_bytes(b"".join(lines))
        try:
            runpy.run_path(str(script))
        except SystemExit as fault:
            found = re.match(r".*export\.jsonl:(\d+): ", str(fault.code))
            return found[1] if found else str(fault.code)
        return capsys.readouterr().out.strip()

    return run


def test_the_verifier_of_the_page_finds_what_ours_finds(
    file: Lines,
    verify: Callable[[Lines], str],
) -> None:
    assert "whole" == verify(file)
    found = {what: verify(change(list(file))) for what, change, _, _ in FAULTS if what != "a long line"}

    assert {what: str(line) for what, _, line, _ in FAULTS if what != "a long line"} == found
