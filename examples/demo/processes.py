"""A few child processes that live and die together. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


class DemoFailed(Exception):
    """The demo cannot start or go on; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Program:
    """One thing to run: `name` is for people and for the log file; `folder` is where it runs, if not here."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    folder: Path | None = None


def require_free_ports(ports: Sequence[int]) -> None:
    """Raises DemoFailed that names the first port somebody else listens on."""
    for port in ports:
        with socket.socket() as probe:
            # As the servers do it, so that a connection closed a minute ago does not count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as taken:
                raise DemoFailed(
                    f"Port {port} is taken. The demo needs {ports[0]} to {ports[-1]}: "
                    "stop what uses it, or choose others like this: PORT=9000 make demo"
                ) from taken


class Crew:
    """Starts programs, notices when one ends, and stops them all with everything they started."""

    def __init__(self, log_directory: Path):
        self._logs = log_directory
        self._logs.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, program: Program) -> None:
        """Start in a process group of its own; what it writes goes to its log file."""
        with self.log_of(program.name).open("wb") as log:
            self._running[program.name] = subprocess.Popen(  # noqa: S603 -- commands of this demo only
                program.command,
                env=dict(program.environ),
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),
            )

    def names(self) -> frozenset[str]:
        return frozenset(self._running)

    def process_id(self, name: str) -> int:
        return self._running[name].pid

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def require_alive(self) -> None:
        """Raises DemoFailed with the last lines of the log of the first program that has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                last = self.log_of(name).read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
                told = "".join(f"\n    {line}" for line in last)
                raise DemoFailed(f"{name} has ended (exit status {process.returncode}). Its last words:{told}")

    def wait_until_ready(self, address: str, seconds: float = 60.0) -> bytes:
        """The body of the first good answer. Raises DemoFailed when a program ends before, or nothing answers in time."""
        # A proxy set for the outside world must not be asked for our own loopback addresses.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.require_alive()
            with contextlib.suppress(OSError, urllib.error.URLError), opener.open(address, timeout=5) as answer:
                return bytes(answer.read())
            time.sleep(0.1)
        raise DemoFailed(f"{address} gave no good answer within {seconds:.0f} s; the logs are in {self._logs}")

    def stop(self) -> None:
        """SIGTERM to every group, and SIGKILL to what is left of it after ten seconds. Nothing stays behind."""
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _die_with_parent(parent: int) -> Callable[[], None]:
    """On Linux, have the kernel stop the child should this supervisor be killed outright and never reach `stop`."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return lambda: None

    def in_the_child() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child
