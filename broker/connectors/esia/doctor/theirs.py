"""What is ESIA's: the certificates of its tokens that we hold, and those that it publishes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from broker.connectors.esia.doctor.findings import Finding
from broker.connectors.esia.doctor.instruments import Instruments
from broker.connectors.esia.doctor.ours import SOON
from broker.connectors.esia.tokens.certificate import EsiaCertificate
from broker.connectors.esia.tokens.certificate_files import certificates_in_archive
from broker.connectors.esia.tokens.held import read_held
from broker.foundation.outside import HttpFailure, HttpRequest

_SHOWN = 16


def look_at_theirs(tools: Instruments) -> Iterator[Finding]:
    """For each algorithm we accept: how many, and until when the last counts."""
    try:
        held = read_held(tools.settings)
    except ValueError as broken:
        yield Finding("esia_certificates", "theirs_unreadable", {"sentence": str(broken)})
        return
    now, grace = tools.outside.now(), tools.settings.esia_certificate_grace
    for algorithm in tools.settings.algorithms:
        fitting = [one for one in held if one.algorithm == algorithm]
        last = max(one.ends_at for one in fitting)
        facts = {"algorithm": algorithm, "day": f"{last:%Y-%m-%d}", "path": tools.settings.archive_path}
        if not any(one.is_believed(now, grace) for one in fitting):
            yield Finding("esia_certificates", "theirs_ended", facts)
        elif last - now <= SOON:
            yield Finding("esia_certificates", "theirs_end_soon", facts | {"days": str(max(0, (last - now).days))})
        else:
            counted = {"count": str(len(fitting)), "hashes": _shown(fitting)}
            yield Finding("esia_certificates", "theirs_fine", facts | counted)


def look_at_archive(tools: Instruments) -> Finding:
    """Whether ESIA publishes a certificate that we do not hold: then it is about to change, or has changed."""
    path = tools.settings.archive_path
    try:
        answer = tools.outside.send(HttpRequest("GET", tools.settings.base_url + path))
    except HttpFailure as failure:
        return Finding("archive", "archive_unreadable", {"why": failure.kind, "path": path})
    if answer.status == 404:
        return Finding("archive", "archive_absent", {"path": path})
    try:
        published = certificates_in_archive(answer.body, tools.settings.esia_archive_word)
    except ValueError as broken:
        return Finding("archive", "archive_unreadable", {"why": f"it {broken}", "path": path})
    now = tools.outside.now()
    wanted = [one for one in published if one.algorithm in tools.settings.algorithms and one.ends_at > now]
    facts = {"path": path, "digest": sha256(answer.body).hexdigest(), "count": str(len(wanted))}
    if not wanted:
        return Finding("archive", "archive_empty", facts | {"word": tools.settings.esia_archive_word or "anything"})
    missing = [one for one in wanted if one.thumbprint not in _held(tools)]
    return Finding("archive", "archive_has_more" if missing else "archive_same", facts | {"hashes": _shown(missing)})


def _held(tools: Instruments) -> frozenset[str]:
    try:
        return frozenset(one.thumbprint for one in read_held(tools.settings))
    except ValueError:
        return frozenset()


def _shown(certificates: list[EsiaCertificate]) -> str:
    """Their hashes, Streebog-256, shortened as nobody compares 64 letters by eye."""
    return ", ".join(f"{one.thumbprint[:_SHOWN]}… until {one.ends_at:%Y-%m-%d}" for one in certificates)
