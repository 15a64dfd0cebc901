"""`make demo` as a newcomer meets it: everybody in it signs in, it says what to open, and it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from examples.demo.house import PORTS, ROOT
from tests.relying_parties.demo import RunningDemo, running_demo
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.ports import free_ports

pytestmark = pytest.mark.xdist_group("demo")


# What a person of region 29 presses on the broker's own pages, the first that is there.
BUTTONS = ("Выбрать регион", "Архангельская область", "Войти через Госуслуги")


def sign_in(browser: Browser, service: str, login: str) -> Page:
    """From the service's own button through the mock ESIA; ends where the person has nothing more to press."""
    page = browser.press(browser.open(service), "Войти через Госуслуги")
    for _ in range(12):
        passwords = [form for form in page.forms if "password" in form.fields]
        consents = [form for form in page.forms if ("decision", "allow") in form.buttons]
        buttons = [words for words in BUTTONS if any(words in link.text for link in page.links)]
        if page.url.startswith(service) or "3101" in page.text:
            return page
        if passwords:
            page = browser.submit(passwords[0], login=login, password="demo")
        elif consents:
            page = browser.submit(consents[0], decision="allow")
        else:
            page = browser.press(page, buttons[0])
    raise AssertionError(f"the sign-in goes round in circles at {page.url}")


def test_it_says_what_to_open_and_how_to_sign_in(demo: RunningDemo) -> None:
    house = demo.house
    for address in (house.issuer, house.mock_esia, house.diary, house.olympiads, house.mailbox):
        assert address in demo.said()
    assert "orlova" in demo.said()


def test_the_diary_shows_who_came_and_renews_and_forgets(demo: RunningDemo) -> None:
    with Browser() as browser:
        page = sign_in(browser, demo.house.diary, "belova")
        assert page.url == demo.house.diary + "/"
        assert "Белова" in page.heading
        assert "Дети" in page.text

        renew = next(form for form in page.forms if form.action.endswith("/renew"))
        page = browser.submit(renew)
        assert "Обновляли, раз 1" in page.text

        leave = next(form for form in page.forms if form.action.endswith("/sign-out"))
        page = browser.submit(leave)
        assert "Войти через Госуслуги" in browser.open(demo.house.diary).text


def test_the_third_party_asks_and_does_not_ask_for_a_second_sign_in(demo: RunningDemo) -> None:
    with Browser() as browser:
        sign_in(browser, demo.house.diary, "orlova")

        page = browser.press(browser.open(demo.house.olympiads), "Войти через Госуслуги")
        asked = page.form("decision")
        page = browser.submit(asked, decision="allow")

        assert page.url == demo.house.olympiads + "/"
        assert "Орлова" in page.heading
        assert not any(step.startswith(demo.house.mock_esia) for step in browser.trail)


def test_who_may_not_come_in_is_told_why(demo: RunningDemo) -> None:
    with Browser() as browser:
        people = browser.session.get(demo.house.mock_esia + "/people.json", timeout=30).json()["people"]
    stranger = next(person for person in people if person["expect"]["code"] == "3101")
    with Browser() as browser:
        page = sign_in(browser, demo.house.diary, stranger["login"])

    assert "3101" in page.text


def test_letters_arrive_in_the_mailbox_and_can_be_read_there(demo: RunningDemo) -> None:
    sms = {"to": "+70000000000", "text": "Код 123456 <b>&</b> http://127.0.0.1:9/x", "id": "1"}
    with Browser() as browser:
        assert 202 == browser.session.post(demo.house.mailbox + "/sms", json=sms, timeout=30).status_code
        assert 415 == browser.session.post(demo.house.mailbox + "/sms", data=sms, timeout=30).status_code
        with smtplib.SMTP("127.0.0.1", demo.house.port + 5, timeout=30) as post:
            message = EmailMessage()
            message["From"], message["To"] = "Школа <noreply@school.example>", "anna@school.example"
            message["Subject"] = "Тема <i>"
            message.set_content("Текст письма.")
            post.send_message(message)
        page = browser.open(demo.house.mailbox)

    assert "Текст письма." in page.text
    assert "Тема <i>" in page.text
    assert "Код 123456 <b>&</b>" in page.text
    assert ["http://127.0.0.1:9/x"] == [link.url for link in page.links if "127.0.0.1:9" in link.url]
    assert page.text.index("Текст письма.") < page.text.index("Код 123456")


def test_a_forgotten_password_ends_in_the_mailbox(demo: RunningDemo) -> None:
    """The broker's own courier brings the code: nobody sends by hand."""
    with Browser() as browser:
        asking = browser.open(demo.house.issuer + "/recover/start").form("name")
        browser.submit(asking, name="orlova.diary")
        # One letter to the mailbox and one to the telephone; other tests have sent her letters of other kinds.
        told, end = re.compile(r"Код \d{6}\. Работает 15 минут\."), time.monotonic() + 30
        while len(told.findall((page := browser.open(demo.house.mailbox)).text)) < 2 and time.monotonic() < end:
            time.sleep(0.2)

    assert 2 == len(told.findall(page.text)), page.text
    for words in ("Код для дневника", "orlova@example.org", "+79000000001"):
        assert words in page.text


def test_a_taken_port_is_named_in_one_sentence(tmp_path: Path) -> None:
    first = free_ports(PORTS)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first + 2))
        other.listen()
        command = [sys.executable, "-m", "examples.demo.run", "--port", str(first), "--state", str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert 1 == done.returncode
    assert f"Port {first + 2} is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_part_that_dies_takes_all_down_and_a_second_start_remembers(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        first = demo.broker("clients", "list", "--json").stdout
        child = _processes_of(demo)[0]
        _kill(child)
        assert 1 == demo.supervisor.wait(30)
        assert "has ended" in demo.said()
        end = time.monotonic() + 10
        # What was killed is there until the system has cleared it away.
        while (left := _processes_of(demo)) and time.monotonic() < end:
            time.sleep(0.05)
        assert [] == left
    with running_demo(tmp_path) as again:
        assert first != ""
        assert again.house.issuer in again.said()


def _processes_of(demo: RunningDemo) -> list[int]:
    """Everything of this demo that runs: its state folder or its ports are in the command line."""
    found = []
    marks = [str(demo.house.state).encode(), *(f"127.0.0.1:{port}".encode() for port in demo.house.ports)]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != demo.supervisor.pid:
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if any(mark in command for mark in marks):
                found.append(int(entry.name))
    return sorted(found)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
