"""The armed faults of one stand, and the fault that the running request has met."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from flask import g

from broker.mock_esia.faults.kinds import ENDPOINTS, names_of

MOST_TIMES = 1000
MOST_SECONDS = 30.0
MOST_ARMED = 200
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """One armed fault.

    `seconds` is the wait of `slow` and `hang`; `code` is what `refusal` refuses with; `client` is the mnemonic of the only
    client that it happens to, or None for all.
    """

    endpoint: str
    kind: str
    seconds: float = 12.0
    client: str | None = None
    code: str = "007005"


class FaultBoard:
    """The armed faults, first in, first out per endpoint and client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[tuple[Fault, int]] = []

    def arm(self, fault: Fault, times: int) -> None:
        """Raises ValueError when too many are armed already."""
        with self._lock:
            if len(self._armed) >= MOST_ARMED:
                raise ValueError(f"{MOST_ARMED} faults are armed already; DELETE /faults first")
            self._armed.append((fault, times))

    def clear(self, client: str | None = None) -> None:
        """Put away the faults of one client, or all."""
        with self._lock:
            self._armed = [] if client is None else [row for row in self._armed if row[0].client != client]

    def armed(self) -> list[dict[str, object]]:
        with self._lock:
            return [_described(fault, times) for fault, times in self._armed]

    def take(self, endpoint: str, client: str) -> Fault | None:
        """The fault of this request, counted down."""
        with self._lock:
            place = next((at for at, (fault, _) in enumerate(self._armed) if _meets(fault, endpoint, client)), None)
            if place is None:
                return None
            fault, times = self._armed.pop(place)
            if times > 1:
                self._armed.insert(place, (fault, times - 1))
            return fault


def _meets(fault: Fault, endpoint: str, client: str) -> bool:
    return fault.endpoint == endpoint and fault.client in (None, client)


def _described(fault: Fault, times: int) -> dict[str, object]:
    special: dict[str, object] = {}
    if fault.client is not None:
        special["client"] = fault.client
    if fault.kind == "refusal":
        special["code"] = fault.code
    return {"endpoint": fault.endpoint, "fault": fault.kind, "times": times, **special}


def read_fault(unverified: object) -> tuple[Fault, int]:
    """A fault and how often, from JSON. Raises ValueError with a sentence for the developer."""
    if not isinstance(unverified, dict):
        raise ValueError("send a JSON object with endpoint and fault")
    endpoint, kind, times = unverified.get("endpoint"), unverified.get("fault"), unverified.get("times", 1)
    if not isinstance(endpoint, str) or endpoint not in ENDPOINTS:
        raise ValueError("endpoint is one of: " + ", ".join(sorted(ENDPOINTS)))
    allowed = names_of(endpoint)
    if not isinstance(kind, str) or kind not in allowed:
        raise ValueError(f"fault of {endpoint} is one of: " + ", ".join(sorted(allowed)))
    if type(times) is not int or not 1 <= times <= MOST_TIMES:
        raise ValueError(f"times is a whole number from 1 to {MOST_TIMES}")
    return Fault(endpoint, kind, _seconds(unverified), _client(unverified), _code(unverified)), times


def _seconds(unverified: dict[object, object]) -> float:
    seconds = unverified.get("seconds", 12)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= MOST_SECONDS:
        raise ValueError(f"seconds is a number from 0 to {MOST_SECONDS:g}")
    return float(seconds)


def _client(unverified: dict[object, object]) -> str | None:
    client = unverified.get("client")
    if client is not None and (not isinstance(client, str) or not 0 < len(client) <= 100):
        raise ValueError("client is the mnemonic of a system")
    return client


def _code(unverified: dict[object, object]) -> str:
    code = unverified.get("code", "007005")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError("code is six digits, such as 007005")
    return code


def fault_of_this_request() -> Fault | None:
    """The armed fault that the running request has met."""
    found: Fault | None = g.get("fault")
    return found


def flaw_of_this_request() -> str | None:
    """The name of the armed fault that the running request has met."""
    found = fault_of_this_request()
    return found.kind if found else None
