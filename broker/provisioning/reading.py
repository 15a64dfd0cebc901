"""Reading the body of a request: SCIM's JSON, of a bounded size and depth."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from flask import Request
from scim2_models import Error as ScimError
from scim2_models import InvalidSyntaxException, PayloadTooLargeException, SCIMException
from werkzeug.exceptions import RequestEntityTooLarge

from broker.provisioning.discovery import MOST_BYTES
from broker.provisioning.refusals import ours

_MOST_DEPTH: Final = 20
# No text of a card or path of a patch is as long; the time of reading a path grows with its length.
_LONGEST_TEXT: Final = 2000
_TYPES: Final = ("application/scim+json", "application/json")


def body_of(request: Request) -> dict[str, Any]:
    """The object in the body of a request.

    Raises:
        SCIMException: 415, 413, invalidSyntax.
    """
    if request.mimetype not in _TYPES:
        error = ScimError(status=415, detail="The body must be application/scim+json")
        refused = SCIMException.from_error(error)
        refused.context["is_ours"] = True
        raise refused
    # The limit of all pages is too small for a bulk.
    request.max_content_length = MOST_BYTES
    try:
        raw = request.get_data(cache=False)
        found = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except RequestEntityTooLarge:
        raise ours(PayloadTooLargeException, f"The body may have at most {MOST_BYTES} bytes") from None
    except (ValueError, RecursionError):
        raise ours(InvalidSyntaxException, "The body cannot be read as JSON") from None
    if not isinstance(found, dict):
        raise ours(InvalidSyntaxException, "The body must be a JSON object")
    _require_shallow(found)
    return found


def _refuse(_constant: str) -> NoReturn:
    # NaN and Infinity are not JSON (RFC 8259 6).
    raise ValueError


def _require_shallow(found: object) -> None:
    level = [found]
    for _ in range(_MOST_DEPTH):
        if any(isinstance(one, str) and len(one) > _LONGEST_TEXT for one in level):
            raise ours(InvalidSyntaxException, f"A text has at most {_LONGEST_TEXT} signs")
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inside(one)]
        if not level:
            return
    raise ours(InvalidSyntaxException, "The body is nested too deeply")


def _inside(one: Any) -> list[Any]:
    return list(one.values()) if isinstance(one, dict) else one
