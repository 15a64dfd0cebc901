"""Everybody's mailbox and telephone: shows each e-mail and SMS that the broker of the demo sends, to whomever it goes.

It speaks SMTP on one port; on the other it is a page to read and the HTTP gateway for SMS. It uses nothing of the broker's code:

    MAILBOX_SMTP_PORT=8005 gunicorn --chdir examples/mailbox --workers 1 --threads 4 --bind 127.0.0.1:8004 'post:create_mailbox()'

The broker's settings for it: messages.smtp_host = "127.0.0.1", smtp_port = 8005, smtp_security = "none", a sender, and
messages.sms_url = "http://127.0.0.1:8004/sms". For demonstrations only: whoever can open the page reads everything.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue

MOST_LETTERS = 200
MOST_BYTES = 65_536
# A container's own clock says UTC; the people of the demo live by this one.
MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True, slots=True)
class Received:
    """One message as a person sees it. `channel` is mail or sms; an SMS has no subject. `at` is Moscow time (ISO 8601)."""

    number: int
    channel: str
    at: str
    to: str
    sender: str
    subject: str
    text: str


class Letters:
    """The newest messages, newest first. Kept in memory: a demo that starts again starts empty."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Received] = deque(maxlen=MOST_LETTERS)
        self._numbered = 0

    def add(self, channel: str, to: str, text: str, sender: str = "", subject: str = "") -> None:
        with self._lock:
            self._numbered += 1
            at = datetime.now(MOSCOW).isoformat(timespec="seconds")
            self._kept.appendleft(Received(self._numbered, channel, at, to, sender, subject, text.strip()))

    def all(self) -> list[Received]:
        with self._lock:
            return list(self._kept)


class MailDoor:
    """What aiosmtpd calls for every e-mail."""

    def __init__(self, letters: Letters):
        self._letters = letters

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the library's name
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        self._letters.add("mail", ", ".join(envelope.rcpt_tos), text, str(message["From"]), str(message["Subject"]))
        return "250 OK"


def create_mailbox(environ: Mapping[str, str] | None = None) -> Flask:
    """Build the page and open the SMTP port that `MAILBOX_SMTP_PORT` names."""
    variables = os.environ if environ is None else environ
    letters = Letters()
    app = Flask("mailbox", root_path=os.path.dirname(os.path.abspath(__file__)))
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.after_request(_guard)
    _routes(app, letters)
    post = Controller(MailDoor(letters), hostname="127.0.0.1", port=int(variables["MAILBOX_SMTP_PORT"]), enable_SMTPUTF8=True)
    post.start()
    app.extensions["post"] = post
    return app


def _routes(app: Flask, letters: Letters) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        return render_template("letters.html", letters=letters.all())

    @app.get("/letters.json")
    def as_json() -> ResponseReturnValue:
        return jsonify(letters=[asdict(letter) for letter in letters.all()])

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.post("/sms")
    def sms() -> ResponseReturnValue:
        # Only JSON: a page of somebody else can make a browser post a form here, but not this.
        body = request.get_json()
        to, text = (body.get("to"), body.get("text")) if isinstance(body, dict) else (None, None)
        if not isinstance(to, str) or not isinstance(text, str):
            return jsonify(error="to and text are needed"), 400
        letters.add("sms", to, text)
        return jsonify(status="taken"), 202


def _guard(response: Any) -> Any:
    """Nothing from elsewhere, no script, no frame."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
