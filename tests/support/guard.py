"""The process that runs one real server for a test run and cannot leave it behind.

Started as `python -m tests.support.guard <kind> <run folder>`. It writes the server's address into `<kind>.address`, then sleeps
on a lock that the run holds: however the run ends, kill -9 included, the lock opens, and the server and its files go.
"""

from __future__ import annotations

import ctypes
import fcntl
import glob
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import redis

from tests.support.ports import free_ports

_PATIENCE = 60.0
_PR_SET_PDEATHSIG = 1


class Guard:
    """Children of one guard; all of them end with it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.user: str | None = None
        self.children: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "log").open("ab")

    def own_by(self, user: str) -> None:
        """Give the folder to another user, as PostgreSQL refuses to run as root."""
        self.user = user
        found = pwd.getpwnam(user)
        os.chown(self.folder, found.pw_uid, found.pw_gid)

    def run(self, command: Sequence[str]) -> None:
        subprocess.run(command, check=True, timeout=_PATIENCE, **self._options())

    def start(self, command: Sequence[str]) -> None:
        # Should even the guard be killed, the kernel ends the server.
        self.children.append(subprocess.Popen(command, preexec_fn=_end_with_parent, **self._options()))

    def wait_until(self, answers: Callable[[], object]) -> None:
        """Until the server answers; gives up when it has ended or takes too long."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                if answers():
                    return
            except (psycopg.OperationalError, redis.RedisError):
                pass
            if time.monotonic() > end or any(child.poll() is not None for child in self.children):
                raise RuntimeError("the server did not start; see its log")
            time.sleep(0.05)

    def stop(self) -> None:
        for child in reversed(self.children):
            child.send_signal(signal.SIGINT)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(10)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _options(self) -> dict[str, object]:
        options: dict[str, object] = {"stdin": subprocess.DEVNULL, "stdout": self._log, "stderr": self._log, "cwd": self.folder}
        return options | ({"user": self.user, "extra_groups": []} if self.user else {})


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def postgres_programs() -> Path | None:
    """The newest PostgreSQL's folder of programs."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    newest = max(found, key=lambda path: int(Path(path).parts[-3]), default=None)
    return Path(newest).parent if newest else None


def _postgres(guard: Guard) -> str:
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("no PostgreSQL here")
    password, port = secrets.token_urlsafe(12), free_ports()
    (guard.folder / "password").write_text(password)
    (guard.folder / "password").chmod(0o644)
    if os.geteuid() == 0:
        guard.own_by("postgres")
    data = str(guard.folder / "data")
    login = ["-U", "tester", "-A", "scram-sha-256", "--pwfile", str(guard.folder / "password")]
    guard.run([str(programs / "initdb"), "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", *login])
    settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "unix_socket_directories="]
    options = [part for setting in settings for part in ("-c", setting)]
    guard.start([str(programs / "postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), *options])
    url = f"postgresql://tester:{password}@127.0.0.1:{port}/postgres"

    def answers() -> bool:
        psycopg.connect(url, connect_timeout=2).close()
        return True

    guard.wait_until(answers)
    return url


def _start_redis(guard: Guard, *more: str) -> int:
    port = free_ports()
    fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(guard.folder)]
    guard.start(["redis-server", "--port", str(port), *fixed, *more])
    guard.wait_until(lambda: _ask(port, "PING"))
    return port


def _ask(port: int, *command: str) -> object:
    with redis.Redis("127.0.0.1", port, socket_timeout=2) as client:
        return client.execute_command(*command)


def _redis(guard: Guard) -> str:
    return f"redis://127.0.0.1:{_start_redis(guard, '--databases', '256')}/0"


def _redis_cluster(guard: Guard) -> str:
    port = _start_redis(guard, "--cluster-enabled", "yes", "--cluster-port", str(free_ports()))
    _ask(port, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    with redis.Redis("127.0.0.1", port, socket_timeout=2) as client:
        guard.wait_until(lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
    return f"redis+cluster://127.0.0.1:{port}"


def _redis_sentinel(guard: Guard) -> str:
    main, port = _start_redis(guard), free_ports()
    config = guard.folder / "sentinel.conf"
    config.write_text(f"bind 127.0.0.1\nport {port}\nsentinel monitor house 127.0.0.1 {main} 1\n")
    guard.start(["redis-server", str(config), "--sentinel"])
    guard.wait_until(lambda: _ask(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "house"))
    return f"redis+sentinel://127.0.0.1:{port}/house"


KINDS: dict[str, Callable[[Guard], str]] = {
    "postgres": _postgres,
    "redis": _redis,
    "redis_cluster": _redis_cluster,
    "redis_sentinel": _redis_sentinel,
}


def main(kind: str, run: Path) -> None:
    """Start, say where, sleep until the run ends, stop."""
    folder = run / kind
    folder.mkdir()
    guard = Guard(folder)
    try:
        address = KINDS[kind](guard)
        draft = run / f"{kind}.draft"
        draft.write_text(address)
        draft.rename(run / f"{kind}.address")
        with (run / "alive").open("rb") as alive:
            fcntl.flock(alive, fcntl.LOCK_SH)
    finally:
        guard.stop()
        (run / f"{kind}.address").unlink(missing_ok=True)
        if not any(run.glob("*/")):
            # The last one out; a run that was killed cannot do it.
            shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    # Ctrl-C reaches the whole group; the run's own end is what stops us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(sys.argv[1], Path(sys.argv[2]))
