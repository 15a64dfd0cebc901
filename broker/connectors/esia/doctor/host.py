"""The host: whether it answers, by which TLS, and how its clock differs from ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from broker.connectors.esia.doctor.findings import Finding
from broker.connectors.esia.doctor.instruments import Instruments
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse

_SERVER_ERROR = 500
# The answer has whole seconds only; screens.md A6 wants to be told from two seconds on.
_DRIFT = timedelta(seconds=2)


def look_at_tls_of(tools: Instruments) -> Finding:
    """Version, chain, name and last day."""
    parts = urlsplit(tools.settings.base_url)
    if parts.scheme != "https":
        return Finding("tls", "tls_none")
    seen = tools.look_at_tls(parts.hostname or "", parts.port or 443)
    if seen.problem:
        return Finding("tls", f"tls_{seen.problem}")
    day = f"{seen.ends_at:%Y-%m-%d}" if seen.ends_at else ""
    return Finding("tls", "tls_fine", {"version": seen.version, "day": day})


def look_at_host(tools: Instruments) -> Iterator[Finding]:
    """One request without parameters; any answer below 500 is one."""
    before = tools.outside.now()
    try:
        answer = asked(tools, tools.settings.authorization_url)
    except HttpFailure as failure:
        yield Finding("host", "host_silent", {"why": failure.kind})
        yield Finding("clock", "not_reached")
        return
    if answer.status >= _SERVER_ERROR:
        yield Finding("host", "host_error", {"status": str(answer.status)})
    else:
        yield Finding("host", "host_answers")
    yield _clock(tools, answer.headers.get("date", ""), before)


def asked(tools: Instruments, url: str) -> HttpResponse:
    """The answer to a GET, one that leads elsewhere included.

    Raises:
        HttpFailure: there is none.
    """
    try:
        return tools.outside.send(HttpRequest("GET", url))
    except HttpFailure as failure:
        if failure.answer is None:
            raise
        return failure.answer


def _clock(tools: Instruments, unverified_date: str, before: datetime) -> Finding:
    """ESIA's clock may have ticked anywhere between asking and hearing (RFC 9110 6.6.1: whole seconds)."""
    try:
        said = parsedate_to_datetime(unverified_date)
    except (ValueError, TypeError):
        return Finding("clock", "clock_unknown")
    said = said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    after = tools.outside.now()
    ahead, behind = said - after, before - (said + timedelta(seconds=1))
    off = max(ahead, behind, timedelta(0))
    facts = {"seconds": str(round(off.total_seconds()))}
    if off > tools.settings.clock_leeway:
        return Finding("clock", "clock_off", facts)
    return Finding("clock", "clock_drifts" if off >= _DRIFT else "clock_fine", facts)
