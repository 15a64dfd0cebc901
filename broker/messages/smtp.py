"""E-mail by SMTP (RFC 5321): the only door to the mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from broker.messages.carrier import NotCarried, Parcel, Trouble
from broker.messages.settings import MessageSettings

# Of each step of the dialogue; there are at most ten, which the couriers' lease covers.
_SECONDS = 10.0
_LONGEST_SUBJECT = 200


class SmtpCarrier:
    """Keeps its connection for the letters of one round. A refusal by 5xx is final for the letter, anything else is not.

    A refused login is not final: it is ours to repair, and the letter can wait for that.
    """

    def __init__(self, settings: MessageSettings, now: Callable[[], datetime]):
        self._settings = settings
        self._now = now
        name, address = parseaddr(settings.sender)
        self._sender = Address(display_name=name, addr_spec=address)
        self._connection: smtplib.SMTP | None = None

    def carry(self, parcel: Parcel) -> None:
        message = self._message(parcel)
        try:
            connection = self._connected()
            connection.send_message(message, self._sender.addr_spec, [parcel.address])
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # A dialogue that broke in the middle is not continued with the next letter.
            self.rest()
            raise _not_carried(error) from None

    def rest(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._opened()
        return self._connection

    def _opened(self) -> smtplib.SMTP:
        settings = self._settings
        # We introduce ourselves by the sender's domain: asking the resolver for our own name could take long.
        place = (settings.smtp_host, settings.smtp_port, self._sender.domain)
        if settings.smtp_security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=_SECONDS, context=ssl.create_default_context())
        else:
            connection = smtplib.SMTP(*place, timeout=_SECONDS)
        try:
            self._introduce(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP) -> None:
        if self._settings.smtp_security == "starttls":
            try:
                connection.starttls(context=ssl.create_default_context())
            except smtplib.SMTPNotSupportedError:
                # Going on in the clear is what whoever removed the offer on its way to us would want (RFC 3207 6).
                raise ssl.SSLError("no STARTTLS") from None
        if self._settings.smtp_user:
            connection.login(self._settings.smtp_user, self._settings.smtp_password)

    def _message(self, parcel: Parcel) -> EmailMessage:
        """Plain text only; whatever a variable holds, a header stays one line and the letter has one reader."""
        message = EmailMessage(policy=SMTP)
        try:
            message["To"] = Address(addr_spec=parcel.address)
        except (ValueError, IndexError, HeaderParseError):
            raise NotCarried(Trouble.REFUSED, is_final=True) from None
        message["From"] = self._sender
        message["Subject"] = " ".join(parcel.words.subject.split())[:_LONGEST_SUBJECT]
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = f"<{parcel.letter_id}@{self._sender.domain}>"
        # Nobody's holiday answer comes back (RFC 3834 5).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(parcel.words.text)
        message["Content-Language"] = parcel.language
        return message


def _not_carried(error: Exception) -> NotCarried:
    # The classes of smtplib overlap; what comes first is the more particular one.
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotCarried(Trouble.LOGIN_REFUSED)
    if isinstance(error, ssl.SSLError):
        return NotCarried(Trouble.TLS)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _by_code(next((code for code, _text in error.recipients.values()), 550))
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return _by_code(error.smtp_code)
    if isinstance(error, smtplib.SMTPNotSupportedError | ValueError):
        # An address in letters that this server cannot write (RFC 6531), or one that no command can hold.
        return NotCarried(Trouble.REFUSED, is_final=True)
    # No connection, a greeting other than 220, or one that ended without an answer: the letter itself was not judged.
    return NotCarried(Trouble.UNREACHABLE)


def _by_code(code: int) -> NotCarried:
    # 421 and the other 4xx ask to come again, 5xx not to (RFC 5321 4.2.1).
    return NotCarried(Trouble.REFUSED, is_final=True) if code >= 500 else NotCarried(Trouble.BUSY)
