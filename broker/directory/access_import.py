"""Writing the ways in that a document gives: only where there is none yet, so that nothing of a person's own is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broker.audit.event import Actor
from broker.directory.access_entry import AccessEntry
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.invitations import Invitations


@dataclass(frozen=True, slots=True)
class AccessImport:
    """The three rooms' corners that know how each is kept."""

    credentials: Credentials
    invitations: Invitations
    contacts: Contacts

    def hashes(self, access: Iterable[tuple[str, AccessEntry]]) -> Mapping[str, str]:
        """By person, the hash of the password they are given, if they have none yet. Takes 50 ms a password: call before the unit
        of work of the import begins."""
        found: dict[str, str] = {}
        for person_id, entry in access:
            if entry.password_hash is not None:
                found[person_id] = entry.password_hash
            elif entry.password is not None and self.credentials.of(person_id) is None:
                found[person_id] = self.credentials.hash(entry.password).hash
        return found

    def write(self, access: Iterable[tuple[str, AccessEntry]], hashes: Mapping[str, str], actor: Actor) -> None:
        """Add what the people lack; call in the unit of work of the import. Writing the same again changes nothing."""
        for person_id, entry in access:
            if person_id in hashes:
                self.credentials.adopt(person_id, hashes[person_id], actor)
            if entry.invitation is not None:
                self.invitations.adopt(person_id, entry.invitation, actor)
            for contact in entry.contacts:
                self.contacts.adopt(person_id, contact, actor)
