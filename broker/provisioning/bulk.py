"""Bulk (RFC 7644 3.7): many operations in one request, each a unit of work of its own, with references to what others make."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scim2_models import (
    BulkRequest,
    BulkResponse,
    ConflictException,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    SCIMException,
)

from broker.provisioning.discovery import MOST_OPERATIONS
from broker.provisioning.operations import Operation
from broker.provisioning.refusals import error_of, ours
from broker.provisioning.visit import Answer

_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
_PATH: Final = re.compile(r"/(Users|Groups)(?:/([A-Za-z0-9._~:-]{1,200}))?", re.ASCII)


@dataclass(slots=True)
class _Course:
    """How far a bulk has come. `made` are identifiers by bulkId."""

    most_errors: int | None
    made: dict[str, str] = field(default_factory=dict)
    results: dict[int, dict[str, Any]] = field(default_factory=dict)
    errors: int = 0

    @property
    def is_over(self) -> bool:
        return self.most_errors is not None and self.errors >= self.most_errors


def run_bulk(unverified_body: Mapping[str, Any], do: Callable[[Operation], Answer], base_url: str) -> Answer:
    """Perform the operations in order; one that waits for another comes after it (RFC 7644 3.7.2).

    Raises:
        SCIMException: the message is no bulk; 413 for too many operations (RFC 7644 3.7.4).
    """
    operations, most_errors = _read(unverified_body)
    course = _Course(most_errors)
    waiting = dict(enumerate(operations))
    while waiting and not course.is_over:
        ready = [number for number, one in waiting.items() if not _missing(one, course, _awaited(waiting))]
        # What is left waits for itself or for what has failed; it says so when it is performed.
        number = ready[0] if ready else next(iter(waiting))
        _perform(number, waiting.pop(number), course, (do, base_url))
    results = [course.results[number] for number in sorted(course.results)]
    return Answer(200, {"schemas": [str(BulkResponse.__schema__)], "Operations": results})


def _read(unverified_body: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
    operations, most_errors = unverified_body.get("Operations"), unverified_body.get("failOnErrors")
    if unverified_body.get("schemas") != [str(BulkRequest.__schema__)] or not isinstance(operations, list):
        raise ours(InvalidSyntaxException, "The message must be a BulkRequest with Operations")
    if most_errors is not None and (isinstance(most_errors, bool) or not isinstance(most_errors, int) or most_errors < 1):
        raise ours(InvalidValueException, "failOnErrors must be a number from 1")
    if len(operations) > MOST_OPERATIONS:
        raise ours(PayloadTooLargeException, f"At most {MOST_OPERATIONS} operations make a bulk")
    if not operations or not all(isinstance(one, dict) for one in operations):
        raise ours(InvalidSyntaxException, "Operations must hold objects")
    names = [one.get("bulkId") for one in operations if one.get("bulkId") is not None]
    if len(names) != len(set(map(str, names))):
        raise ours(InvalidValueException, "bulkId must be another one in each operation")
    return operations, most_errors


def _perform(number: int, one: dict[str, Any], course: _Course, by: tuple[Callable[[Operation], Answer], str]) -> None:
    do, base_url = by
    said: dict[str, Any] = {"method": one["method"]} if one.get("method") in _METHODS else {}
    if isinstance(one.get("bulkId"), str):
        said["bulkId"] = one["bulkId"]
    try:
        wanted = _operation(one, course.made)
        if wanted.id:
            said["location"] = f"{base_url}/{wanted.kind}/{wanted.id}"
        answer = do(wanted)
    except SCIMException as refused:
        error = error_of(refused)
        course.errors += 1
        said |= {"status": str(error.status), "response": error.model_dump()}
    else:
        if answer.location is not None:
            said["location"] = answer.location
        if answer.version is not None:
            said["version"] = answer.version
        if wanted.method == "POST" and answer.body is not None:
            course.made[one["bulkId"]] = str(answer.body["id"])
        said["status"] = str(answer.status)
    course.results[number] = said


def _operation(one: dict[str, Any], made: Mapping[str, str]) -> Operation:
    method, path, data = one.get("method"), one.get("path"), one.get("data")
    if method not in _METHODS:
        raise ours(InvalidSyntaxException, "method must be POST, PUT, PATCH or DELETE")
    if method == "POST" and not (isinstance(one.get("bulkId"), str) and one["bulkId"]):
        raise ours(InvalidValueException, "bulkId is missing")
    if method != "DELETE" and not isinstance(data, dict):
        raise ours(InvalidValueException, "data is missing")
    found = _PATH.fullmatch(str(_resolved(path, made))) if isinstance(path, str) else None
    if found is None:
        raise ours(InvalidValueException, "path must be /Users or /Groups, with an identifier unless something is made")
    version = one.get("version")
    body = _resolved(data, made) if method != "DELETE" else {}
    return Operation(method, found[1], found[2] or "", body, {}, version if isinstance(version, str) else None)


def _awaited(waiting: Mapping[int, dict[str, Any]]) -> frozenset[str]:
    return frozenset(str(one["bulkId"]) for one in waiting.values() if one.get("method") == "POST" and one.get("bulkId"))


def _missing(one: dict[str, Any], course: _Course, awaited: frozenset[str]) -> bool:
    """Whether it names something that another operation has still to make."""
    return any(name not in course.made and name in awaited for name in _references((one.get("path"), one.get("data"))))


def _references(value: Any) -> set[str]:
    if isinstance(value, str):
        return set(re.findall(r"bulkId:([^/]{1,100})", value)) if value.startswith(("bulkId:", "/")) else set()
    if isinstance(value, dict):
        return set().union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list | tuple) else set()


def _resolved(value: Any, made: Mapping[str, str]) -> Any:
    """The value with every `bulkId:x` replaced by the identifier of what was made."""
    if isinstance(value, dict):
        return {name: _resolved(one, made) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, made) for one in value]
    if not isinstance(value, str):
        return value
    before, _, name = value.rpartition("bulkId:")
    is_reference = value.startswith("bulkId:") or before in ("/Users/", "/Groups/")
    if not is_reference:
        return value
    if name not in made:
        raise ours(ConflictException, "An operation it refers to was not performed")
    return before + made[name]
