"""Scripts of another language: each is given its task as JSON and prints what it saw as one JSON object."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.relying_parties.demo import environ_of_node
from tests.support.servers import lacking

HERE = Path(__file__).parent


@cache
def node_command() -> list[str]:
    """Node before version 20 has Web Cryptography only behind a flag."""
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    major = int(version.strip().lstrip("v").partition(".")[0])
    return ["node"] if major >= 20 else ["node", "--experimental-global-webcrypto"]


def require_node() -> None:
    """Skip what cannot run here; fail where everything must be here."""
    if not shutil.which("node"):
        lacking("node")
    if not (HERE / "node_modules" / "openid-client").exists():
        lacking("openid-client (npm ci --prefix tests/relying_parties)")


def run_script(script: str, task: Mapping[str, Any], authorities: Path | None = None) -> dict[str, Any]:
    """What a script saw. Secrets go by standard input, because everybody can see a command line."""
    environ = environ_of_node() | ({"NODE_EXTRA_CA_CERTS": str(authorities)} if authorities else {})
    done = subprocess.run(
        [*node_command(), script],
        cwd=HERE,
        input=json.dumps(task),
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
