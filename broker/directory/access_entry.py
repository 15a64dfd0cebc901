"""What a document says about a person's ways in: a diary password, an invitation, contacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from broker.directory.contact import Kind, form_of
from broker.directory.days import ZONE, day_field
from broker.directory.fields import Fields
from broker.directory.password_hash import LONGEST, is_hash
from broker.directory.passwords import SHORTEST

# Hashing takes a twentieth of a second each; a school system hands over hashes.
MOST_PASSWORDS = 200
INVITATION = ("issued_on", "expires_on", "used_on", "password")
CONTACT = ("kind", "value", "confirmed")


@dataclass(frozen=True, slots=True)
class InvitationEntry:
    """`password` is None when nobody is to know it: the school issues another one."""

    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    password: str | None

    def __repr__(self) -> str:
        return "InvitationEntry(...)"


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """A contact in its normal form."""

    kind: Kind
    value: str
    is_confirmed: bool

    def __repr__(self) -> str:
        return f"ContactEntry({self.kind.value})"


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """All of it for one person; each part may be missing."""

    password: str | None = None
    password_hash: str | None = None
    invitation: InvitationEntry | None = None
    contacts: tuple[ContactEntry, ...] = ()

    def __repr__(self) -> str:
        return "AccessEntry(...)"


NO_ACCESS = AccessEntry()


def read_access(fields: Fields, today: date) -> AccessEntry:
    """The ways in of one person; whatever is wrong is noted."""
    password, password_hash = _password(fields), fields.text_or_none("password_hash", 200)
    if password_hash is not None and not is_hash(password_hash):
        fields.note("password_hash", "must be an Argon2id hash in its encoded form, of a reasonable cost")
    if password is not None and password_hash is not None:
        fields.note("password_hash", "must not be there beside a password")
    contacts = tuple(filter(None, map(_contact, fields.items("contacts", CONTACT))))
    if len({contact.kind for contact in contacts}) < len(contacts):
        fields.note("contacts", "holds two contacts of one kind")
    return AccessEntry(password, password_hash, _invitation(fields, today), contacts)


def _password(fields: Fields) -> str | None:
    password = fields.text_or_none("password", LONGEST)
    if password is not None and len(password) < SHORTEST:
        fields.note("password", f"must have at least {SHORTEST} signs")
    return password


def _invitation(fields: Fields, today: date) -> InvitationEntry | None:
    inner = fields.inner("invitation", INVITATION, may_be_absent=True)
    if inner is None:
        return None
    issued_on, expires_on, used_on = (day_field(inner, name, today) for name in INVITATION[:3])
    password = inner.text_or_none("password", 64)
    for name, day in (("issued_on", issued_on), ("expires_on", expires_on)):
        if day is None:
            inner.note(name, "is missing")
    if issued_on is None or expires_on is None:
        return None
    # The last day on an invitation is a day on which it still opens.
    ends_at = _midnight(expires_on + timedelta(days=1))
    return InvitationEntry(_midnight(issued_on), ends_at, _midnight(used_on) if used_on else None, password)


def _contact(fields: Fields) -> ContactEntry | None:
    kind = fields.word("kind", tuple(kind.value for kind in Kind))
    text, is_confirmed = fields.text("value", 254), fields.flag("confirmed")
    value = form_of(Kind(kind), text) if kind else None
    if kind and text and value is None:
        fields.note("value", "must be an e-mail address or a phone of eleven digits, as its kind says")
    return ContactEntry(Kind(kind), value, is_confirmed) if kind and value else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
