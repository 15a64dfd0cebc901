"""JSON that a relying party sent: small, shallow, no name twice, no numbers that JSON does not have (RFC 8259 4)."""

from __future__ import annotations

import json
from typing import Any, NoReturn

_MAX_DEPTH = 8


class BadJson(ValueError):
    """Not JSON, or JSON that two readers could understand differently."""


def strict_json(text: str) -> Any:
    """The value.

    Raises:
        BadJson: with nothing of the text in it.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_no_constant)
        # JSON can spell half a character (a lone surrogate, RFC 8259 8.2), which nothing could write down later.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadJson("not JSON") from error
    _require_shallow(value, _MAX_DEPTH)
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("a name twice")
    return found


def _no_constant(_: str) -> NoReturn:
    raise BadJson("not a number of JSON")


def _require_shallow(value: Any, depth: int) -> None:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if inner and depth == 0:
        raise BadJson("too deep")
    for each in inner:
        _require_shallow(each, depth - 1)
