"""How gunicorn runs the broker: `gunicorn -c python:broker.serve`. Its own options and GUNICORN_CMD_ARGS override these."""

from __future__ import annotations

import gc
import os
from typing import Any

# The code, read by the master once: workers share its memory, and the successor of a killed one need not read it again. Importing
# creates nothing (tests/architecture/test_quiet_imports.py), so nothing is shared but code; a new release needs a new master.
from broker.app import COURIER
from broker.screens.render import Screens
from broker.screens.settings import ScreenSettings

wsgi_app = "wsgi:create()"
bind = "127.0.0.1:8000"

# One process per core with a few threads: many threads of one process only queue for the interpreter lock, and two processes on
# one core take each other's caches away (docs/performance.md). A quota of a container is not seen here.
worker_class = "gthread"
workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# However few the cores: so many requests may wait for an upstream at once.
threads = max(4, 8 // workers)
# Each worker builds its own application: a database connection must not be shared across a fork.
preload_app = False

# A proxy in front keeps its connections open longer than one request; so do we.
keepalive = 65
timeout = 30
# Requests under way finish when a worker is told to stop; new ones go to its successor.
graceful_timeout = 30

# An authorization request by GET carries an ID token hint and a claims parameter: 4094 bytes would be too few.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# What is asked for, the request line says alone. By its usual setting a header called SCRIPT_NAME would move the path for whoever
# comes through a proxy on this machine, past every rule that the proxy has about paths.
forwarder_headers = ""

# Addresses hold codes and states, so no access log: the meters count requests, the journal records what was done.
accesslog = None
errorlog = "-"
loglevel = "warning"

# A socket that can stop workers is one more door; signals are enough.
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """Read the templates before the workers are forked; what they are filled with each worker builds for itself."""
    Screens(ScreenSettings()).read_ahead()


def post_worker_init(worker: Any) -> None:
    """Every worker sends what waits in the outbox, in threads of its own, so that no page ever waits for a mail server."""
    # The application stays as long as the worker: whenever all of it was looked through for garbage, every request would
    # wait for a tenth of a second.
    gc.collect()
    gc.freeze()
    couriers = worker.wsgi.extensions[COURIER]
    if couriers is not None:
        couriers.start()


def worker_exit(_server: Any, worker: Any) -> None:
    """Let the couriers put down the letters they hold: a letter cut off in the middle would be sent again."""
    couriers = worker.wsgi.extensions.get(COURIER) if getattr(worker, "wsgi", None) is not None else None
    if couriers is not None:
        couriers.stop()
