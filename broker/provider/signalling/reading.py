"""What services send to the addresses of Shared Signals, made sound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Request

from broker.clients.addresses import BadAddress, require_address
from broker.provider.request.strict_json import BadJson, strict_json
from broker.signals.events import METHOD_OF, POLL, PUSH, STATUSES, SUPPORTED
from broker.signals.stream import Stream

_MAX_BODY, _MAX_TEXT, _MAX_EVENTS, _MAX_HEADER, _MAX_SUB, _MAX_JTI = 16_384, 256, 50, 1000, 255, 36
_PRINTED = re.compile(r"[ -~]+", re.ASCII)
_DELIVERY_OF = {method: word for word, method in METHOD_OF.items()}
# What the receiver may decide about a stream (OpenID SSF 1.0, 8.1.1).
_OF_RECEIVER = ("events_requested", "delivery", "description")


class BadInput(Exception):
    """What was sent will not do. `reason` is static text of ours."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Polled:
    """A request to fetch (RFC 8936 2.2): how many at most, what was taken, what went wrong by identifier."""

    at_most: int | None
    taken: tuple[str, ...]
    trouble: tuple[str, ...]


def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request.

    Raises:
        BadInput: not JSON, not an object, too large, or a name twice.
    """
    if request.mimetype != "application/json":
        raise BadInput("the body must be application/json")
    raw = request.get_data(cache=False)
    if len(raw) > _MAX_BODY:
        raise BadInput("the body is too large")
    try:
        found = strict_json(raw.decode("utf-8"))
    except (BadJson, UnicodeDecodeError):
        raise BadInput("the body is not sound JSON") from None
    if not isinstance(found, dict):
        raise BadInput("the body must be a JSON object")
    return found


def text_in(body: Mapping[str, Any], name: str, longest: int = _MAX_TEXT) -> str:
    """A member that is a text, "" when it is not there.

    Raises:
        BadInput: it is something else, or too long.
    """
    found = body.get(name, "")
    if not isinstance(found, str) or len(found) > longest or not found.isprintable():
        raise BadInput(f"{name} must be a short text")
    return found


def shaped(stream: Stream, body: Mapping[str, Any], described: Mapping[str, Any], *, is_whole: bool) -> Stream:
    """A stream as its service wants it. `described` is what we say of it now; with `is_whole` what is left out is forgotten.

    Raises:
        BadInput: a member is not sound, or one that only we decide has another value (OpenID SSF 1.0, 8.1.1.3).
    """
    ours = {name: value for name, value in described.items() if name not in _OF_RECEIVER}
    if any(name in body and body[name] != value for name, value in ours.items()):
        raise BadInput("a member that only the transmitter decides has another value")
    blank = replace(stream, requested=(), description="", delivery=POLL, endpoint_url="", authorization="")
    found = blank if is_whole else stream
    if "events_requested" in body:
        found = replace(found, requested=_events(body["events_requested"]))
    if "description" in body:
        found = replace(found, description=text_in(body, "description"))
    return _delivered(found, body["delivery"]) if "delivery" in body else found


def _events(asked: Any) -> tuple[str, ...]:
    if not isinstance(asked, list) or len(asked) > _MAX_EVENTS or not all(isinstance(one, str) for one in asked):
        raise BadInput("events_requested must be a list of event types")
    return tuple(event for event in SUPPORTED if event in asked)


def _delivered(stream: Stream, asked: Any) -> Stream:
    if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
        raise BadInput("delivery must be an object with a method")
    way = _DELIVERY_OF.get(asked["method"])
    if way is None:
        raise BadInput("delivery.method is not supported")
    if way == POLL:
        # Where to fetch is ours to say.
        return replace(stream, delivery=POLL, endpoint_url="", authorization="")
    address, header = asked.get("endpoint_url"), asked.get("authorization_header", "")
    if not isinstance(address, str):
        raise BadInput("delivery.endpoint_url is missing")
    try:
        require_address(address, is_public=False)
    except BadAddress:
        raise BadInput("delivery.endpoint_url is not an address that we post to") from None
    if not isinstance(header, str) or len(header) > _MAX_HEADER or (header and not _PRINTED.fullmatch(header)):
        raise BadInput("delivery.authorization_header must be plain text")
    return replace(stream, delivery=PUSH, endpoint_url=address, authorization=header)


def status_in(body: Mapping[str, Any]) -> tuple[str, str]:
    """Status and reason.

    Raises:
        BadInput: not a status.
    """
    status = body.get("status")
    if status not in STATUSES:
        raise BadInput("status must be enabled, paused or disabled")
    return str(status), text_in(body, "reason")


def subject_in(body: Mapping[str, Any], issuer: str) -> str:
    """The `sub` of somebody, by which alone a service can name a person to us (RFC 9493 3.2.3).

    Raises:
        BadInput: another kind of subject, or of another issuer.
    """
    subject = body.get("subject")
    if not isinstance(subject, dict) or subject.get("format") != "iss_sub" or set(subject) != {"format", "iss", "sub"}:
        raise BadInput("subject must be of the format iss_sub")
    sub = subject["sub"]
    if subject["iss"] != issuer or not isinstance(sub, str) or len(sub) > _MAX_SUB or not _PRINTED.fullmatch(sub):
        raise BadInput("subject is not one of this issuer")
    return sub


def polled_in(body: Mapping[str, Any]) -> Polled:
    """A request to fetch.

    Raises:
        BadInput: a member is not sound.
    """
    at_most, taken, trouble = body.get("maxEvents"), body.get("ack", []), body.get("setErrs", {})
    if at_most is not None and (isinstance(at_most, bool) or not isinstance(at_most, int) or at_most < 0):
        raise BadInput("maxEvents must be a number")
    if not isinstance(body.get("returnImmediately", False), bool):
        raise BadInput("returnImmediately must be true or false")
    if not isinstance(taken, list) or not all(isinstance(one, str) for one in taken) or not isinstance(trouble, dict):
        raise BadInput("ack must be a list and setErrs an object")
    return Polled(at_most, _possible(taken), _possible(trouble))


def _possible(named: Iterable[str]) -> tuple[str, ...]:
    """Without what cannot be an identifier of ours and which no database would look for; unknown ones are passed over."""
    return tuple(one for one in named if len(one) <= _MAX_JTI and _PRINTED.fullmatch(one))
