"""The lines of an export, written and read: JSON Lines, one value a line, one way to write it (docs/audit-format.md). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.audit.checkpoint import AuditKey, Forged, instant
from broker.audit.entry import Entry, Head, Record
from broker.audit.event import Actor
from broker.foundation.encoding import b64url, canonical_json, from_b64url

FORMAT = 1
LONGEST_LINE = 65_536
_HASH_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the last line signs: how many lines are before it, their SHA-256 (hex), and where the chain in them ends."""

    lines: int
    digest: str
    first: Head
    last: Head
    checkpoints: int
    at: datetime

    def claims(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "digest": self.digest,
            "base": [self.first.seq, self.first.hash],
            "end": [self.last.seq, self.last.hash],
            "checkpoints": self.checkpoints,
            "at": instant(self.at),
        }


def line_of(value: Mapping[str, Any]) -> bytes:
    """A value as the line it is."""
    return canonical_json(value) + b"\n"


def header(issuer: str, at: datetime, base: Head) -> dict[str, Any]:
    """The first line: whose journal, and which entry the first one follows."""
    return {"type": "header", "format": FORMAT, "issuer": issuer, "at": instant(at), "base": [base.seq, base.hash]}


def key_line(key: AuditKey) -> dict[str, Any]:
    """A public key of the journal with its history."""
    told = {"type": "key", "jwk": dict(key.jwk), "state": key.state, "made_at": instant(key.made_at)}
    return told | {"moved_at": instant(key.moved_at)}


def entry_line(entry: Entry) -> dict[str, Any]:
    """An entry with everything that its hash is over."""
    return {
        "type": "entry",
        "seq": entry.seq,
        "at": instant(entry.at),
        "name": entry.name,
        "actor": [entry.actor.kind, entry.actor.id],
        "fields": dict(entry.fields),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def document_line(kind: str, document: str) -> dict[str, Any]:
    """A checkpoint or the manifest: a compact JWS (RFC 7515 7.1)."""
    return {"type": kind, "document": document}


def read_line(unverified_line: bytes) -> Mapping[str, Any]:
    """A line as a value with a `type`.

    Raises:
        Forged: it is not written exactly as we would write it, so we did not write it.
    """
    if len(unverified_line) > LONGEST_LINE:
        raise Forged("is longer than any line of ours")
    try:
        value = json.loads(unverified_line)
        if not isinstance(value, dict) or line_of(value) != unverified_line:
            raise Forged("is not written as we write lines")
    except (ValueError, RecursionError):
        raise Forged("is not written as we write lines") from None
    return value


def read_header(value: Mapping[str, Any]) -> Head:
    """Which entry the first one of the file follows."""
    if value.get("format") != FORMAT:
        raise Forged("is of a format that this release does not know")
    return read_head(value.get("base"))


def read_head(value: object) -> Head:
    """A place in the chain, as the header and the manifest say it."""
    match value:
        case [int(seq), str(found)] if seq >= 0 and len(found) == _HASH_LENGTH:
            return Head(seq, found)
    raise Forged("does not say where the chain is")


def read_key(value: Mapping[str, Any]) -> AuditKey:
    """A key line."""
    try:
        jwk = {str(name): str(part) for name, part in value["jwk"].items()}
        moments = (datetime.fromisoformat(value[name]) for name in ("made_at", "moved_at"))
        return AuditKey(jwk, str(value["state"]), *moments)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Forged("is not a key of the journal") from None


def read_entry(value: Mapping[str, Any]) -> Entry:
    """An entry line."""
    match value:
        case {
            "seq": int(seq), "at": str(at), "name": str(name), "actor": [str(kind), str(actor)],
            "fields": dict(fields), "previous": str(previous), "hash": str(found),
        }:  # fmt: skip
            try:
                moment = datetime.fromisoformat(at)
            except ValueError:
                raise Forged("has an instant that is none") from None
            if moment.tzinfo is None or instant(moment) != at:
                raise Forged("has an instant that is none")
            return Entry(seq, Record(moment, name, Actor(kind, actor), fields), previous, found)
    raise Forged("is not an entry")


def read_document(value: Mapping[str, Any]) -> str:
    """The JWS of a checkpoint or manifest line."""
    document = value.get("document")
    if not isinstance(document, str) or set(value) != {"type", "document"}:
        raise Forged("is not a signed line")
    try:
        # The last letter of base64 has bits that mean nothing: another letter there would be the same signature, spelt otherwise.
        is_ours = ".".join(b64url(from_b64url(part)) for part in document.split(".")) == document
    except ValueError:
        is_ours = False
    if not is_ours:
        raise Forged("is not a signed line")
    return document
