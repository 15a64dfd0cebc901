"""A person's own phone and e-mail: by these they get back in, so only a confirmed one counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.audit.catalogue_people import ContactChanged, ContactConfirmed, ContactRemoved
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.access_entry import ContactEntry
from broker.directory.contact import Contact as Contact
from broker.directory.contact import Kind as Kind
from broker.directory.contact import form_of, require_form
from broker.directory.contacts_store import ContactStore, SealedContact
from broker.foundation.encoding import b64url, canonical_json, from_b64url
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import SealBroken, Sealer

EMAIL_TOKEN_LIVES = timedelta(hours=24)
_MOST_HOLDERS = 50
_LINK = "contact.email_token"


@dataclass(frozen=True, slots=True)
class EmailClaim:
    """A link from a message, read. `is_late`: over 24 hours old (5013). `is_done`: the address is confirmed already (5014)."""

    person_id: str
    value: str
    is_late: bool
    is_done: bool

    def __repr__(self) -> str:
        return f"EmailClaim(person_id={self.person_id!r})"


class Contacts:
    """Contacts of people. Two people may share one: a mother's phone is often her child's."""

    def __init__(self, database: Database, sealer: Sealer, fingerprints: Fingerprints, journal: Journal, outside: Outside):
        self._database = database
        self._sealer = sealer
        self._fingerprints = fingerprints
        self._journal = journal
        self._outside = outside
        self._store = ContactStore(database)

    def of(self, person_id: str) -> tuple[Contact, ...]:
        """All of them, e-mail first."""
        return tuple(self._unsealed(*row)[1] for row in self._store.of(person_id))

    def put(self, person_id: str, kind: Kind, unverified_text: str, actor: Actor) -> Contact:
        """Set one; a changed value is unconfirmed again, the same value stays as it is.

        Raises:
            FieldRefused: phone.empty, phone.format, email.empty, email.format.
        """
        value = require_form(kind, unverified_text)
        with self._database.work():
            if self._store.put(self._sealed(person_id, kind, value, None), self._outside.now()):
                self._journal.append(ContactChanged(person_id, kind.value), actor)
            return next(found for found in self.of(person_id) if found.kind is kind)

    def confirm(self, person_id: str, kind: Kind, value: str) -> bool:
        """It is theirs; False if they have another value by now. Confirming twice is True."""
        with self._database.work():
            if self._store.confirm(self._sealed(person_id, kind, value, None), self._outside.now()):
                self._journal.append(ContactConfirmed(person_id, kind.value, "message"), Actor("person", person_id))
            return any(found.value == value and found.confirmed_at is not None for found in self.of(person_id))

    def vouch(self, person_id: str, kind: Kind, value: str) -> bool:
        """Gosuslugi vouches for a contact the person lacks: set and confirmed. Never overwrites; False if there was one.

        The person's own, still unconfirmed value is confirmed by it when it is the same.
        """
        form, now = form_of(kind, value), self._outside.now()
        if form is None:
            return False
        contact = self._sealed(person_id, kind, form, now)
        with self._database.work():
            if not self._store.add(contact, now) and not self._store.confirm(contact, now):
                return False
            self._journal.append(ContactConfirmed(person_id, kind.value, "upstream"), Actor("person", person_id))
        return True

    def adopt(self, person_id: str, entry: ContactEntry, actor: Actor) -> bool:
        """A contact from a document, for somebody without one of its kind; False if there was one. Joins the caller's work."""
        now = self._outside.now()
        contact = self._sealed(person_id, entry.kind, entry.value, now if entry.is_confirmed else None)
        with self._database.work():
            if not self._store.add(contact, now):
                return False
            self._journal.append(ContactChanged(person_id, entry.kind.value), actor)
            if entry.is_confirmed:
                self._journal.append(ContactConfirmed(person_id, entry.kind.value, "document"), actor)
        return True

    def remove(self, person_id: str, kind: Kind, actor: Actor) -> bool:
        """Take one away; False if there was none."""
        with self._database.work():
            if not self._store.remove(person_id, kind.value):
                return False
            self._journal.append(ContactRemoved(person_id, kind.value), actor)
        return True

    def holders(self, unverified_text: str) -> tuple[tuple[str, Contact], ...]:
        """Who has confirmed this e-mail or phone: (person_id, contact), the first to do so first, fifty at most."""
        kind = Kind.EMAIL if "@" in unverified_text else Kind.PHONE
        # A text that is no contact asks the same question of the database, for a value nobody has.
        value = form_of(kind, unverified_text) or ""
        return tuple(self._unsealed(*row) for row in self._store.confirmed(self._print(kind, value), _MOST_HOLDERS))

    def email_token(self, person_id: str, value: str) -> str:
        """What a confirmation link carries for 24 hours: sealed, so it says nothing."""
        claim = {"person": person_id, "value": value, "at": int(self._outside.now().timestamp())}
        return b64url(self._sealer.seal(canonical_json(claim), _LINK))

    def read_email_token(self, unverified_token: str) -> EmailClaim | None:
        """Whose address a link would confirm; None when it is not ours."""
        if len(unverified_token) > 2000:
            return None
        try:
            claim = json.loads(self._sealer.unseal(from_b64url(unverified_token), _LINK))
        except (ValueError, SealBroken):
            return None
        is_late = self._outside.now().timestamp() >= claim["at"] + EMAIL_TOKEN_LIVES.total_seconds()
        person_id, value = str(claim["person"]), str(claim["value"])
        is_done = any(found.value == value and found.confirmed_at is not None for found in self.of(person_id))
        return EmailClaim(person_id, value, is_late, is_done)

    def _sealed(self, person_id: str, kind: Kind, value: str, confirmed_at: datetime | None) -> SealedContact:
        sealed = self._sealer.seal(value.encode("utf-8"), f"contact:{person_id}:{kind.value}")
        return SealedContact(person_id, kind.value, sealed, self._fingerprints.columns(_word(kind), value), confirmed_at)

    def _unsealed(self, person_id: str, kind: str, sealed: bytes, confirmed_at: datetime | None) -> tuple[str, Contact]:
        value = self._sealer.unseal(sealed, f"contact:{person_id}:{kind}").decode("utf-8")
        return person_id, Contact(Kind(kind), value, confirmed_at)

    def _print(self, kind: Kind, value: str) -> str:
        return self._fingerprints.of(_word(kind), value)


def _word(kind: Kind) -> str:
    return f"contact.{kind.value}"
