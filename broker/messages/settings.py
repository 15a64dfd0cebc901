"""How messages leave the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageSettings:
    """`smtp_host` or `sms_url` empty means that this way is closed: letters for it are given up at once, visibly.

    `smtp_security` is starttls, tls or none. `sms_url` is an HTTP gateway that takes a JSON POST.
    """

    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    sender: str = ""
    sms_url: str = ""
    sms_token: str = ""
    give_up_after: timedelta = timedelta(hours=24)
    courier: bool = True
