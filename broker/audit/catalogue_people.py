"""Events about people's ways in: diary passwords and logins, invitations, contacts, and what a card was given.

A second page of the catalogue; the rules of `catalogue.py` hold here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A person got a diary password, their first one or a new one."""

    name: ClassVar[str] = "password.changed"
    person_id: str


@dataclass(frozen=True, slots=True)
class PasswordRemoved:
    """A person has no diary password any more."""

    name: ClassVar[str] = "password.removed"
    person_id: str


@dataclass(frozen=True, slots=True)
class DiaryLoginChanged:
    """A person used the one change of diary login they have."""

    name: ClassVar[str] = "diary_login.changed"
    person_id: str


@dataclass(frozen=True, slots=True)
class InvitationIssued:
    """A login and a temporary password were made for a person."""

    name: ClassVar[str] = "invitation.issued"
    invitation_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class InvitationPrinted:
    """An invitation went on paper."""

    name: ClassVar[str] = "invitation.printed"
    invitation_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class InvitationOpened:
    """Somebody showed the login and the temporary password of an invitation for the first time."""

    name: ClassVar[str] = "invitation.opened"
    invitation_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class InvitationFinished:
    """A person came to the end of the wizard: the invitation is used and the person activated."""

    name: ClassVar[str] = "invitation.finished"
    invitation_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class InvitationCancelled:
    """An unused invitation opens nothing any more."""

    name: ClassVar[str] = "invitation.cancelled"
    invitation_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A person's own contact was set. `kind` is email or phone."""

    name: ClassVar[str] = "contact.changed"
    person_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class ContactConfirmed:
    """A contact was shown to be the person's. `by` is message (a link or code came back), upstream or document."""

    name: ClassVar[str] = "contact.confirmed"
    person_id: str
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class ContactRemoved:
    """A person's own contact was taken away."""

    name: ClassVar[str] = "contact.removed"
    person_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class CardFilled:
    """An upstream filled what the school's card lacked. `fields` are names of fields."""

    name: ClassVar[str] = "card.filled"
    person_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignInPaused:
    """Somebody's sign-in was closed for a while. `pause_reason` is a word of PauseReason."""

    name: ClassVar[str] = "sign_in.paused"
    person_id: str
    pause_reason: str


@dataclass(frozen=True, slots=True)
class SignInResumed:
    """The pause is over."""

    name: ClassVar[str] = "sign_in.resumed"
    person_id: str
