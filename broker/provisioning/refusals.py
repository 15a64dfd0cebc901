"""Every refusal in the words of RFC 7644 3.12. Details name attributes and rules, never values: they may be personal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from pydantic import ValidationError
from scim2_models import (
    Error,
    ForbiddenException,
    InvalidValueException,
    NotFoundException,
    SCIMException,
    UniquenessException,
)

from broker.directory.field_refused import FieldRefused
from broker.directory.provisioned import CardTaken
from broker.directory.provisioned_checks import Unsound
from broker.directory.school_person import CardGuarded, NotHere
from broker.provisioning.external_store import ExternalTaken

_PLACE: Final = re.compile(r"[A-Za-z0-9:._\[\]$-]{1,200}", re.ASCII)
_FIELD: Final = re.compile(r"(?:Field|'?[Aa]ttribute) '([A-Za-z0-9:._$-]{1,200})'", re.ASCII)
_TAKEN: Final = {
    "login": "userName: another card has it",
    "snils": "snils: another card has it; a card that was taken out is restored by its school",
}
_IN_GENERAL: Final = {
    "invalidSyntax": "The message does not have the structure of its schema",
    "invalidValue": "A value is missing or does not fit its attribute",
    "invalidPath": "The path names no attribute",
    "invalidFilter": "The filter cannot be understood, or compares what cannot be compared",
    "noTarget": "The path selects nothing",
    "mutability": "The attribute cannot be changed so",
}

_OURS: Final[tuple[tuple[type[Exception], Callable[[Any], SCIMException]], ...]] = (
    (NotHere, lambda _: ours(NotFoundException, "There is no such resource")),
    (CardGuarded, lambda _: ours(ForbiddenException, "The card belongs to staff of the region: its support changes it")),
    (CardTaken, lambda found: ours(UniquenessException, _TAKEN[found.field])),
    (ExternalTaken, lambda _: ours(UniquenessException, "externalId: another person has it")),
    (Unsound, lambda found: ours(InvalidValueException, str(found)[:500])),
    (FieldRefused, lambda found: ours(InvalidValueException, f"{found.field}: {found}")),
)


@contextmanager
def in_scim_words() -> Iterator[None]:
    """Refusals of the directory and of the library's reading, as SCIM errors."""
    try:
        yield
    except ValidationError as refused:
        raise _of_reading(Error.from_validation_errors(refused)[0]) from None
    except tuple(kind for kind, _ in _OURS) as refused:
        raise next(say(refused) for kind, say in _OURS if isinstance(refused, kind)) from None


def ours(kind: type[SCIMException], detail: str) -> SCIMException:
    """A refusal whose detail is a sentence of ours."""
    return kind(detail=detail, is_ours=True)


def error_of(refused: SCIMException) -> Error:
    """The error message of a refusal. The library's own details may quote what was sent, so only those of ours are kept."""
    said = refused.to_error()
    if not refused.context.get("is_ours"):
        said.detail = _IN_GENERAL.get(said.scim_type or "", "The request cannot be fulfilled")
    return said


def _of_reading(error: Error) -> SCIMException:
    general = _IN_GENERAL.get(error.scim_type or "", "The request cannot be understood")
    said = error.detail or ""
    named = _FIELD.match(said)
    place = named[1] if named else said.rpartition(": ")[2]
    detail = f"{general}: {place}" if _PLACE.fullmatch(place) else general
    made = SCIMException.from_error(Error(status=error.status or 400, scim_type=error.scim_type, detail=detail))
    made.context["is_ours"] = True
    return made
