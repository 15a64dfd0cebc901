"""How a service stands, in words of the pages: state, days that keys have left, what went wrong of late."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from broker.audit.entry import OfClient
from broker.clients.client import Client, lives
from broker.console.developers.public_keys import is_over, key_days
from broker.console.developers.room import DevRoom
from broker.registration.records_store import NAME_REFUSED, NAME_WAITS

KEPT_FOR: Final = timedelta(days=30)
SIGNED_IN: Final = ("login.finished", "tokens.issued")
REFUSED: Final = "login.refused"
MISTAKE: Final = "request.refused"
_DECIDED: Final = "registrar.decided"
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_COUNTED: Final = 500
# The step at which a cause of each thousand stops a sign-in, and those that differ.
_STEP_OF_GROUP: Final = {2: "upstream", 3: "match", 4: "match", 7: "request", 9: "person"}
_STEP_OF_CAUSE: Final = {7005: "consent", 7012: "consent", 7009: "person", 7008: "person"}
# Until it was said what a page showed, only the real cause was kept; which of these it was is the person's affair.
_HIDDEN: Final = range(3100, 3200)
_NOT_FOUND: Final = 3101


@dataclass(frozen=True, slots=True)
class State:
    """`word` is a key under `dev.state`, `reason` one under `dev.rejected`."""

    word: str
    reason: str = ""


def state_of(room: DevRoom, client: Client) -> State:
    """Whether the service works, waits, was paused or rejected."""
    record = room.records.find(client.client_id)
    name_state = record.name_state if record is not None else ""
    if client.waiting_scopes or name_state == NAME_WAITS:
        return State("waiting")
    decided = room.journal.of_client(OfClient(client.client_id, (_DECIDED,), _EVER), 1)
    if name_state == NAME_REFUSED or (decided and not decided[0].fields.get("approved", True)):
        # Some of its data were refused, and it works without them.
        word = "partly" if client.is_enabled else "rejected"
        return State(word, str(decided[0].fields.get("grounds", "")) if decided else "")
    return State("active" if client.is_enabled else "paused")


def last_sign_in(room: DevRoom, client: Client) -> datetime | None:
    """When somebody last signed in, within the days that are shown."""
    found = room.journal.of_client(OfClient(client.client_id, SIGNED_IN, room.outside.now() - KEPT_FOR), 1)
    return found[0].at if found else None


def failures(room: DevRoom, client: Client) -> tuple[tuple[str, int], ...]:
    """What went wrong in a day, by cause, the most frequent first."""
    since = room.outside.now() - timedelta(days=1)
    found = room.journal.of_client(OfClient(client.client_id, (REFUSED, MISTAKE), since), _MOST_COUNTED)
    shown = (cause_shown(dict(entry.fields)) for entry in found)
    counted = Counter(str(cause) for cause in shown if cause)
    return tuple(counted.most_common(3))


def cause_shown(fields: dict[str, object]) -> int:
    """The cause that the page of a refusal showed: the real one may be the school's secret."""
    shown, real = fields.get("shown", 0), fields.get("cause", 0)
    if isinstance(shown, int) and shown:
        return shown
    if not isinstance(real, int):
        return 0
    return _NOT_FOUND if "shown" not in fields and real in _HIDDEN else real


def step_of(cause: int) -> str:
    """Where a sign-in stopped, a key under `dev.step`."""
    return _STEP_OF_CAUSE.get(cause) or _STEP_OF_GROUP.get(cause // 1000, "page")


def first_end(room: DevRoom, client: Client) -> int | None:
    """The days that the first key or secret to end has left; None when none ends."""
    now = room.outside.now()
    days = [key_days(key, now) for key in client.jwks.get("keys", ()) if not is_over(key, now)]
    days += [(secret.ends_at - now).days for secret in client.secrets if secret.ends_at is not None and lives(secret, now)]
    return min((found for found in days if found is not None), default=None)
