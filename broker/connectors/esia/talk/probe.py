"""Asking ESIA whether it answers at all, and what its clock says; nobody is signed in by it and nothing of ours is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from broker.connectors.esia.settings import EsiaSettings
from broker.foundation.outside import HttpFailure, HttpRequest, Outside


@dataclass(frozen=True, slots=True)
class Probe:
    """`detail` is static text where it did not answer. `clock` is how far its clock is ahead of ours, None where it did not say;
    its answer has whole seconds, and so has this."""

    at: datetime
    answers: bool
    detail: str = ""
    clock: timedelta | None = None


def probe(settings: EsiaSettings, outside: Outside) -> Probe:
    """Ask its sign-in address for nothing. Any answer below 500 is one: without parameters it may well refuse."""
    at = outside.now()
    try:
        answer = outside.send(HttpRequest("GET", settings.authorization_url))
    except HttpFailure as failure:
        # To be led elsewhere is an answer, too; it is only not followed.
        return Probe(at, answers=failure.kind == "redirect", detail=f"http: {failure.kind}")
    if answer.status >= 500:
        return Probe(at, answers=False, detail=f"http: status {answer.status}")
    said = _instant(answer.headers.get("date", ""))
    # Half of the way there and back would be nearer to the truth, but the answer has whole seconds anyway.
    return Probe(at, answers=True, clock=None if said is None else timedelta(seconds=round((said - at).total_seconds())))


def _instant(unverified_date: str) -> datetime | None:
    """The date of an answer (RFC 9110 6.6.1)."""
    try:
        found = parsedate_to_datetime(unverified_date)
    except (ValueError, TypeError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
