"""The pages for a device without a browser: its code, the question, the end (RFC 8628 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address


@dataclass(frozen=True, slots=True)
class DevicePage:
    """One field for the code that a device shows. `typed` is a code in its plain form, or ""."""

    template: ClassVar[str] = "device.html"
    action_url: str
    form_key: str
    typed: str = ""
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class DeviceConfirmPage:
    """Which service on which code, and what to do if somebody else has sent it."""

    template: ClassVar[str] = "device_confirm.html"
    service: str
    organisation: str
    user_code: str
    action_url: str
    form_key: str

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class DeviceDonePage:
    """Back to the device, or nobody was let in."""

    template: ClassVar[str] = "device_done.html"
    is_allowed: bool
