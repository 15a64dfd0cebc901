"""Events of a person's own pages; a part of the catalogue, with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """A child wanted to use a service; a parent has to decide."""

    name: ClassVar[str] = "consent.asked"
    person_id: str
    client_id: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentDeclined:
    """A parent did not allow what their child had asked for."""

    name: ClassVar[str] = "consent.declined"
    person_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class RecoveryAsked:
    """Somebody asked for a code or a login. Whom it concerned is not written: the page did not say so either."""

    name: ClassVar[str] = "recovery.asked"
    wish: str


@dataclass(frozen=True, slots=True)
class PasswordRecovered:
    """Somebody who had lost the password set a new one by a code."""

    name: ClassVar[str] = "password.recovered"
    person_id: str
    sessions: int


@dataclass(frozen=True, slots=True)
class ConsentCarried:
    """Two cards were made one, and a permission given by the other card (`from_person_id`) holds for this one."""

    name: ClassVar[str] = "consent.carried"
    person_id: str
    client_id: str
    items: tuple[str, ...]
    from_person_id: str
