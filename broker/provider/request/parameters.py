"""Reading a request's parameters: the one place where they stop being whatever somebody sent.

Nothing is refused here. What is wrong with a parameter is noted, because whether the client may be told depends on what else the
request holds (broker/provider/request/checks.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from types import MappingProxyType
from urllib.parse import unquote

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_REQUEST = 16_384
_MAX_FIELDS = 100
_MAX_VALUE = 2_048
# These carry whole tokens or JSON.
_LONG = frozenset({
    "id_token_hint", "client_assertion", "claims", "request", "authorization_details", "token", "subject_token", "actor_token",
    "access_token",
})  # fmt: skip
_MAX_LONG = 8_192
# The only parameters that may stand several times in a request (RFC 8707 2, RFC 8693 2.1).
REPEATABLE = frozenset({"resource", "audience"})
_MAX_REPEATED = 10
_FORM = "application/x-www-form-urlencoded"


class UnreadableBody(Exception):
    """The body is not a form, or is too large to be one. `reason` is static text."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Parameters:
    """Sound values by name, and the names of those that are not: repeated, too long, or not clean UTF-8 text.

    `lists` holds all values of the parameters that may be repeated; of these `values` has the first.
    """

    values: Mapping[str, str]
    unsound: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The value, None when it is absent, empty or unsound."""
        return self.values.get(name)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be repeated, in the order sent; empty when it is absent or unsound."""
        return self.lists.get(name, ())


def query_parameters(request: Request) -> Parameters:
    """The parameters of the address."""
    return _parameters(request.query_string)


def form_parameters(request: Request) -> Parameters:
    """The parameters of a form body; those of the address do not count.

    Raises:
        UnreadableBody: another content type (RFC 6749 3.2, appendix B) or too large.
    """
    if request.mimetype != _FORM:
        raise UnreadableBody("the body must be application/x-www-form-urlencoded")
    try:
        return _parameters(_body(request))
    except RequestEntityTooLarge as error:
        raise UnreadableBody("the request is too large") from error


def _body(request: Request) -> bytes:
    """The whole body. From a server that says where it ends it is read at once: the framework's limited streams cost more than
    all the rest of reading a form.

    Raises:
        RequestEntityTooLarge: it is longer than `MAX_REQUEST`.
    """
    environ = request.environ
    if "wsgi.input_terminated" not in environ:
        request.max_content_length = MAX_REQUEST
        return request.get_data(cache=True)
    raw: bytes = environ["wsgi.input"].read(MAX_REQUEST + 1)
    if len(raw) > MAX_REQUEST:
        raise RequestEntityTooLarge
    # For whoever reads it again.
    environ["wsgi.input"] = BytesIO(raw)
    return raw


def _parameters(raw: bytes) -> Parameters:
    """Parsed here rather than by the framework, which would let undecodable bytes pass as their escapes."""
    if len(raw) > MAX_REQUEST or raw.count(b"&") >= _MAX_FIELDS:
        return Parameters({}, MappingProxyType({"request": "is too large"}))
    lists: dict[str, list[str]] = {}
    for name, value in _pairs(raw.decode("utf-8", "replace")):
        lists.setdefault(name, []).append(value)
    values: dict[str, str] = {}
    unsound: dict[str, str] = {}
    repeated: dict[str, tuple[str, ...]] = {}
    for name, sent in lists.items():
        if len(sent) == 1 and name not in REPEATABLE and is_plain(sent[0]):
            if sent[0]:
                values[name] = sent[0]
            continue
        problem = _problem(name, sent)
        # A parameter without a value counts as absent (RFC 6749 3.1).
        if problem is not None:
            unsound[name] = problem
        elif name not in REPEATABLE:
            if sent[0]:
                values[name] = sent[0]
        elif found := tuple(value for value in sent if value):
            values[name], repeated[name] = found[0], found
    return Parameters(MappingProxyType(values), MappingProxyType(unsound), MappingProxyType(repeated))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a form (URL Standard 5.1). Unlike `urllib.parse.parse_qsl` it decodes only what is encoded: most of a
    request is not."""
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.replace("+", " ").partition("=")
        yield (unquote(name, errors="replace"), unquote(value, errors="replace")) if "%" in pair else (name, value)


def _problem(name: str, found: list[str]) -> str | None:
    if len(found) > (_MAX_REPEATED if name in REPEATABLE else 1):
        return "is repeated"
    for value in found:
        if (problem := problem_of(name, value)) is not None:
            return problem
    return None


def is_plain(value: str) -> bool:
    """Whether a value is short and of printable ASCII, as nearly all are: then `problem_of` finds nothing, whatever its name."""
    return value.isascii() and value.isprintable() and len(value) <= _MAX_VALUE


def problem_of(name: str, value: str) -> str | None:
    """What is wrong with one value, as the end of a sentence that begins with the parameter's name; None if it is sound."""
    if len(value) > (_MAX_LONG if name in _LONG else _MAX_VALUE):
        return "is too long"
    # U+FFFD is what undecodable bytes have become.
    if not value.isascii() and "\ufffd" in value:
        return "is not UTF-8"
    if _CONTROL.search(value):
        return "has control characters"
    return None
