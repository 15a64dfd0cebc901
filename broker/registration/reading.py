"""The body of a registration as it comes: one JSON object, strictly (RFC 7591 3.1, RFC 8259)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from broker.registration.refusals import unsound

Metadata = Mapping[str, Any]

_MEDIA_TYPE = "application/json"
_MAX_BYTES = 65_536


def metadata_of(content_type: str, unverified_body: bytes) -> Metadata:
    """The members of the object that have a value: null is the same as nothing (RFC 7592 2.2).

    Raises:
        RegistrationRefused: not JSON, not an object, a name twice, a number or a text that JSON does not have.
    """
    if content_type.partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise unsound("The body must be application/json.")
    if len(unverified_body) > _MAX_BYTES:
        raise unsound("The body is too long.")
    try:
        found = json.loads(
            unverified_body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number, parse_float=_number
        )
        # Halves of surrogate pairs can be written in JSON and in no database.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise unsound("The body must be a JSON object in UTF-8 that holds every name once.") from None
    if not isinstance(found, dict):
        raise unsound("The body must be a JSON object.")
    return {name: value for name, value in found.items() if value is not None}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def _no_number(_word: str) -> float:
    raise ValueError("not a number")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number
