"""Invitations: a login and a temporary password that open the first sign-in once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.fingerprints import Fingerprints


class Stage(Enum):
    """The step of the wizard that comes next."""

    DATA = "data"
    CONTACTS = "contacts"
    PASSWORD = "password"  # noqa: S105 -- the name of a step
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation, without its password. `used_at` is when the wizard was finished."""

    id: str
    person_id: str
    stage: Stage
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    printed_at: datetime | None
    opened_at: datetime | None
    used_at: datetime | None
    cancelled_at: datetime | None

    def state_at(self, now: datetime) -> str:
        """new, printed, opened, used, expired or cancelled."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.used_at is not None:
            return "used"
        if now >= self.expires_at:
            return "expired"
        if self.opened_at is not None:
            return "opened"
        return "printed" if self.printed_at is not None else "new"


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh invitation with what goes on paper. The password is nowhere else."""

    invitation: Invitation
    login: str
    password: str

    def __repr__(self) -> str:
        return f"Issued({self.invitation.id!r})"


@dataclass(frozen=True, slots=True)
class Opened:
    """Login and temporary password were right. `state` is that of `Invitation.state_at`: only `opened` may go on."""

    person: Person
    invitation: Invitation
    state: str


class Invitations:
    """Issued by the school, opened by the person, finished exactly once."""

    def __init__(
        self, database: Database, fingerprints: Fingerprints, directory: Directory, journal: Journal, outside: Outside
    ):
        self._database = database
        self._fingerprints = fingerprints
        self._directory = directory
        self._journal = journal
        self._outside = outside

    def issue(self, person_id: str, actor: Actor, expires_at: datetime) -> Issued:
        """A new invitation; earlier unused ones are cancelled. Gives the person a login if they have none."""
        raise NotImplementedError

    def open(self, unverified_login: str, unverified_password: str) -> Opened | None:
        """Whose invitation this is, in equal time; None for any mistake. Opening again resumes at the stage reached."""
        raise NotImplementedError

    def of_person(self, person_id: str) -> Invitation | None:
        """The newest invitation of a person, or None."""
        raise NotImplementedError

    def of_people(self, person_ids: tuple[str, ...]) -> dict[str, Invitation]:
        """The newest one of each, by person."""
        raise NotImplementedError

    def advance(self, invitation_id: str, stage: Stage) -> None:
        """The wizard has come to this stage; never back."""
        raise NotImplementedError

    def finish(self, invitation_id: str, actor: Actor) -> bool:
        """Spend it and activate the person: True for exactly one caller in the world, and never for a cancelled or late one."""
        raise NotImplementedError

    def mark_printed(self, invitation_id: str) -> None:
        """It has gone on paper."""
        raise NotImplementedError

    def cancel(self, invitation_id: str, actor: Actor) -> bool:
        """It opens nothing any more; False if it was used or cancelled before."""
        raise NotImplementedError
