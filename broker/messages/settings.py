"""How messages leave the house."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr

_SECURITY = ("starttls", "tls", "none")


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageSettings:
    """`smtp_host` or `sms_url` empty means that this way is closed: letters for it are given up at once, visibly.

    `smtp_security` is starttls, tls or none. `sms_url` is an HTTP gateway that takes a JSON POST.
    """

    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    sender: str = ""
    sms_url: str = field(default="", repr=False)
    sms_token: str = field(default="", repr=False)
    give_up_after: timedelta = timedelta(hours=24)
    late_after: timedelta = timedelta(minutes=5)
    courier: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.smtp_port <= 65535:
            raise ValueError("messages.smtp_port must be between 1 and 65535")
        if self.smtp_security not in _SECURITY:
            raise ValueError("messages.smtp_security must be starttls, tls or none")
        if self.sender and not _is_mailbox(self.sender):
            raise ValueError("messages.sender must be an address, such as School <noreply@example.org>")
        if self.smtp_host and not self.sender:
            raise ValueError("messages.sender must be set when messages.smtp_host is")
        if self.smtp_password and not self.smtp_user:
            raise ValueError("messages.smtp_user must be set when messages.smtp_password is")
        if self.sms_url and not self.sms_url.startswith(("https://", "http://")):
            raise ValueError("messages.sms_url must begin with https:// or http://")
        if not timedelta(minutes=15) <= self.give_up_after <= timedelta(days=7):
            raise ValueError("messages.give_up_after must be between 15 min and 7 d")
        if not timedelta(minutes=1) <= self.late_after <= timedelta(hours=1):
            raise ValueError("messages.late_after must be between 1 min and 1 h")


def _is_mailbox(text: str) -> bool:
    """One name and one address (RFC 5322 3.4) on one line."""
    name, address = parseaddr(text)
    try:
        found = Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        return False
    return bool(text.isprintable() and found.username and found.domain and address in text)
