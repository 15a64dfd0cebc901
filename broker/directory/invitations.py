"""Invitations: a login and a temporary password that open the first sign-in once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from broker.audit.catalogue_people import (
    InvitationCancelled,
    InvitationFinished,
    InvitationIssued,
    InvitationOpened,
    InvitationPrinted,
)
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.access_entry import InvitationEntry
from broker.directory.card import Card
from broker.directory.card_store import CardStore, LoginTaken
from broker.directory.directory import Directory
from broker.directory.invitation import Invitation as Invitation
from broker.directory.invitation import Stage as Stage
from broker.directory.invitation_words import suggested_login, temporary_form, temporary_password
from broker.directory.invitations_store import InvitationStore
from broker.directory.person import Person
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints

_LOGIN_TRIES = 20
_WORD = "invitation.password"
_NOTHING = bytes(32)


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
        self._store = InvitationStore(database)
        self._card_store = CardStore(database, directory.cards)

    def issue(self, person_id: str, actor: Actor, expires_at: datetime) -> Issued:
        """A new invitation; earlier unused ones are cancelled. Gives the person a login if they have none.

        Raises:
            LookupError: nobody has this identifier.
        """
        now, password = self._outside.now(), temporary_password(self._outside.random)
        fresh = Invitation(
            self._outside.uuid(), person_id, Stage.DATA, f"{actor.kind}:{actor.id}"[:64], now, expires_at, None, None, None, None
        )
        with self._database.work():
            # The person's row is locked first, so of two invitations issued at once only the later one stays open.
            login = self._login_of(person_id)
            for earlier in self._store.unused(person_id):
                self._cancel(earlier, person_id, actor)
            self._store.add(fresh, self._mac(password))
            self._journal.append(InvitationIssued(fresh.id, person_id), actor)
        return Issued(fresh, login, password)

    def adopt(self, person_id: str, entry: InvitationEntry, actor: Actor) -> bool:
        """An invitation from a document, for somebody who never had one; False if there was one. Joins the caller's work."""
        stage = Stage.DATA if entry.used_at is None else Stage.DONE
        issuer, opened_at = f"{actor.kind}:{actor.id}"[:64], entry.used_at
        id_, issued_at, expires_at = self._outside.uuid(), entry.issued_at, entry.expires_at
        fresh = Invitation(id_, person_id, stage, issuer, issued_at, expires_at, None, opened_at, entry.used_at, None)
        password = entry.password if entry.password is not None else temporary_password(self._outside.random)
        with self._database.work():
            if self._store.newest((person_id,)):
                return False
            self._store.add(fresh, self._mac(password))
            self._journal.append(InvitationIssued(fresh.id, person_id), actor)
        return True

    def open(self, unverified_login: str, unverified_password: str) -> Opened | None:
        """Whose invitation this is, in equal time; None for any mistake. Opening again resumes at the stage reached."""
        # The question and the MAC are the same for a login that nobody has, and the MAC compares with nothing.
        login = unverified_login if len(unverified_login) <= 64 else ""
        kept = self._store.by_login(self._directory.cards.of_login(login))
        fitting = [found for found, mac in kept or ((None, _NOTHING),) if self._fits(unverified_password, mac)]
        if not fitting or fitting[0] is None:
            return None
        return self._opened(fitting[0])

    def find(self, invitation_id: str) -> Invitation | None:
        """An invitation by its identifier, or None."""
        return self._store.find(invitation_id)

    def of_person(self, person_id: str) -> Invitation | None:
        """The newest invitation of a person, or None."""
        return self._store.newest((person_id,)).get(person_id)

    def of_people(self, person_ids: tuple[str, ...]) -> dict[str, Invitation]:
        """The newest one of each, by person."""
        return self._store.newest(person_ids)

    def is_password_of(self, invitation: Invitation, unverified_password: str) -> bool:
        """Whether this is the temporary password of an invitation: the new one must be another."""
        mac = self._store.mac_of(invitation.id)
        return mac is not None and self._fits(unverified_password, mac)

    def advance(self, invitation_id: str, stage: Stage) -> None:
        """The wizard has come to this stage; never back."""
        with self._database.work():
            self._store.advance(invitation_id, stage)

    def finish(self, invitation_id: str, actor: Actor) -> bool:
        """Spend it and activate the person: True for exactly one caller in the world, and never for a cancelled or late one.

        The caller sets the password in the same unit of work, and rolls it back on False.
        """
        with self._database.work():
            now, found = self._outside.now(), self._store.find(invitation_id)
            if found is None:
                return False
            # The same order of locks as in issue(): the person, then the invitation.
            self._card_store.lock(found.person_id)
            if not self._store.spend(invitation_id, now):
                return False
            self._store.activate(found.person_id, now)
            self._journal.append(InvitationFinished(invitation_id, found.person_id), actor)
        return True

    def mark_printed(self, invitation_id: str, actor: Actor) -> None:
        """It has gone on paper."""
        with self._database.work():
            found = self._store.find(invitation_id)
            if found is not None and self._store.note_printed(invitation_id, self._outside.now()):
                self._journal.append(InvitationPrinted(invitation_id, found.person_id), actor)

    def cancel(self, invitation_id: str, actor: Actor) -> bool:
        """It opens nothing any more; False if it was used or cancelled before."""
        with self._database.work():
            found = self._store.find(invitation_id)
            return found is not None and self._cancel(invitation_id, found.person_id, actor)

    def _cancel(self, invitation_id: str, person_id: str, actor: Actor) -> bool:
        if not self._store.cancel(invitation_id, self._outside.now()):
            return False
        self._journal.append(InvitationCancelled(invitation_id, person_id), actor)
        return True

    def _opened(self, found: Invitation) -> Opened | None:
        person, now = self._directory.find_person(found.person_id), self._outside.now()
        if person is None:
            return None
        if found.state_at(now) in ("new", "printed"):
            with self._database.work():
                if self._store.note_opened(found.id, now):
                    self._journal.append(InvitationOpened(found.id, found.person_id), Actor("person", found.person_id))
            found = replace(found, opened_at=found.opened_at or now)
        return Opened(person, found, found.state_at(now))

    def _login_of(self, person_id: str) -> str:
        """The login on the person's card, made up and written there if it lacks one. Locks the person's row."""
        for _ in range(_LOGIN_TRIES):
            try:
                card = self._card_store.rewrite(person_id, self._with_login, self._outside.now())
            except LoginTaken:
                continue
            if card is None or card.login is None:
                raise LookupError("nobody to invite")
            return card.login
        raise LookupError("no free login")

    def _with_login(self, card: Card) -> Card | None:
        return replace(card, login=suggested_login(card.surname, self._outside.random)) if card.login is None else None

    def _mac(self, password: str) -> bytes:
        return self._fingerprints.mac(_WORD, temporary_form(password).encode("utf-8"))

    def _fits(self, unverified_password: str, mac: bytes) -> bool:
        return self._fingerprints.fits(_WORD, temporary_form(unverified_password).encode("utf-8"), mac)
