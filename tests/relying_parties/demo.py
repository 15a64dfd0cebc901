"""The whole demo as `make demo` starts it, for a test: real processes on free ports, stopped by their supervisor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.demo.house import PORTS, ROOT, DemoHouse
from tests.support.ports import free_ports
from tests.support.typed import typed

START_SECONDS = 120


@dataclass(frozen=True)
class RunningDemo:
    """Addresses are in `house`; `said` is what the supervisor has written so far."""

    house: DemoHouse
    supervisor: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def broker(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One `broker` command against this demo, as an operator would type it."""
        command = [str(Path(sys.executable).parent / "broker"), *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.house.environ(), capture_output=True, text=True, timeout=60, check=False
        )

    def typed(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same inside this process, which is quicker; never two at once."""
        return typed(self.house.environ(), words)

    def add_client(self, client_id: str, *words: str) -> dict[str, Any]:
        """Register a relying party through the command line; the answer holds its secret if it has one."""
        names = ("--name", client_id, "--name-en", client_id, "--organisation", "Tests", "--default-region", "29")
        done = self.typed("clients", "add", client_id, *names, *words, "--json")
        assert 0 == done.returncode, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@contextmanager
def running_demo(folder: Path, port: int | None = None) -> Iterator[RunningDemo]:
    """Start the demo with its state in `folder`; stop it with SIGTERM and insist that it ends by itself."""
    house = DemoHouse(port or free_ports(PORTS), folder / "state")
    output = folder / "output.txt"
    command = [sys.executable, "-m", "examples.demo.run", "--port", str(house.port), "--state", str(house.state)]
    with output.open("wb") as written:
        supervisor = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT)
    demo = RunningDemo(house, supervisor, output)
    try:
        _wait_until_ready(demo)
        yield demo
    finally:
        supervisor.terminate()
        try:
            supervisor.wait(30)
        finally:
            supervisor.kill()
            supervisor.wait()


def _wait_until_ready(demo: RunningDemo) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "\nReady." not in demo.said():
        assert demo.supervisor.poll() is None, demo.said()
        assert time.monotonic() < deadline, demo.said()
        time.sleep(0.1)


def environ_of_node() -> dict[str, str]:
    """A proxy of the outside world must not be asked for loopback addresses."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
