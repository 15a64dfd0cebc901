"""Events of the staff: their passkeys, their roles, what they confirmed; a part of the catalogue, with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PasskeyAdded:
    """A member of staff made a passkey."""

    name: ClassVar[str] = "passkey.added"
    person_id: str
    passkey_id: str


@dataclass(frozen=True, slots=True)
class PasskeyRemoved:
    """A passkey counts no more."""

    name: ClassVar[str] = "passkey.removed"
    person_id: str
    passkey_id: str


@dataclass(frozen=True, slots=True)
class PasskeyShown:
    """A passkey was shown and found good."""

    name: ClassVar[str] = "passkey.shown"
    person_id: str
    passkey_id: str


@dataclass(frozen=True, slots=True)
class PasskeyRejected:
    """What was shown as a passkey proves nothing. `why` is a word of the passkeys room."""

    name: ClassVar[str] = "passkey.rejected"
    person_id: str
    why: str


@dataclass(frozen=True, slots=True)
class StaffActConfirmed:
    """A passkey said yes to one dangerous act. `action` is a word of the table of rights, `object` the address it is about."""

    name: ClassVar[str] = "staff.act_confirmed"
    person_id: str
    action: str
    object: str


@dataclass(frozen=True, slots=True)
class StaffRefused:
    """Somebody asked for what none of their roles may do."""

    name: ClassVar[str] = "staff.refused"
    person_id: str
    action: str


@dataclass(frozen=True, slots=True)
class StaffRoleGiven:
    """Somebody has a role of staff from now on."""

    name: ClassVar[str] = "staff_role.given"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True)
class StaffRoleTaken:
    """Somebody has a role of staff no more."""

    name: ClassVar[str] = "staff_role.taken"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True)
class StaffLinkMade:
    """A one-time link was made by which a first passkey can be made. `person_id` is "" for whoever becomes `role` by it."""

    name: ClassVar[str] = "staff_link.made"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True)
class StaffLinkUsed:
    """A one-time link was used up."""

    name: ClassVar[str] = "staff_link.used"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True)
class StoryOpened:
    """Somebody of the staff looked at what happened to a person, or in a case that is nobody's yet. `grounds` is a word of the
    console."""

    name: ClassVar[str] = "story.opened"
    case_id: str
    grounds: str
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class SignInsEnded:
    """Somebody of the staff ended every sign-in of a person; how many there were."""

    name: ClassVar[str] = "sign_ins.ended"
    person_id: str
    sessions: int
    grounds: str


@dataclass(frozen=True, slots=True)
class NameRevealed:
    """Somebody of the staff was shown the name of a person whom the entry `seq` of the journal is about."""

    name: ClassVar[str] = "name.revealed"
    person_id: str
    seq: int
    grounds: str


@dataclass(frozen=True, slots=True)
class UpstreamChecked:
    """Somebody of the staff asked whether Gosuslugi answers; `clock_seconds` is how far its clock is ahead of ours."""

    name: ClassVar[str] = "upstream.checked"
    answers: bool
    clock_seconds: int


@dataclass(frozen=True, slots=True)
class UpstreamExamined:
    """Everything between us and Gosuslugi was looked at; so many findings keep people out."""

    name: ClassVar[str] = "upstream.examined"
    wrong: int


@dataclass(frozen=True, slots=True)
class UpstreamRehearsed:
    """The certificate with this hash, which is to be our next one, was tried on Gosuslugi before its day. `answered` is ESIA's
    word: 007011 when it accepted certificate and signature, "" when it gave no code."""

    name: ClassVar[str] = "upstream.rehearsed"
    certificate: str
    is_accepted: bool
    answered: str
