"""Importing a module does nothing, because what happens at import happens in every test and every worker, unasked."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.sources import ROOT, source_files

_PROBE = """
import importlib, socket, sys, sqlite3, threading, builtins
import requests  # probes at import whether the machine has IPv6, by binding a socket; not ours to change
def refuse(*args, **kwargs):
    raise SystemExit("imported module tried: " + repr(args[:2]))
modules = sys.argv[1:]
# Libraries may read their own data files; ours may open nothing for writing, no socket, no database and no thread.
socket.socket.connect = refuse
socket.socket.bind = refuse
sqlite3.connect = refuse
opened = builtins.open
builtins.open = lambda file, mode="r", *a, **k: refuse(file, mode) if set(mode) & set("wax+") else opened(file, mode, *a, **k)
before = threading.active_count()
for name in modules:
    importlib.import_module(name)
assert threading.active_count() == before, "imported module started a thread"
print(len(modules))
"""


def test_imports_open_no_socket_file_or_engine() -> None:
    files = source_files("broker", "keys", "config")
    skipped = {"__main__", "env", "gunicorn", "wsgi"}  # these run: a script, a migration environment, a server's configuration
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files if path.stem not in skipped]

    done = subprocess.run([sys.executable, "-c", _PROBE, *modules], capture_output=True, text=True, cwd=ROOT, timeout=120)

    assert (0, f"{len(modules)}\n") == (done.returncode, done.stdout), done.stderr
