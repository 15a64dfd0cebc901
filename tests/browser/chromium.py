"""Debian's Chromium. Nobody downloads another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.servers import lacking

PROGRAM = Path("/usr/bin/chromium")
# It speaks to the demo and to nobody else: no updates, no synchronisation, no reports.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
)


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """One browser program; people are contexts in it. Skips the test when it is not installed, or fails under REQUIRE_ALL=1."""
    if not PROGRAM.exists():
        lacking("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(PROGRAM), args=list(FLAGS))
        yield browser
        browser.close()
