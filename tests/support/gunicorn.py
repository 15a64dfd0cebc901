"""The broker as it really runs: gunicorn with two workers as processes of their own, which a test may kill."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from broker.app import mounted
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.foundation.outside import Outside, real_outside
from broker.house import House, open_house
from tests.support.clock import Clock, nothing_answers
from tests.support.ports import free_ports
from tests.support.serving import address_of, bound, serving
from tests.support.town import ROOT, Town, furnish, make_tables, mock_esia, settings_for, variables_for

WORKERS = 2
_PATIENCE = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Gunicorn:
    """One master and its workers. `log` is what they write to standard error."""

    port: int
    environment: Mapping[str, str]
    log: Path
    master: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start and wait until a worker answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "python:broker.serve", "--bind", f"127.0.0.1:{self.port}"]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "GUNICORN_"))}
        with self.log.open("ab") as log:
            self.master = subprocess.Popen(
                [*command, "--workers", str(WORKERS)],
                cwd=ROOT,
                env=inherited | dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )
        self.wait_until_ready()

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End master and workers; SIGKILL is what a power cut or an impatient supervisor does."""
        if self.master is None:
            return
        workers = self.workers()
        self.master.send_signal(number)
        self.master.wait(_PATIENCE)
        self.master = None
        if number == signal.SIGKILL:
            # Orphans of a killed master would notice by themselves, only later.
            for worker in workers:
                _kill(worker)

    def workers(self) -> list[int]:
        """The process ids of the workers there are now."""
        assert self.master is not None
        try:
            text = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text()
        except FileNotFoundError:
            return []
        return [int(word) for word in text.split()]

    def kill_one(self) -> None:
        """kill -9 for the oldest worker, which has surely served somebody. Its successor is not waited for."""
        self._kill_and_see_gone(self.workers()[0])

    def kill_all(self) -> None:
        """kill -9 for every worker; returns when the master has started others and they answer."""
        self._kill_and_see_gone(*self.workers())
        self.wait_until_ready()

    def _kill_and_see_gone(self, *workers: int) -> None:
        # The master must have buried them: what is sent to a process that is still dying is lost without a word.
        for worker in workers:
            _kill(worker)
        end = time.monotonic() + _PATIENCE
        while set(workers) & set(self.workers()) and time.monotonic() < end:
            time.sleep(0.005)

    def wait_until_ready(self) -> None:
        """Until an answer comes; a failure shows what was logged."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            assert self.master is not None and self.master.poll() is None, self.log.read_text()[-4000:]
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    if 200 == session.get(f"http://127.0.0.1:{self.port}/healthz", timeout=10).status_code:
                        return
            except (requests.ConnectionError, requests.Timeout):
                # The master has opened the port; on a busy machine the first worker may take its time.
                time.sleep(0.05)
        raise AssertionError(f"gunicorn does not answer:\n{self.log.read_text()[-4000:]}")


class Before(HTTPAdapter):
    """Does something before every request of one session."""

    def __init__(self, doing: Callable[[], object]):
        super().__init__()
        self._doing = doing

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self._doing()
        return super().send(request, *args, **options)


class TodaysClock(Clock):
    """The real time: other processes have it too."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@contextmanager
def gunicorn_town(
    folder: Path, changes: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[Town, Gunicorn]]:
    """A town whose broker runs under gunicorn. The house in it is another one on the same database, for looking inside.

    `changes` are BROKER_ variables, `environment` others that only the server gets.
    """
    outside = real_outside(nothing_answers)
    certificate = make_demo_certificate(folder, outside)
    with ExitStack() as stack:
        at_esia, issuer = bound(), f"http://127.0.0.1:{free_ports()}"
        esia, clock = address_of(at_esia), TodaysClock()
        stack.enter_context(serving(at_esia, mock_esia(folder, certificate.certificate_file.read_bytes(), (esia, issuer), clock)))
        (folder / "esia.cer").write_bytes(requests.get(f"{esia}/public/esia.cer", timeout=30).content)
        settings = settings_for(folder, (issuer, esia), changes or {})
        make_tables(settings)
        house, secrets = _furnished(settings, outside)
        stack.callback(house.database.close)
        variables = variables_for(folder, (issuer, esia), changes or {})
        server = Gunicorn(
            int(issuer.rpartition(":")[2]), variables | _metrics(variables) | dict(environment or {}), folder / "gunicorn.log"
        )
        stack.callback(server.stop)
        server.start()
        people = {person["login"]: person for person in requests.get(f"{esia}/people.json", timeout=30).json()["people"]}
        yield Town(issuer, esia, house, clock, people, secrets), server


def _furnished(settings: Any, outside: Outside) -> tuple[House, Mapping[str, str]]:
    house = mounted(open_house(settings, outside))
    with house.app.app_context():
        return house, furnish(house)


def _metrics(variables: Mapping[str, str]) -> dict[str, str]:
    directory = variables.get("BROKER_METRICS__DIRECTORY")
    return {"PROMETHEUS_MULTIPROC_DIR": directory} if directory else {}


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
