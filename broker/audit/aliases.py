"""Whom an entry points at: in the chain a person is an alias that means nothing once the line that explains it is gone.

An identifier of the diary may be readable (a school chose it), and the fingerprint of an upstream subject can be made again by
whoever has our key and the subject. Neither could ever be taken out of a chain of hashes, so neither goes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from broker.audit.entry import Entry, Record
from broker.audit.event import Actor

PERSON, SUBJECT = "person", "subject"
# Fields of the catalogue that hold a person's identifier, and actors that are people.
PERSON_FIELDS = frozenset({"person_id", "from_person_id", "other_id"})
SUBJECT_FIELDS = frozenset({"subject"})
PEOPLE = frozenset({"person", "staff"})
_KINDS = dict.fromkeys(PERSON_FIELDS, PERSON) | dict.fromkeys(SUBJECT_FIELDS, SUBJECT)
_ALIAS = re.compile(r"~[A-Za-z0-9_-]{22}", re.ASCII)


class Meant(NamedTuple):
    """Who is meant. `kind` is person (`value` is our identifier) or subject (`value` is a fingerprint).

    A tuple, because each event looks several of them up, and C hashes them.
    """

    kind: str
    value: str


def alias_of(token: str) -> str:
    """The alias made of 128 random bits, given as base64url without padding."""
    return f"~{token}"


def is_alias(value: object) -> bool:
    return isinstance(value, str) and _ALIAS.fullmatch(value) is not None


def kind_of(field: str) -> str:
    """What a field of the catalogue points at: person, subject, or "" for neither."""
    return _KINDS.get(field, "")


def meant_by(record: Record) -> Iterator[Meant]:
    """Everybody a record points at, as it was written by a room."""
    if record.actor.kind in PEOPLE and record.actor.id:
        yield Meant(PERSON, record.actor.id)
    for field, value in record.fields.items():
        if field in _KINDS and isinstance(value, str) and value:
            yield Meant(_KINDS[field], value)


def owner_of(record: Record) -> str | None:
    """Whose the subject of a record is, where it says so; with that person it is forgotten."""
    value = record.fields.get("person_id")
    return value if isinstance(value, str) and value and SUBJECT_FIELDS & record.fields.keys() else None


def hidden(record: Record, aliases: Mapping[Meant, str]) -> Record:
    """The record as it enters the chain. `aliases` holds everybody it points at."""
    actor, fields = record.actor, dict(record.fields)
    if actor.kind in PEOPLE and actor.id:
        actor = Actor(actor.kind, aliases[Meant(PERSON, actor.id)])
    for field, value in record.fields.items():
        if field in _KINDS and isinstance(value, str) and value:
            fields[field] = aliases[Meant(_KINDS[field], value)]
    return Record(record.at, record.name, actor, fields)


def aliases_in(entry: Entry) -> Iterator[str]:
    """The aliases an entry holds."""
    values = (entry.actor.id, *(value for field, value in entry.fields.items() if kind_of(field)))
    yield from (value for value in values if is_alias(value))


def explained(entry: Entry, meanings: Mapping[str, str]) -> Entry:
    """The entry for a reader: with identifiers where they are still known. Its hash is of what is in the chain, not of this."""
    record = entry.record
    actor = Actor(record.actor.kind, meanings.get(record.actor.id, record.actor.id))
    fields = {
        field: meanings.get(value, value) if kind_of(field) and isinstance(value, str) else value
        for field, value in record.fields.items()
    }
    return replace(entry, record=replace(record, actor=actor, fields=fields))
