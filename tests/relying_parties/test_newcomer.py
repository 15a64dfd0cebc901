"""A newcomer with the guide and the console: its twelve steps, as they stand there, from nothing to a signed-in person."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest

from examples.demo.house import ROOT
from tests.relying_parties.demo import RunningDemo
from tests.relying_parties.snippets import filled, flask_command, started, walk
from tests.support.browser import Browser
from tests.support.ports import free_ports

pytestmark = pytest.mark.xdist_group("demo")

GUIDE = ROOT / "docs" / "relying-parties.md"
MOST_STEPS = 12


def steps() -> list[str]:
    """The numbered lines of the first part."""
    part = GUIDE.read_text(encoding="utf-8").split("## From zero to a signed-in person\n")[1].split("\n## ")[0]
    return re.findall(r"^\d+\. (.+)$", part, re.MULTILINE)


def code_in(step: str) -> str:
    found = re.search(r"`([^`]+)`", step)
    assert found, step
    return found[1]


def test_from_zero_to_a_signed_in_person(demo: RunningDemo, tmp_path: Path) -> None:
    told = steps()
    assert len(told) <= MOST_STEPS
    began = time.monotonic()
    # 1 and 2: the stand runs, and its settings are those of the file that it names.
    assert "make demo" == code_in(told[0])
    assert re.search(r"\. \S*/demo\.env && ", demo.said()) and code_in(told[1]).endswith("/demo.env")
    # 3 and 4: the very words, with a port that is free here.
    port = free_ports()
    words = shlex.split(code_in(told[2]).replace(":5000/", f":{port}/"))
    assert ".venv/bin/broker" == words[0]
    printed = demo.broker(*words[1:])
    assert 0 == printed.returncode, printed.stderr
    secret = re.search(r"^client_secret: (\S+)$", printed.stdout, re.MULTILINE)
    assert secret, printed.stdout
    # 5 and 6: the packages are those of the tests here, because tests do not go to the Internet.
    assert "pip install flask authlib requests" in code_in(told[5])
    # 7 and 8: the snippet, filled in.
    assert "flask_app.py" in told[6]
    values = {
        "issuer": demo.house.issuer,
        "client_id": words[3],
        "redirect_uri": words[words.index("--redirect-uri") + 1],
        "scope": "openid profile",
    }
    (tmp_path / "flask_app.py").write_text(filled("flask_app.py", values), encoding="utf-8")
    # 9: started as it is said.
    said = shlex.split(code_in(told[8]).replace("5000", str(port)))
    assert ["CLIENT_SECRET=…", "venv/bin/flask", *flask_command(port)[1:]] == said
    with started(flask_command(port), tmp_path, port, {"CLIENT_SECRET": secret[1]}) as service, Browser() as browser:
        # 10 to 12: what a person does.
        page, pressed = walk(browser, browser.press(browser.open(service.url), "Войти"), service.url, "orlova")

    assert "Здравствуйте, Анна!" == page.heading, page.text
    assert "login and password" in pressed and "allow" == pressed[-1]
    print(f"{len(told)} steps, {time.monotonic() - began:.0f} s without reading and typing; pressed: {', '.join(pressed)}")
