"""Who is staff: roles given and taken, first passkeys by one-time links, the first officer of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from broker.audit.catalogue_staff import PasskeyRemoved, StaffLinkMade, StaffLinkUsed, StaffRoleGiven, StaffRoleTaken
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console.refused import Refused
from broker.console.rights import StaffRole
from broker.custody.two_people import TwoPeople
from broker.directory.staff_store import StaffRoles
from broker.passkeys.passkey import PasskeyRefused, StaffLink
from broker.passkeys.store import PasskeyStore, StaffLinks
from broker.storage.database import Database

LINK_LIFE: Final = timedelta(hours=24)
OFFICER: Final = StaffRole.SECURITY_OFFICER.value
START_PATH: Final = "/admin/start"


@dataclass(frozen=True, slots=True)
class StaffDesk:
    """`origin` is where the console is; links lead there. `two_people` forgets what an officer has asked for who is none any
    more; what takes two is done by StaffByTwo."""

    database: Database
    roles: StaffRoles
    passkeys: PasskeyStore
    links: StaffLinks
    journal: Journal
    origin: str
    two_people: TwoPeople

    def all(self) -> Mapping[str, Any]:
        """Everybody of the staff: roles, and how many passkeys."""
        found: dict[str, list[str]] = {}
        for person_id, role in self.roles.all():
            found.setdefault(person_id, []).append(role)
        return {
            "staff": [
                {"person_id": one, "roles": roles, "passkeys": len(self.passkeys.of_person(one))} for one, roles in found.items()
            ]
        }

    def add(self, person_id: str, role: str, actor: Actor) -> Mapping[str, Any]:
        """Give a role. Somebody without a passkey gets a link to make the first one; nobody can read it again.

        Raises:
            Refused: no such person, no such role, or the person has it.
        """
        try:
            with self.database.work():
                if not self.roles.give(person_id, role):
                    raise Refused("This person has this role already.")
                self.journal.append(StaffRoleGiven(person_id, role), actor)
                link = {} if self.passkeys.of_person(person_id) else self._link(person_id, role, actor)
        except (ValueError, LookupError) as wrong:
            raise Refused(str(wrong)) from None
        return {"person_id": person_id, "role": role, **link}

    def remove(self, person_id: str, role: str, actor: Actor, *, officers_too: bool = False) -> Mapping[str, Any]:
        """Take a role, or with "" all of them, away; with the last one the passkeys go too. `officers_too`: also that of an
        officer, which an operator at the machine may, or whoever has the yes of a second officer.

        Raises:
            Refused: there is none; it is that of an officer and may not go; it would leave no officer, or none with a passkey
                where this one has one.
        """
        with self.database.work():
            # Of two officers who are removed at once the second one is the last.
            self.roles.hold(OFFICER)
            gone = self.leaving(person_id, role)
            # Here and not before: the person may have become an officer since the caller looked.
            if OFFICER in gone and not officers_too:
                raise Refused("This person is an officer; a second officer has to agree.")
            for one in gone:
                self.roles.take(person_id, one)
                self.journal.append(StaffRoleTaken(person_id, one), actor)
            if OFFICER in gone:
                self.two_people.void(person_id, actor)
            if all(person != person_id for person, _ in self.roles.all()):
                for passkey in self.passkeys.of_person(person_id):
                    self._forget(person_id, passkey.id, actor, even_last=True)
        return {"person_id": person_id, "removed": gone}

    def leaving(self, person_id: str, role: str) -> list[str]:
        """The roles that would be taken away. Raises Refused as `remove`."""
        held = self.roles.all()
        gone = [one for person, one in held if person == person_id and role in ("", one)]
        if not gone:
            raise Refused("This person has no such role.")
        others = {person for person, one in held if one == OFFICER} - {person_id}
        is_last = not others or (person_id in self.officers() and not others & self.officers())
        if OFFICER in gone and is_last:
            raise Refused("This is the last officer who can come in; somebody else must be one first, with a passkey.")
        return gone

    def new_link(self, person_id: str, actor: Actor) -> Mapping[str, Any]:
        """Another link for somebody of the staff who has no passkey. Raises Refused for anybody else."""
        role = next((one for person, one in self.roles.all() if person == person_id), None)
        if role is None or self.passkeys.of_person(person_id):
            raise Refused("There is no such person of the staff, or they have a passkey.")
        with self.database.work():
            return {"person_id": person_id, **self._link(person_id, role, actor)}

    def first_officer(self, actor: Actor) -> Mapping[str, Any]:
        """The link of `broker init`: whoever opens it, signed in with a confirmed account, becomes the first officer.

        Raises:
            Refused: there is an officer with a passkey; officers are added by officers.
        """
        if self.officers():
            raise Refused("There is a security officer with a passkey already; use broker staff add.")
        with self.database.work():
            return self._link("", OFFICER, actor)

    def officers(self) -> frozenset[str]:
        """Security officers who can come in: those with a passkey."""
        return frozenset(person for person, role in self.roles.all() if role == OFFICER) & self.passkeys.owners()

    def find_link(self, unverified_secret: str) -> StaffLink | None:
        """What a one-time link allows, or None."""
        found = self.links.find(unverified_secret)
        # Two links may have been printed; who used the first one is the first officer.
        return None if found is not None and not found.person_id and self.officers() else found

    def use_link(self, unverified_secret: str, person_id: str) -> None:
        """Spend a link; the person has the role from now on and may make a first passkey.

        Raises:
            Refused: it is none, somebody else's, used, or too old.
        """
        actor = Actor("staff", person_id)
        found = self.find_link(unverified_secret)
        if found is None or found.person_id not in ("", person_id) or self.passkeys.of_person(person_id):
            raise Refused("The link is not yours, was used, or its time is over.")
        try:
            with self.database.work():
                self.links.use(unverified_secret)
                if self.roles.give(person_id, found.role):
                    self.journal.append(StaffRoleGiven(person_id, found.role), actor)
                self.journal.append(StaffLinkUsed(person_id, found.role), actor)
        except PasskeyRefused:
            raise Refused("The link was used a moment ago.") from None

    def remove_passkey(self, person_id: str, passkey_id: str, actor: Actor) -> None:
        """Forget a passkey. One's own last one is kept: only another officer takes it away.

        Raises:
            Refused: there is none, or it is one's own last one.
        """
        with self.database.work():
            self._forget(person_id, passkey_id, actor, even_last=actor.id != person_id)

    def _forget(self, person_id: str, passkey_id: str, actor: Actor, *, even_last: bool) -> None:
        try:
            if not self.passkeys.remove(person_id, passkey_id, even_last=even_last):
                raise Refused("There is no such passkey.")
        except PasskeyRefused:
            raise Refused("This is the last passkey; another officer can remove it.") from None
        self.journal.append(PasskeyRemoved(person_id, passkey_id), actor)

    def _link(self, person_id: str, role: str, actor: Actor) -> dict[str, str]:
        secret = self.links.add(person_id, role, LINK_LIFE)
        self.journal.append(StaffLinkMade(person_id, role), actor)
        # Behind the mark of a fragment it is never sent in an address or written into a log; a script of the page reads it there.
        return {"link": f"{self.origin}{START_PATH}#{secret}", "ends_within": "24 h"}
