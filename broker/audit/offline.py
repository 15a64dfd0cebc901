"""Verifying an export with nothing but our public key: no database, no settings, no network, one line at a time.

Whoever trusts neither us nor this file can write another one from docs/audit-format.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from broker.audit.checkpoint import MANIFEST_TYPE, AuditKey, Checkpoint, Forged, PublicKeys, require_thumbprint
from broker.audit.entry import NOWHERE, ChainBroken, Head, require_chain
from broker.audit.export_lines import (
    read_document,
    read_entry,
    read_head,
    read_header,
    read_key,
    read_line,
)

_MADE = "checkpoint.made"


@dataclass(frozen=True, slots=True)
class Report:
    """What the walk through a file found. `line` is the first one at fault (from 1), `problem` says of it what is wrong."""

    lines: int
    entries: int
    checkpoints: int
    base: Head
    end: Head
    made_at: datetime | None
    kid: str
    line: int | None = None
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        return self.line is None


@dataclass
class _Walk:
    """What was learnt from the lines so far."""

    trusted: PublicKeys | None
    noted: Checkpoint | None
    lines: int = 0
    entries: int = 0
    checkpoints: int = 0
    base: Head = NOWHERE
    end: Head = NOWHERE
    keys: list[AuditKey] = field(default_factory=list)
    last: Checkpoint | None = None
    made_at: datetime | None = None
    kid: str = ""
    digest: Any = field(default_factory=hashlib.sha256)
    began: bool = False

    def report(self, line: int | None = None, problem: str = "") -> Report:
        found = (self.lines, self.entries, self.checkpoints, self.base, self.end, self.made_at, self.kid)
        return Report(*found, line, problem)


def verify_lines(unverified_lines: Iterable[bytes], trusted: PublicKeys | None = None, noted: Checkpoint | None = None) -> Report:
    """Walk through an export; the first fault ends the walk. Lines are taken one at a time, whatever the length of the file.

    `trusted` are the public keys that somebody keeps of us: one of them must have signed the manifest. Without them only this is
    proven: that the file fits together. `noted` is a checkpoint that somebody keeps, already verified: the chain of the file must
    go through it, so an older export cannot be passed off as the present one.
    """
    walk = _Walk(trusted, noted)
    for line in unverified_lines:
        try:
            if walk.made_at is not None:
                raise Forged("follows the manifest, which is the last line")
            _see(walk, line)
        except Forged as forged:
            return walk.report(walk.lines + 1, forged.problem)
        except ChainBroken as broken:
            return walk.report(walk.lines + 1, f"stands where entry {broken.seq} {broken.problem}")
        walk.lines += 1
    if walk.made_at is None:
        return walk.report(walk.lines + 1, "is missing: the end of the file was cut off")
    return walk.report()


def _see(walk: _Walk, line: bytes) -> None:
    value = read_line(line)
    kind = str(value.get("type"))
    if (kind == "header") != (walk.lines == 0) or (kind == "key" and walk.began):
        raise Forged("stands in the wrong place")
    if kind not in _READERS:
        raise Forged("is of a kind that we do not write")
    walk.began = walk.began or kind not in ("header", "key")
    _READERS[kind](walk, value)
    walk.digest.update(line)


def _header(walk: _Walk, value: Mapping[str, Any]) -> None:
    walk.base = walk.end = read_header(value)


def _key(walk: _Walk, value: Mapping[str, Any]) -> None:
    key = read_key(value)
    require_thumbprint(key.jwk)
    walk.keys.append(key)


def _entry(walk: _Walk, value: Mapping[str, Any]) -> None:
    entry = read_entry(value)
    walk.end = require_chain((entry,), walk.end)
    walk.entries += 1
    if walk.noted is not None and walk.noted.seq == entry.seq:
        _require_same(walk.noted.head, walk.end, "is not the entry that your checkpoint is about")
    if entry.name == _MADE:
        _require_checkpoint(walk, entry.fields)


def _require_checkpoint(walk: _Walk, fields: Mapping[str, Any]) -> None:
    """The chain tells of every checkpoint, so none can be left out of the file."""
    told = (fields.get("number"), fields.get("through_seq"))
    is_here = walk.last is not None and (walk.last.number, walk.last.seq) == told
    if not is_here and isinstance(told[1], int) and told[1] >= walk.base.seq:
        raise Forged(f"tells of checkpoint {told[0]}, which is missing before this line")


def _checkpoint(walk: _Walk, value: Mapping[str, Any]) -> None:
    found = PublicKeys(walk.keys).checkpoint(read_document(value))
    _require_same(found.head, walk.end, "is a checkpoint that the entries before it do not fit")
    if walk.last is not None:
        is_next = found.number == walk.last.number + 1
        if not is_next or not hmac.compare_digest(found.previous, walk.last.fingerprint):
            raise Forged("is a checkpoint that does not follow the one before it")
    walk.last = found
    walk.checkpoints += 1


def _manifest(walk: _Walk, value: Mapping[str, Any]) -> None:
    keys = PublicKeys(walk.keys) if walk.trusted is None else walk.trusted
    kid, claims = keys.claims(read_document(value), MANIFEST_TYPE)
    said = (claims.get("lines"), claims.get("digest"), claims.get("checkpoints"))
    if said != (walk.lines, walk.digest.hexdigest(), walk.checkpoints):
        raise Forged("is a manifest of another file, or a line before it was changed")
    _require_same(read_head(claims.get("base")), walk.base, "is a manifest of another beginning")
    _require_same(read_head(claims.get("end")), walk.end, "is a manifest of another end")
    if walk.noted is not None and not walk.base.seq <= walk.noted.seq <= walk.end.seq:
        raise Forged(f"ends a file without entry {walk.noted.seq}, which your checkpoint is about")
    walk.kid, walk.made_at = kid, datetime.fromisoformat(claims["at"])


def _require_same(said: Head, found: Head, problem: str) -> None:
    if said.seq != found.seq or not hmac.compare_digest(said.hash.encode("utf-8"), found.hash.encode("utf-8")):
        raise Forged(problem)


_READERS: Mapping[str, Callable[[_Walk, Mapping[str, Any]], None]] = {
    "header": _header,
    "key": _key,
    "entry": _entry,
    "checkpoint": _checkpoint,
    "manifest": _manifest,
}
