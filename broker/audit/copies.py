"""What an entry is found by: copies of its fields that stand in columns of their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.audit.aliases import PERSON_FIELDS, SUBJECT_FIELDS
from broker.audit.entry import Entry

LONGEST_CLIENT = 64
_LONGEST = 128
_OTHERWISE_COPIED = PERSON_FIELDS | SUBJECT_FIELDS | {"client_id"}


def copies_of(entry: Entry) -> dict[str, str | int]:
    """Column name -> value. A value that a column cannot hold is not copied; the field still says it."""
    fields = entry.fields
    person = fields.get("person_id") or (entry.actor.id if entry.actor.kind == "person" else "")
    return {
        "client_id": _text(fields.get("client_id"), LONGEST_CLIENT),
        "person": _text(person, _LONGEST),
        "object": _text(_object(fields), _LONGEST),
        "cause": _cause(fields),
    }


def _object(fields: Mapping[str, Any]) -> Any:
    """What was acted on, beside a person and a service: a key, a case, a session, a grant … The catalogue names it first."""
    for name, value in fields.items():
        if value and (name.endswith("_id") or name == "kid") and name not in _OTHERWISE_COPIED:
            return value
    return ""


def _text(value: Any, longest: int) -> str:
    return value if isinstance(value, str) and len(value) <= longest else ""


def _cause(fields: Mapping[str, Any]) -> int:
    """The real cause of a failure; 0 where nothing failed."""
    causes = fields.get("causes")
    first = causes[0] if isinstance(causes, list) and causes else 0
    found = fields.get("real_cause") or fields.get("cause") or first
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**31 else 0
