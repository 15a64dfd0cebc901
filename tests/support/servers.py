"""Real servers for tests: started by the first test of a run that needs one, shared by its workers, gone with the run."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
import pytest
import redis

from tests.support.guard import postgres_programs
from tests.support.ports import RUN

ROOT = Path(__file__).parents[2]
_PATIENCE = 90.0


class Run:
    """What the controller of a test run holds: a folder, and the lock that keeps the servers alive."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="school-signin-tests-"))
        # PostgreSQL runs as another user and must be able to walk through.
        self.folder.chmod(0o755)
        self._alive: IO[bytes] = (self.folder / "alive").open("wb")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        os.environ[RUN] = str(self.folder)

    def end(self) -> None:
        """Let the guards stop their servers, wait for them, remove the folder."""
        self._alive.close()
        end = time.monotonic() + 30
        while any(self.folder.glob("*/")) and time.monotonic() < end:
            time.sleep(0.02)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.environ.pop(RUN, None)


def server(kind: str) -> str:
    """The address of a real server: `postgres`, `redis`, `redis_cluster` or `redis_sentinel`.

    Skips the test when its programs are not installed, or fails it under REQUIRE_ALL=1.
    """
    if kind == "postgres" and postgres_programs() is None:
        lacking("PostgreSQL server programs")
    if kind.startswith("redis") and shutil.which("redis-server") is None:
        lacking("redis-server")
    run = Path(os.environ[RUN])
    address = run / f"{kind}.address"
    with (run / f"{kind}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            _start(kind, run, address)
    return address.read_text()


def lacking(what: str) -> None:
    """Skip, or fail where everything is required."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"not installed, and REQUIRE_ALL=1: {what}")
    pytest.skip(f"not installed: {what}")


def _start(kind: str, run: Path, address: Path) -> None:
    with (run / f"{kind}.errors").open("ab") as errors:
        guard = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.support.guard", kind, str(run)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
    end = time.monotonic() + _PATIENCE
    while not address.exists():
        if guard.poll() is not None or time.monotonic() > end:
            pytest.fail(f"{kind} did not start:\n{(run / f'{kind}.errors').read_text()}")
        time.sleep(0.02)
    # It outlives this worker on purpose; a Popen object that is collected while its process runs would warn.
    guard.returncode = 0


@contextmanager
def once_a_run(what: str) -> Iterator[bool]:
    """Whether this is the first block of the run for `what` to get here; the others wait until it has ended well."""
    run = Path(os.environ[RUN])
    with (run / f"{what}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run / f"{what}.done"
        yield not done.exists()
        done.touch()


def new_postgres_database(name: str, template: str = "template1") -> str:
    """The URL of a database that is made from a template and stays until the run ends."""
    admin = server("postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return admin.rpartition("/")[0] + f"/{name}"


def fresh_redis_database() -> str:
    """The URL of an empty database of the run's Redis: what a house keeps there under a fixed name, such as trouble with an
    upstream, is no other house's."""
    address = server("redis")
    with redis.Redis.from_url(address) as client:
        return f"{address.rpartition('/')[0]}/{client.incr('databases')}"


@contextmanager
def fresh_postgres_database(template: str = "template1") -> Iterator[str]:
    """The URL of a database made from a template and dropped when the block ends."""
    name = f"t_{uuid.uuid4().hex}"
    url = new_postgres_database(name, template)
    try:
        yield url
    finally:
        with psycopg.connect(server("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
