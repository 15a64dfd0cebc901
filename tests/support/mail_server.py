"""A mail server and an SMS gateway on loopback, which a journey reads as people read their letters.

with mail_server() as mail, sms_gateway() as phone, town(folder, clock, changes_for(mail, phone)) as here:
    ...
    deliver(here)
    assert "Код" in mail.messages_to("anna@example.org")[-1].text
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as MAIL_POLICY
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, request

from broker.messages.courier import Round
from tests.support.serving import address_of, bound, serving


@dataclass(frozen=True)
class Mail:
    """One e-mail as it came: `to` and `sender` are those of the envelope."""

    to: tuple[str, ...]
    sender: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@dataclass
class MailServer:
    """What came, oldest first. `answers` are given to the next letters instead of taking them: `451 busy`, `550 no`."""

    port: int
    messages: list[Mail] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def messages_to(self, address: str) -> list[Mail]:
        return [mail for mail in self.messages if address in mail.to]

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=MAIL_POLICY)
        assert isinstance(message, EmailMessage)
        self.messages.append(Mail(tuple(envelope.rcpt_tos), str(envelope.mail_from), message))
        return "250 OK"


@dataclass(frozen=True)
class Sms:
    """One SMS as the gateway got it."""

    to: str
    text: str
    id: str


@dataclass
class SmsPhone:
    """What came, oldest first. `answers` are statuses given to the next messages instead of taking them. While `awake` is
    cleared, the gateway thinks."""

    url: str
    token: str
    messages: list[Sms] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    awake: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.awake.set()

    def messages_to(self, number: str) -> list[Sms]:
        return [sms for sms in self.messages if sms.to == number]

    def app(self) -> Flask:
        app = Flask("sms")

        @app.post("/sms")
        def take() -> tuple[str, int]:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return "", 401
            self.awake.wait(20)
            if self.answers:
                return "", self.answers.pop(0)
            body = json.loads(request.get_data())
            self.messages.append(Sms(body["to"], body["text"], body["id"]))
            return "", 202

        return app


@contextmanager
def mail_server(is_tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[MailServer]:
    """An SMTP server in a thread of its own, with `is_tls` sealed from the first byte.

    `options` go to the library, such as `tls_context` for STARTTLS.
    """
    listener = bound()
    server = MailServer(listener.getsockname()[1])
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    options.setdefault("enable_SMTPUTF8", True)

    async def listen() -> asyncio.AbstractServer:
        return await loop.create_server(
            lambda: SMTP(server, loop=loop, hostname="127.0.0.1", **options), sock=listener, ssl=is_tls
        )

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(30)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end_all() -> None:
    """The dialogues that are still open, so that the loop can be closed without a word."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # A transport that was closed lets go of its socket in the next round of the loop.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@contextmanager
def sms_gateway(token: str = "sms-token") -> Iterator[SmsPhone]:
    """An HTTP gateway for SMS."""
    listener = bound()
    phone = SmsPhone(f"{address_of(listener)}/sms", token)
    with serving(listener, phone.app()):
        yield phone


def changes_for(mail: MailServer | None = None, phone: SmsPhone | None = None) -> dict[str, str]:
    """The BROKER_ variables with which a town sends there. Its thread stays out of it: `deliver` sends."""
    changes = {"BROKER_MESSAGES__COURIER": "false"}
    if mail is not None:
        changes |= {
            "BROKER_MESSAGES__SMTP_HOST": "127.0.0.1",
            "BROKER_MESSAGES__SMTP_PORT": str(mail.port),
            "BROKER_MESSAGES__SMTP_SECURITY": "none",
            "BROKER_MESSAGES__SENDER": "Школьный вход <noreply@example.org>",
        }
    if phone is not None:
        changes |= {"BROKER_MESSAGES__SMS_URL": phone.url, "BROKER_MESSAGES__SMS_TOKEN": phone.token}
    return changes


def deliver(town: Any, most: int = 50) -> int:
    """Send what waits in a town's outbox by its clock, as its courier would; how many letters were sent."""
    sent = 0
    with town.house.app.app_context():
        for _ in range(most):
            done: Round = town.house.courier.send_due()
            sent += done.sent
            if not done.tried:
                return sent
    raise AssertionError("the outbox does not become empty")


def text_of(messages: Iterable[Mail | Sms]) -> str:
    """All of them as one text, for a test that looks for what must not be there."""
    return "\n".join(message.text for message in messages)
