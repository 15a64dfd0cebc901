"""A person's own phone and e-mail: by these they get back in, so only a confirmed one counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.fingerprints import Fingerprints
from keys.sealing import Sealer


class Kind(Enum):
    """Which of the two."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Contact:
    """`value` is the normal form: an address in lower case, or +7XXXXXXXXXX."""

    kind: Kind
    value: str
    confirmed_at: datetime | None

    def __repr__(self) -> str:
        return f"Contact({self.kind.value})"

    @property
    def masked(self) -> str:
        """As a page may show it to its owner: `a•••@example.org`, `+7 ••• •••-••-67`."""
        raise NotImplementedError


class Contacts:
    """Contacts of people. Two people may share one: a mother's phone is often her child's."""

    def __init__(self, database: Database, sealer: Sealer, fingerprints: Fingerprints, journal: Journal, outside: Outside):
        self._database = database
        self._sealer = sealer
        self._fingerprints = fingerprints
        self._journal = journal
        self._outside = outside

    def of(self, person_id: str) -> tuple[Contact, ...]:
        """All of them, e-mail first."""
        raise NotImplementedError

    def put(self, person_id: str, kind: Kind, unverified_text: str, actor: Actor) -> Contact:
        """Set one; a changed value is unconfirmed again. Raises FieldRefused (phone.format, email.format)."""
        raise NotImplementedError

    def confirm(self, person_id: str, kind: Kind, value: str) -> bool:
        """It is theirs; False if they have another value by now. Confirming twice is True."""
        raise NotImplementedError

    def vouch(self, person_id: str, kind: Kind, value: str) -> bool:
        """Gosuslugi vouches for a contact the person lacks: set and confirmed. Never overwrites; False if there was one."""
        raise NotImplementedError

    def holders(self, unverified_text: str) -> tuple[tuple[str, Contact], ...]:
        """Who has confirmed this e-mail or phone: (person_id, contact)."""
        raise NotImplementedError

    def email_token(self, person_id: str, value: str) -> str:
        """What a confirmation link carries for 24 hours: sealed, so it says nothing."""
        raise NotImplementedError

    def read_email_token(self, unverified_token: str) -> EmailClaim | None:
        """Whose address a link would confirm; None when it is not ours."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class EmailClaim:
    """A link from a message, read. `is_late`: more than 24 hours old (5013). `is_done`: the address is confirmed already (5014)."""

    person_id: str
    value: str
    is_late: bool
    is_done: bool
