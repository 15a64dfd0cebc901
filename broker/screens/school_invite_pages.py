"""Invitations of a school (S4): the values their pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm, SchoolFrame


@dataclass(frozen=True, slots=True)
class InviteLine:
    """One person to invite. `state` is that of Invitation.state_at, "" without an invitation."""

    person_id: str
    name: str
    class_name: str
    state: str
    until_on: date | None
    is_activated: bool


@dataclass(frozen=True, slots=True)
class InvitesPage:
    """S4: whom to invite, by class and by state."""

    template: ClassVar[str] = "school_invites.html"
    frame: SchoolFrame
    people: tuple[InviteLine, ...]
    classes: tuple[str, ...]
    class_name: str
    state: str
    form: PostForm
    print_form: PostForm
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One invitation on paper."""

    name: str
    class_name: str
    login: str
    password: str
    until_on: date

    def __repr__(self) -> str:
        return "Sheet(...)"


@dataclass(frozen=True, slots=True)
class SheetsPage:
    """The print-out: shown once, in answer to the request that made the passwords."""

    template: ClassVar[str] = "school_sheets.html"
    frame: SchoolFrame
    sheets: tuple[Sheet, ...]
    address: str
    qr_url: str
    back_url: str = "/school/invites"
    # Too late: passwords are not kept, so a page asked for again has none.
    is_gone: bool = False
