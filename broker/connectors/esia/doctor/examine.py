"""The whole examination, and the rehearsal of a change of certificates."""

from __future__ import annotations

from collections.abc import Iterator

from broker.connectors.esia.doctor.findings import Finding, Report, State
from broker.connectors.esia.doctor.host import look_at_host, look_at_tls_of
from broker.connectors.esia.doctor.instruments import Instruments
from broker.connectors.esia.doctor.ours import (
    NEXT,
    PRESENT,
    look_at_certificate,
    look_at_settings,
    look_at_signer,
    settings_for,
)
from broker.connectors.esia.doctor.theirs import look_at_archive, look_at_theirs
from broker.connectors.esia.doctor.trial import try_request, try_token


def examine(tools: Instruments) -> Report:
    """Look at everything, from what is ours to what ESIA says of it. Nobody is signed in; ESIA sees two requests of ours, the
    second of which it refuses."""
    at = tools.outside.now()
    return Report(at, tuple(_findings(tools)))


def rehearse(tools: Instruments) -> Report:
    """The two requests with the next certificate, before its day.

    Raises:
        ValueError: the settings name no next certificate.
    """
    if tools.settings.next_certificate_day is None:
        raise ValueError("there is no change to rehearse: esia.next_certificate_from is empty")
    at = tools.outside.now()
    return Report(at, tuple(_tried(tools, NEXT, [])))


def _findings(tools: Instruments) -> Iterator[Finding]:
    seen: list[Finding] = []
    for one in look_at_settings(tools.settings):
        seen.append(one)
        yield one
    if _is_wrong(seen):
        return
    for one in (*look_at_theirs(tools), look_at_tls_of(tools), *look_at_host(tools)):
        seen.append(one)
        yield one
    has_answer = not _is_wrong(seen, "host")
    yield look_at_archive(tools) if has_answer else Finding("archive", "not_reached")
    in_the_way = [one for one in seen if one.check in ("esia_certificates", "host", "tls") and one.code != "theirs_ended"]
    yield from _tried(tools, PRESENT, in_the_way)
    if tools.settings.next_certificate_day is not None:
        yield look_at_certificate(tools.settings, NEXT, tools.outside.now())
        yield look_at_signer(tools, NEXT)


def _tried(tools: Instruments, which: str, before: list[Finding]) -> Iterator[Finding]:
    """Certificate, signer and the two requests of one pair. An ended certificate is tried all the same: ESIA's word counts."""
    yield look_at_certificate(tools.settings, which, tools.outside.now())
    signer = look_at_signer(tools, which)
    yield signer
    if _is_wrong([*before, signer]):
        yield Finding("request", "not_reached")
        yield Finding("token_request", "not_reached")
        return
    settings = settings_for(tools.settings, which)
    yield try_request(tools, settings)
    yield try_token(tools, settings)


def _is_wrong(findings: list[Finding], check: str = "") -> bool:
    return any(one.state is State.WRONG for one in findings if not check or one.check == check)
