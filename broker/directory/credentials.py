"""Diary logins and passwords: checked in equal time, changed by the person or given anew by the school."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from broker.audit.catalogue_people import DiaryLoginChanged, PasswordChanged, PasswordRemoved
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.card import login_form
from broker.directory.card_store import CardStore, LoginTaken
from broker.directory.credentials_store import CredentialStore
from broker.directory.directory import Directory
from broker.directory.field_refused import FieldRefused as FieldRefused
from broker.directory.password_costs import CostSpread
from broker.directory.password_hash import PasswordHash
from broker.directory.passwords import require_good
from broker.directory.person import Person
from broker.foundation.outside import Outside
from broker.storage.database import Database

LONGEST_LOGIN = 64
_LOGIN = re.compile(r"[a-z][a-z0-9.-]{3,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known about somebody's diary password, without it."""

    has_password: bool
    changed_at: datetime
    login_changed_at: datetime | None
    rules_accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The hash of a password that was found good enough for one person."""

    person_id: str
    hash: str

    def __repr__(self) -> str:
        return f"NewPassword(person_id={self.person_id!r})"


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password beside its hash, made before it is known whose it will be."""

    password: str
    hash: str

    def __repr__(self) -> str:
        return "Hashed(...)"


class LoginChangedBefore(Exception):
    """The login was changed once already (cause 5010)."""

    cause = 5010


class Credentials:
    """The diary login and password of people."""

    def __init__(
        self, database: Database, directory: Directory, journal: Journal, outside: Outside, hashes: PasswordHash | None = None
    ):
        """`hashes` is given by tests, at a lower cost."""
        self._database = database
        self._directory = directory
        self._journal = journal
        self._now = outside.now
        self._hashes = hashes or PasswordHash(outside.random)
        self._store = CredentialStore(database)
        self._costs = CostSpread(self._store.costs, outside.now)
        self._card_store = CardStore(database, directory.cards)

    def check(self, unverified_login: str, unverified_password: str) -> Person | None:
        """Whose login and password this is; None for any mistake, after the same work whether the login exists or not.

        Whether the person is blocked or may use a password at all is for policy to say.
        """
        # An overlong login is nobody's; it is cut so that its fingerprint costs what others cost.
        login = unverified_login[:LONGEST_LOGIN] if len(unverified_login) <= LONGEST_LOGIN else ""
        login_print = self._directory.cards.of_login(login)
        # Asked for whether it is needed or not, since it may take a look at all hashes.
        self._hashes.prepare_for(self._costs.all())
        stand_in = self._costs.of(login_print)
        found = self._store.by_login(login_print)
        person_id, kept = found if found is not None else ("", None)
        if not self._hashes.fits(kept, unverified_password, stand_in) or kept is None:
            return None
        if self._hashes.is_outdated(kept):
            made = self._hashes.make(unverified_password)
            with self._database.work():
                self._store.replace_hash(person_id, kept, made)
        return self._directory.find_person(person_id)

    def of(self, person_id: str) -> Credential | None:
        """What is known, or None if there never was a password."""
        kept = self._store.of(person_id)
        if kept is None:
            return None
        return Credential(kept.password_hash is not None, kept.changed_at, kept.login_changed_at, kept.rules_accepted_at)

    def is_password_of(self, person_id: str, unverified_password: str) -> bool:
        """Whether this is the present password of a person who is signed in, as before a change of it."""
        kept = self._store.of(person_id)
        return self._hashes.fits(kept.password_hash if kept else None, unverified_password)

    def require_good(self, person: Person, unverified_password: str, temporary: str | None = None) -> None:
        """Refuse a password that is too short, known to many, or the temporary one. Raises FieldRefused."""
        require_good(person, unverified_password, temporary)

    def prepare(self, person: Person, unverified_password: str) -> NewPassword:
        """A password that is good enough, hashed. Raises FieldRefused as `require_good`, RuntimeError as `hash`."""
        require_good(person, unverified_password, None)
        return NewPassword(person.id, self.hash(unverified_password).hash)

    def hash(self, unverified_password: str) -> Hashed:
        """Some 50 ms of work, so not inside a unit of work, where others would wait for as long.

        Raises:
            RuntimeError: called inside a unit of work.
        """
        if self._database.at_work:
            raise RuntimeError("a password is not hashed inside a unit of work")
        return Hashed(unverified_password, self._hashes.make(unverified_password))

    def prepare_hashed(self, person: Person, hashed: Hashed) -> NewPassword:
        """As `prepare`, for a password that was hashed before the unit of work began. Raises FieldRefused."""
        require_good(person, hashed.password, None)
        return NewPassword(person.id, hashed.hash)

    def set_password(self, person: Person, new: NewPassword, actor: Actor, *, accepts_rules: bool = False) -> None:
        """A new password, in the caller's unit of work if there is one. Raises ValueError for one of somebody else."""
        if new.person_id != person.id:
            raise ValueError("this password was looked at for somebody else")
        with self._database.work():
            self._store.set_hash(person.id, new.hash, self._now(), accepts_rules=accepts_rules)
            self._journal.append(PasswordChanged(person.id), actor)

    def change_login(self, person: Person, unverified_login: str, actor: Actor) -> None:
        """The one change of login a person has, ever. A refused one is not spent.

        Raises:
            LoginChangedBefore: cause 5010.
            FieldRefused: login.empty, login.format, login.taken.
        """
        login = login_form(unverified_login)
        if not login:
            raise FieldRefused("login", "login.empty")
        if not _LOGIN.fullmatch(login):
            raise FieldRefused("login", "login.format")
        with self._database.work() as connection, connection.begin_nested():
            self._card_store.lock(person.id)
            if not self._store.spend_login_change(person.id, self._now()):
                raise LoginChangedBefore
            if self._card_store.has_login(login):
                raise FieldRefused("login", "login.taken")
            try:
                self._card_store.rewrite(person.id, lambda card: replace(card, login=login), self._now())
            except LoginTaken:
                raise FieldRefused("login", "login.taken") from None
            self._journal.append(DiaryLoginChanged(person.id), actor)

    def adopt(self, person_id: str, password_hash: str, actor: Actor) -> bool:
        """A password from a document, for somebody who never had one; False if there was one. Joins the caller's work."""
        with self._database.work():
            if self._store.of(person_id) is not None or not self._store.add_hash(person_id, password_hash, self._now()):
                return False
            self._journal.append(PasswordChanged(person_id), actor)
        return True

    def remove(self, person_id: str, actor: Actor) -> bool:
        """No password any more; False if there was none."""
        with self._database.work():
            if not self._store.remove_hash(person_id, self._now()):
                return False
            self._journal.append(PasswordRemoved(person_id), actor)
        return True
