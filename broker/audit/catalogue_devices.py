"""Events about devices without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class DeviceAnswered:
    """Somebody typed the code of a device and answered (RFC 8628 3.3). `decision`: allow or deny."""

    name: ClassVar[str] = "device.answered"
    client_id: str
    decision: str
    person_id: str | None = None
