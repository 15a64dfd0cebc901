"""Letters to people: how they fare, and sending what waits. Never to whom, and never what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from broker.console.refused import Refused
from broker.messages.courier import Courier, Round
from broker.messages.outbox import Outbox

MOST_LETTERS = 1000
_MOST_ROUNDS = 10_000


def listing(outbox: Outbox, state: str | None, limit: int) -> Mapping[str, Any]:
    """How many letters are in each state, and the newest of them. Raises Refused for a limit outside 1 to 1000."""
    if not 1 <= limit <= MOST_LETTERS:
        raise Refused(f"The limit must be between 1 and {MOST_LETTERS}.")
    letters = [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(letter).items()}
        for letter in outbox.newest(state, limit)
    ]
    return {"counts": outbox.counts(), "letters": letters}


def send(courier: Courier) -> Mapping[str, Any]:
    """Send everything whose time has come."""
    total = Round()
    for _ in range(_MOST_ROUNDS):
        done = courier.send_due()
        if not done.tried:
            break
        total += done
    return asdict(total)
