"""Diary logins and passwords: checked in equal time, changed by the person or given anew by the school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.storage.database import Database
from keys.fingerprints import Fingerprints


class FieldRefused(Exception):
    """What was typed cannot be taken. `field` is password, login, phone or email; `message` a key under `field_error` in the
    catalogue (`password.short`), `n` its number if it has one."""

    def __init__(self, field: str, message: str, n: int | None = None):
        super().__init__(message)
        self.field = field
        self.message = message
        self.n = n


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known about somebody's diary password, without it."""

    has_password: bool
    changed_at: datetime
    login_changed_at: datetime | None
    rules_accepted_at: datetime | None


class Credentials:
    """The diary login and password of people."""

    def __init__(self, database: Database, fingerprints: Fingerprints, directory: Directory, journal: Journal):
        self._database = database
        self._fingerprints = fingerprints
        self._directory = directory
        self._journal = journal

    def check(self, unverified_login: str, unverified_password: str) -> Person | None:
        """Whose login and password this is; None for any mistake, after the same work whether the login exists or not."""
        raise NotImplementedError

    def of(self, person_id: str) -> Credential | None:
        """What is known, or None if there never was a password."""
        raise NotImplementedError

    def require_good(self, person: Person, unverified_password: str, temporary: str | None = None) -> None:
        """Refuse a password that is too short, known to many, or the temporary one. Raises FieldRefused."""
        raise NotImplementedError

    def set_password(self, person: Person, unverified_password: str, actor: Actor, *, accepts_rules: bool = False) -> None:
        """A new password, in the caller's unit of work if there is one. Raises FieldRefused."""
        raise NotImplementedError

    def change_login(self, person: Person, unverified_login: str, actor: Actor) -> None:
        """The one change of login a person has, ever.

        Raises:
            LoginChangedBefore: cause 5010.
            FieldRefused: login.format, login.taken.
        """
        raise NotImplementedError

    def remove(self, person_id: str, actor: Actor) -> bool:
        """No password any more; False if there was none."""
        raise NotImplementedError


class LoginChangedBefore(Exception):
    """The login was changed once already (cause 5010)."""

    cause = 5010
