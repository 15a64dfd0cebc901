"""The examples of examples/snippets, filled in and started as a developer would, on a port of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.relying_parties.demo import environ_of_node
from tests.relying_parties.node import HERE, node_command
from tests.support.browser import Browser
from tests.support.page import Page

SNIPPETS = Path(__file__).parents[2] / "examples" / "snippets"
BIN = Path(sys.executable).parent
PATIENCE = 60.0
# What a person presses on the broker's own pages, the first that is there.
BUTTONS = ("Выбрать регион", "Архангельская область", "Войти через Госуслуги")


def filled(name: str, values: Mapping[str, str]) -> str:
    """The text of a snippet without marks; one that nobody has told is an error."""
    text = (SNIPPETS / name).read_text(encoding="utf-8")
    for mark, value in values.items():
        text = text.replace(f"<<{mark}>>", value)
    assert "<<" not in text, name
    return text


@dataclass(frozen=True)
class Started:
    """A running snippet."""

    url: str
    output: Path


@contextmanager
def started(command: list[str], folder: Path, port: int, environ: Mapping[str, str]) -> Iterator[Started]:
    """Run a command in a folder until the block ends; begins when the port answers."""
    output = folder / "output.txt"
    url = f"http://127.0.0.1:{port}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "FLASK_", "DJANGO_"))}
    with output.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=folder, env={**inherited, **environ}, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT
        )
    try:
        _wait(url, process, output)
        yield Started(url, output)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None and time.monotonic() < deadline, output.read_text(encoding="utf-8")
        try:
            requests.get(url, timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
        else:
            return


def flask_command(port: int) -> list[str]:
    return [str(BIN / "flask"), "--app", "flask_app", "run", "--port", str(port)]


def django_command(port: int) -> list[str]:
    return [str(BIN / "django-admin"), "runserver", "--noreload", "--pythonpath", ".", str(port)]


def node_program(folder: Path) -> list[str]:
    """Node finds packages beside the program."""
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    return [*node_command(), "node_app.mjs"]


def node_environ() -> dict[str, str]:
    return dict(environ_of_node())


def walk(browser: Browser, page: Page, service: str, login: str) -> tuple[Page, list[str]]:
    """From the service's own button until the person is back there; what was pressed on the way."""
    pressed: list[str] = []
    for _ in range(14):
        if page.url.startswith(service):
            return page, pressed
        passwords = [form for form in page.forms if "password" in form.fields]
        consents = [form for form in page.forms if ("decision", "allow") in form.buttons]
        if passwords:
            pressed.append("login and password")
            page = browser.submit(passwords[0], login=login, password="demo")
        elif consents:
            pressed.append("allow")
            page = browser.submit(consents[0], decision="allow")
        else:
            words = next(words for words in BUTTONS if page.has_link(words))
            pressed.append(words)
            page = browser.press(page, words)
    raise AssertionError(f"the sign-in goes round in circles at {page.url}")
